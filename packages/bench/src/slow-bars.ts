// What is to be reached by those who are slow or far away, and by those beside them.

import type { Bar } from "./bar.ts";

/** One that a quarter of a megabyte each stands for, the window of a session: 500 of them. */
const GROWTH_MIB = 125;

interface SlowCase {
  readonly name: string;
  readonly slow: number;
  /** The hub keeps all that they miss. */
  readonly isKept?: boolean;
}

const slowCases: readonly SlowCase[] = [
  { name: "one stalled", slow: 1 },
  { name: "500 at 10 KB/s", slow: 500 },
  { name: "kept topic, 500 slow", slow: 500, isKept: true },
  { name: "pattern, 500 slow", slow: 500 },
  { name: "pattern of kept topics, 500 slow", slow: 500, isKept: true },
];

/** Bars of the slow consumers. */
export const slowBars: readonly Bar[] = slowCases.flatMap(({ name, slow, isKept = false }) => {
  const same = { scenario: "S", case: `${name}: with` } as const;
  const all: (Bar | false)[] = [
    {
      ...same,
      says: `S, ${name}: healthy p99 as without`,
      metric: "p99Ms",
      against: { case: `${name}: without` },
      atMost: 1,
      noiseAside: true,
    },
    isKept && {
      ...same,
      says: `S, ${name}: no gap while the log reaches`,
      metric: "gaps",
      atMost: 0,
    },
    {
      ...same,
      says: `S, ${name}: nothing missing without a word`,
      metric: "unexplained",
      atMost: 0,
    },
    {
      ...same,
      says: `S, ${name}: at the head afterwards`,
      metric: "slowAtHead",
      atLeast: slow,
    },
    slow > 1 && {
      ...same,
      says: `S, ${name}: memory growth ≤ 256 KiB each`,
      metric: "growthMiB",
      atMost: GROWTH_MIB,
    },
  ];
  return all.filter((bar) => bar !== false);
});

/** Bars of the distant client: held back once, it would be later by a round trip of 100 ms. */
export const distantBars: readonly Bar[] = [
  "2,000/s of 1 KiB, 50 ms away",
  "122/s of 16 KiB, 50 ms away",
].flatMap((name): Bar[] => [
  {
    says: `N, ${name}: no gap`,
    scenario: "N",
    case: name,
    metric: "gaps",
    atMost: 0,
  },
  {
    says: `N, ${name}: the slowest ≤ 50 ms and half a round trip`,
    scenario: "N",
    case: name,
    metric: "maxMs",
    atMost: 100,
  },
]);
