// How the bars came out.

import type { Bar } from "./bar.ts";
import { bars } from "./bars.ts";
import type { Row } from "./result.ts";
import { middle, NOISE, ratio, rowsOf, shown } from "./statistics.ts";

/** How a bar came out. */
export interface Verdict {
  readonly bar: Bar;
  readonly verdict: "reached" | "missed" | "not measured";
  /** What was measured, with its spread over the rounds. */
  readonly measured: string;
  /** By how much of the target it was missed; 0 when it was not. */
  readonly missedBy: number;
}

/** How every bar came out, also those of which nothing was measured. */
export function judge(rows: readonly Row[]): Verdict[] {
  return bars.map((bar) => judgeOne(rows, bar));
}

function judgeOne(rows: readonly Row[], bar: Bar): Verdict {
  const ours = rowsOf(rows, bar.scenario, bar.case, "fanwire");
  const found =
    bar.against === undefined ? plain(ours, bar) : compared(rows, ours, bar, bar.against);
  if (found === undefined) return { bar, verdict: "not measured", measured: "–", missedBy: 0 };
  const missedBy = shortfall(found.value, bar);
  return {
    bar,
    verdict: missedBy > 0 ? "missed" : "reached",
    measured: found.text,
    missedBy,
  };
}

interface Found {
  readonly value: number;
  readonly text: string;
}

function plain(ours: readonly Row[], { metric }: Bar): Found | undefined {
  const value = middle(ours, metric);
  return value === undefined ? undefined : { value, text: shown(metric, value) };
}

function compared(
  rows: readonly Row[],
  ours: readonly Row[],
  { scenario, case: name, metric }: Bar,
  other: NonNullable<Bar["against"]>,
): Found | undefined {
  const others =
    "peer" in other
      ? rowsOf(rows, scenario, name, other.peer)
      : rowsOf(rows, scenario, other.case, "fanwire");
  const found = ratio(ours, others, metric);
  if (found === undefined) return undefined;
  const spread = found.rounds > 1 ? ` (${found.least.toFixed(2)} – ${found.most.toFixed(2)})` : "";
  return { value: found.middle, text: `${found.middle.toFixed(2)} ×${spread}` };
}

/** By what share of the target a value falls short of it; 0 when it does not. */
function shortfall(value: number, { atLeast, atMost, noiseAside = false }: Bar): number {
  const slack = noiseAside ? NOISE : 0;
  if (atLeast !== undefined && value < atLeast * (1 - slack)) return 1 - value / atLeast;
  if (atMost !== undefined && value > atMost / (1 - slack))
    return atMost === 0 ? 1 : value / atMost - 1;
  return 0;
}
