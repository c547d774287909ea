// What is to be reached: the figures of the issue that asked for this benchmark, as ratios within one run. A bar is a line in the report and
// never a test, because a busy machine is not a bug.

import type { PeerName } from "./peers.ts";
import type { MetricName, Row } from "./result.ts";
import { middle, NOISE, ratio, rowsOf, shown } from "./statistics.ts";

/** What is compared: our hub with a peer, one case of ours with another, or one figure with a bound. */
interface Bar {
  readonly says: string;
  readonly scenario: string;
  readonly case: string;
  readonly metric: MetricName;
  readonly against?: { readonly peer: PeerName } | { readonly case: string };
  readonly atLeast?: number;
  readonly atMost?: number;
  /** A bar of "as good as": what lies within the noise is reached. */
  readonly noiseAside?: boolean;
}

/** How a bar came out. */
export interface Verdict {
  readonly bar: Bar;
  readonly verdict: "reached" | "missed" | "not measured";
  /** What was measured, with its spread over the rounds. */
  readonly measured: string;
  /** By how much of the target it was missed; 0 when it was not. */
  readonly missedBy: number;
}

const against = (peer: PeerName): { peer: PeerName } => ({ peer });
const window = (n: number): string => `1 → 1,000, window ${n}`;
const perCpu = { metric: "perCpuSecond" } as const;
const A = { scenario: "A", ...perCpu } as const;
const ONE = "1 → 1, one a message";
const B = { scenario: "B", case: "100/s → 500", noiseAside: true, atMost: 1 } as const;
const S = { scenario: "S", noiseAside: true } as const;
const slowCases = ["one stalled", "500 at 10 KB/s"] as const;

const bars: readonly Bar[] = [
  {
    ...A,
    says: "A, window 16: ≥ 12 × naive",
    case: window(16),
    against: against("naive"),
    atLeast: 12,
  },
  {
    ...A,
    says: "A, window 64: ≥ 30 × naive",
    case: window(64),
    against: against("naive"),
    atLeast: 30,
  },
  {
    ...A,
    says: "A, window 256: ≥ 60 × naive",
    case: window(256),
    against: against("naive"),
    atLeast: 60,
  },
  {
    ...A,
    says: "A, window 16: ≥ 1 × Bun, noise aside",
    case: window(16),
    against: against("bun"),
    atLeast: 1,
    noiseAside: true,
  },
  {
    ...A,
    says: "A, window 64: ≥ 1.2 × Bun",
    case: window(64),
    against: against("bun"),
    atLeast: 1.2,
  },
  {
    ...A,
    says: "A, window 256: ≥ 2 × Bun",
    case: window(256),
    against: against("bun"),
    atLeast: 2,
  },
  { ...B, says: "B: p50 ≤ naive", metric: "p50Ms", against: against("naive") },
  { ...B, says: "B: server CPU ≤ naive", metric: "serverCpu", against: against("naive") },
  {
    says: "C: ≥ 0.9 × naive",
    scenario: "C",
    case: "1,000 topics → 1 each",
    ...perCpu,
    against: against("naive"),
    atLeast: 0.9,
  },
  {
    says: "E: ≥ 6 × naive",
    scenario: "E",
    case: ONE,
    ...perCpu,
    against: against("naive"),
    atLeast: 6,
  },
  {
    says: "E: ≥ 1.5 × Bun",
    scenario: "E",
    case: ONE,
    ...perCpu,
    against: against("bun"),
    atLeast: 1.5,
  },
  {
    says: "E, 100 a message: ≥ 2 × E",
    scenario: "E",
    case: "1 → 1, 100 a message",
    ...perCpu,
    against: { case: ONE },
    atLeast: 2,
  },
  {
    says: "D: an idle connection ≤ 10 KB",
    scenario: "D",
    case: "10,000 idle connections",
    metric: "bytesPerConnection",
    atMost: 10_000,
  },
  ...slowCases.flatMap((name): Bar[] => [
    {
      ...S,
      says: `S, ${name}: healthy p99 as without`,
      case: `${name}: with`,
      metric: "p99Ms",
      against: { case: `${name}: without` },
      atMost: 1,
    },
    {
      ...S,
      says: `S, ${name}: nothing missing without a word`,
      case: `${name}: with`,
      metric: "unexplained",
      atMost: 0,
    },
  ]),
  {
    ...S,
    says: "S, one stalled: it is at the head afterwards",
    case: "one stalled: with",
    metric: "slowAtHead",
    atLeast: 1,
  },
  {
    ...S,
    says: "S, 500 at 10 KB/s: all are at the head afterwards",
    case: "500 at 10 KB/s: with",
    metric: "slowAtHead",
    atLeast: 500,
  },
  {
    ...S,
    says: "S, 500 at 10 KB/s: memory growth ≤ 256 KiB each",
    case: "500 at 10 KB/s: with",
    metric: "growthMiB",
    atMost: 125,
  },
];

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
