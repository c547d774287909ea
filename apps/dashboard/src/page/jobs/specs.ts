// The three charts of the Jobs page.
import { niceAxis, Reach } from "../chart/axis.ts";
import type { ChartSpec } from "../chart/spec.ts";
import { shown, spanWords } from "../host/read.ts";
import { count } from "../numbers/digits.ts";
import type { View } from "../view.ts";
import { duration } from "./duration.ts";
import type { QueueFigures } from "./queue-figures.ts";

/** Axes are drawn before anything is known, and do not magnify next to nothing. */
const LEAST = { jobs: 100, ms: 100, workers: 4 };

/** Ready jobs of each priority, one above the other. */
export function depthSpec(figures: QueueFigures, view: View): ChartSpec {
  const reach = new Reach(LEAST.jobs);
  return {
    track: () => figures.depth,
    lines: [
      { column: 0, colour: "c3", fill: "zero", dash: [4, 3] },
      { column: 1, colour: "c1", fill: "line before" },
      { column: 2, colour: "c2", fill: "line before" },
    ],
    axis: (peak, now) =>
      niceAxis(reach.follow(Math.max(...[0, 1, 2].map((line) => peak(line) || 0)), now)),
    tick: shortCount,
    describe() {
      if (figures.depth.newest === undefined) return "Depth, no figures yet";
      const { urgent, normal, low } = depths(figures, view);
      return `Depth, ${words(urgent)} urgent, ${words(normal)} normal, ${words(low)} low, last ${spanWords(view)}`;
    },
  };
}

export interface Depths {
  readonly urgent: number;
  readonly normal: number;
  readonly low: number;
}

/** At the cursor, or the newest. */
export function depths({ depth }: QueueFigures, view: View): Depths {
  const [low = NaN, upToNormal = NaN, all = NaN] = [0, 1, 2].map((c) => shown(depth, c, view));
  const normal = Number.isNaN(upToNormal) ? low : upToNormal;
  const urgent = Number.isNaN(all) ? normal : all;
  return { urgent: urgent - normal, normal: normal - low, low };
}

export function processingSpec(figures: QueueFigures, view: View): ChartSpec {
  const reach = new Reach(LEAST.ms);
  return {
    track: () => figures.processing,
    lines: [
      { column: 0, colour: "c1", fill: "zero" },
      { column: 1, colour: "c2" },
    ],
    axis: (peak, now) => niceAxis(reach.follow(peak(1), now)),
    tick: shortMs,
    describe() {
      const [p50, p95] = [0, 1].map((column) => shown(figures.processing, column, view));
      if (!Number.isFinite(p50)) return "Processing time, no figures yet";
      const [half, most] = [duration(p50), duration(p95)];
      return `Processing time, half of the jobs took up to ${half.text} ${half.unit}, 95 % up to ${most.text} ${most.unit}`;
    },
  };
}

export function workersSpec(figures: QueueFigures, view: View): ChartSpec {
  const reach = new Reach(LEAST.workers);
  return {
    track: () => figures.workers,
    lines: [
      { column: 0, colour: "c1", fill: "zero" },
      { column: 1, colour: "c2" },
    ],
    axis: (peak, now) => niceAxis(reach.follow(Math.max(peak(0) || 0, peak(1) || 0), now)),
    tick: (value) => (Number.isInteger(value) ? shortCount(value) : ""),
    describe() {
      if (figures.workers.newest === undefined) return "Workers, no figures yet";
      const [working, needed] = [0, 1].map((column) => shown(figures.workers, column, view));
      return `Workers, ${words(working)} running, ${words(needed)} needed, last ${spanWords(view)}`;
    },
  };
}

/** Short enough for the gutter: 1,000, 2k, 12.5k. */
function shortCount(value: number): string {
  return value > 1_000 ? `${Number((value / 1000).toPrecision(3))}k` : count(value);
}

/** 500, then 1.5 s: the unit is named where it changes. */
const shortMs = (value: number): string =>
  value >= 1_000 ? `${Number((value / 1000).toPrecision(3))} s` : String(value);

const words = (value = NaN): string => (Number.isFinite(value) ? count(value) : "unknown");
