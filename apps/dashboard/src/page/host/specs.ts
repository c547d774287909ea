// The five charts of the Host page.
import { binaryAxis, niceAxis, Reach } from "../chart/axis.ts";
import type { ChartSpec } from "../chart/spec.ts";
import type { Track } from "../data/track.ts";
import type { HostFigures } from "../data/host-figures.ts";
import { count, decimals, threeDigits } from "../numbers/digits.ts";
import { BYTES_PER_SECOND, Unit } from "../numbers/units.ts";
import type { View } from "../view.ts";
import { extent, shown, spanWords } from "./read.ts";

const GIB = 2 ** 30;
const PERCENT_AXIS = niceAxis(100);
/** A line that moves less bytes a second than this is shown as flat as it is. */
const QUIET_BYTES_PER_SECOND = 10_000;
/** Axes are drawn before anything is known. */
const GUESSED = { memoryGib: 8, cores: 1 };

export function cpuSpec(host: HostFigures, view: View): ChartSpec {
  return {
    track: () => host.cpu,
    lines: [
      { column: 0, colour: "c1", fill: "zero" },
      { column: 1, colour: "c2" },
    ],
    axis: () => PERCENT_AXIS,
    tick: (value) => `${value}%`,
    large: true,
    describe() {
      const [all, busiest] = [0, 1].map((column) => shown(host.cpu, column, view));
      const range = extent(host.cpu, 0, view);
      if (!range) return "CPU, no figures yet";
      const between = `last ${spanWords(view)} between ${whole(range.low)} and ${whole(range.high)} %`;
      return `CPU, all cores ${whole(all)} %, busiest ${whole(busiest)} %, ${between}`;
    },
  };
}

export function memorySpec(host: HostFigures, view: View): ChartSpec {
  const gib = (column: number) => threeDigits(shown(host.memory, column, view) / GIB);
  return {
    track: () => host.memory,
    lines: [
      { column: 0, colour: "c1", fill: "zero" },
      { column: 2, colour: "c2", fill: "line before" },
    ],
    axis() {
      const total = host.memoryTotal > 0 ? host.memoryTotal / GIB : GUESSED.memoryGib;
      const { min, max, ticks } = binaryAxis(total);
      return { min: min * GIB, max: max * GIB, ticks: ticks.map((t) => t * GIB) };
    },
    tick: (value) => String(value / GIB),
    describe: () =>
      host.memory.newest === undefined
        ? "Memory, no figures yet"
        : `Memory, used ${gib(0)} GiB, cache ${gib(1)} GiB, of ${threeDigits(host.memoryTotal / GIB)} GiB`,
  };
}

export function loadSpec(host: HostFigures, view: View): ChartSpec {
  const cores = () => host.about?.cores ?? GUESSED.cores;
  const reach = new Reach(0);
  return {
    track: () => host.load,
    lines: [
      { column: 0, colour: "c1", fill: "zero" },
      { column: 1, colour: "c2" },
      { column: 2, colour: "c3", dash: [4, 3] },
    ],
    axis(peak, now) {
      const most = reach.follow(Math.max(...[0, 1, 2].map((line) => peak(line) || 0)), now);
      return binaryAxis(Math.max(cores(), most));
    },
    tick: String,
    mark: () =>
      host.about && { value: cores(), words: cores() === 1 ? "1 core" : `${count(cores())} cores` },
    describe() {
      if (host.load.newest === undefined) return "Load, no figures yet";
      const [one, five, fifteen] = [0, 1, 2].map((c) => decimals(shown(host.load, c, view), 2));
      return `Load, ${one} in 1 m, ${five} in 5 m, ${fifteen} in 15 m, on ${cores()} cores`;
    },
  };
}

/** What comes in or is read above zero, what goes out or is written below. */
export function transferSpec(
  title: string,
  words: readonly [above: string, below: string],
  track: () => Track | undefined,
  view: View,
): ChartSpec {
  const [up, down] = [new Reach(QUIET_BYTES_PER_SECOND), new Reach(QUIET_BYTES_PER_SECOND)];
  return {
    track,
    lines: [
      { column: 0, colour: "c1", fill: "zero" },
      { column: 1, colour: "c2", fill: "zero" },
    ],
    axis: (peak, now) => niceAxis(up.follow(peak(0), now), down.follow(peak(1, -1), now)),
    tick: shortBytes,
    describe() {
      if (track()?.newest === undefined) return `${title}, no figures yet`;
      const parts = words.map((word, column) => {
        const { text, unit } = new Unit(BYTES_PER_SECOND).format(
          Math.abs(shown(track(), column, view)),
        );
        return `${word} ${text} ${unit}`;
      });
      return [title, ...parts].join(", ");
    },
  };
}

/** Of either side of zero, short enough for the gutter: 2.5M, 500k. */
export function shortBytes(value: number): string {
  const size = Math.abs(value);
  const [unit, letter] =
    size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : size >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((size / unit).toPrecision(4))}${letter}`;
}

const whole = (value = NaN): string => (Number.isFinite(value) ? decimals(value, 0) : "unknown");
