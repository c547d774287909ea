// The figures of the queue beside the workers needed: the terms of the answer.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { count, NOTHING, threeDigits, type Figure } from "../numbers/digits.ts";
import { FigurePanel } from "../view/figures-row.tsx";
import { Live } from "../view/live.tsx";
import { Spark } from "../view/spark.tsx";
import type { Track } from "../data/track.ts";
import { duration } from "./duration.ts";
import { NeededFigure } from "./needed-figure.tsx";

/** What the hub tells once a second holds until it tells the next. */
const HOLD_MS = 1_800;

export function JobsFigures({ d }: { d: Dashboard }): JSX.Element {
  const { jobs, view } = d;
  const { figures } = jobs;
  const newest = useMemo(() => view.unlessHeld(() => figures.newest), []);
  const line = (label: string, track: Track, least: number) => (
    <Spark
      label={`${label}, last 60 s`}
      lastMinute
      view={view}
      holdMs={HOLD_MS}
      track={() => track}
      top={(peak) => Math.max(least, peak * 1.1)}
    />
  );
  return (
    <>
      <NeededFigure d={d} />
      <FigurePanel title="Ready" figure={() => whole(newest()?.ready)}>
        {line("Ready", figures.ready, 10)}
      </FigurePanel>
      <FigurePanel title="Oldest waiting" figure={() => oldest(newest()?.oldestReadyMs)}>
        {line("Oldest waiting", figures.oldest, 1_000)}
      </FigurePanel>
      <FigurePanel title="Processing time" figure={() => mean(newest()?.processing.meanMs)}>
        {line("Processing time", figures.mean, 10)}
      </FigurePanel>
      <FigurePanel title="Drain time" figure={() => zeroOr(newest()?.drainMs)}>
        <p class="sub">
          <Live of={() => rate(newest())} />
        </p>
      </FigurePanel>
    </>
  );
}

const ZERO: Figure = { text: "0", unit: "s" };

const whole = (value: number | undefined): Figure =>
  value === undefined ? NOTHING : { text: count(value), unit: "" };

/** Undefined: nothing was told yet; null: nothing waits. */
const oldest = (ms: number | null | undefined): Figure => (ms === null ? ZERO : duration(ms));

const zeroOr = (ms: number | null | undefined): Figure => (ms === 0 ? ZERO : duration(ms));

function mean(ms: number | null | undefined): Figure {
  const { text, unit } = duration(ms);
  return { text, unit: unit && `${unit} mean` };
}

function rate(stats: NonNullable<Dashboard["jobs"]["figures"]["newest"]> | undefined): Figure {
  if (!stats) return NOTHING;
  if (stats.isPaused) return { text: "paused", unit: "" };
  if (stats.consumers === 0 && stats.ready > 0) return { text: "no worker is running", unit: "" };
  const { over10s } = stats.rates.done;
  return { text: over10s === 0 ? "0" : threeDigits(over10s), unit: "jobs/s" };
}
