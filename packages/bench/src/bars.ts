// What is to be reached, as ratios within one run. A bar is a line in the report and never a test, because a busy machine is not a bug.

import type { Bar } from "./bar.ts";
import { clientBars } from "./client-bars.ts";
import { keptBars } from "./kept-bars.ts";
import type { PeerName } from "./peers.ts";
import { queueBars } from "./queue-bars.ts";
import { distantBars, slowBars } from "./slow-bars.ts";

const against = (peer: PeerName): { peer: PeerName } => ({ peer });
const window = (n: number): string => `1 → 1,000, window ${n}`;
const perCpu = { metric: "perCpuSecond" } as const;
const A = { scenario: "A", ...perCpu } as const;
const ONE = "1 → 1, one a message";
const B = { scenario: "B", case: "100/s → 500", noiseAside: true, atMost: 1 } as const;
/** All bars, in the order in which they are shown. */
export const bars: readonly Bar[] = [
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
  ...slowBars,
  ...distantBars,
  {
    says: "T: a topic with a subscriber ≤ 350 bytes beyond its name",
    scenario: "T",
    case: "1,000,000 topics → 1 each",
    metric: "bytesPerTopic",
    atMost: 350,
  },
  {
    says: "U: healthy p99 as without the storm",
    scenario: "U",
    case: "50 restless: with",
    metric: "p99Ms",
    against: { case: "50 restless: without" },
    atMost: 1,
    noiseAside: true,
  },
  {
    says: "U: everybody gets exactly what was published meanwhile",
    scenario: "U",
    case: "50 restless: with",
    metric: "unexplained",
    atMost: 0,
  },
  ...keptBars,
  {
    says: "J: 10,000 log in within 15 s",
    scenario: "J",
    case: "10,000 in a second",
    metric: "allInMs",
    atMost: 15_000,
  },
  {
    says: "J: nobody is kept out",
    scenario: "J",
    case: "10,000 in a second",
    metric: "refusedClients",
    atMost: 0,
  },
  {
    says: "J: no stall over 250 ms",
    scenario: "J",
    case: "10,000 in a second",
    metric: "worstStallMs",
    atMost: 250,
  },
  {
    says: "J: p50 of publications as without 5,000 logins",
    scenario: "J",
    case: "5,000 log in: with",
    metric: "p50Ms",
    against: { case: "5,000 log in: without" },
    atMost: 1,
    noiseAside: true,
  },
  ...queueBars,
  ...clientBars,
];
