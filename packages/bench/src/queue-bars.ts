// What a work queue is to reach by itself.

import type { Bar } from "./bar.ts";

const waiting = { scenario: "Q", case: "1,000,000 waiting" } as const;

/** Bars of the queue by itself. */
export const queueBars: readonly Bar[] = [
  {
    says: "Q: ≥ 500,000 jobs sent, given out and acknowledged a second",
    scenario: "Q",
    case: "one after the other",
    metric: "perCpuSecond",
    atLeast: 500_000,
  },
  {
    ...waiting,
    says: "Q: a job that waits ≤ 500 bytes beyond its tail",
    metric: "bytesPerJob",
    atMost: 500,
  },
  {
    ...waiting,
    says: "Q, 1,000,000 waiting: p99.9 of an operation ≤ 1 ms",
    metric: "p999Ms",
    atMost: 1,
  },
  {
    says: "Q, 100,000 leases at once: no slice over 10 ms",
    scenario: "Q",
    case: "100,000 leases at once",
    metric: "sliceMs",
    atMost: 10,
  },
];
