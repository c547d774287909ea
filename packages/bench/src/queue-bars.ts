// What a work queue is to reach, by itself and in the hub.

import type { Bar } from "./bar.ts";

const waiting = { scenario: "Q", case: "1,000,000 waiting" } as const;

const L = { scenario: "L", metric: "perSecond" } as const;

/** Bars of queues. */
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
  {
    ...L,
    says: "L, memory: ≥ 100,000 jobs through a second",
    case: "memory, through",
    atLeast: 100_000,
  },
  {
    ...L,
    says: "L, memory, one at a time: p50 ≤ 1 ms",
    case: "memory, one at a time",
    metric: "p50Ms",
    atMost: 1,
  },
  {
    ...L,
    says: "L: a job that waits in a hub ≤ 500 bytes beside its payload",
    case: "memory, 1,000,000 waiting",
    metric: "bytesPerJob",
    atMost: 500,
  },
  {
    ...L,
    says: "L, durable: ≥ 80,000 jobs sent and confirmed a second",
    case: "durable, sent",
    atLeast: 80_000,
  },
  {
    ...L,
    says: "L, durable: ≥ 50,000 jobs through a second",
    case: "durable, through",
    atLeast: 50_000,
  },
  {
    ...L,
    says: "L, durable, one at a time: p50 ≤ 3 ms",
    case: "durable, one at a time",
    metric: "p50Ms",
    atMost: 3,
  },
];
