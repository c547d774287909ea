// What is to be reached by what is kept, on disk and in memory, and by those beside it.

import type { Bar } from "./bar.ts";

const back = { scenario: "W", case: "10,000 in a second" } as const;

/** Bars of what is kept. */
export const keptBars: readonly Bar[] = [
  {
    says: "K: ≥ 150,000 a second on disk, batched",
    scenario: "K",
    case: "batched",
    metric: "perSecond",
    atLeast: 150_000,
  },
  {
    says: "K, one at a time: ≥ 0.5 × write and fdatasync alone",
    scenario: "K",
    case: "one at a time",
    metric: "perSecond",
    against: { case: "write and fdatasync alone" },
    atLeast: 0.5,
  },
  {
    says: "K: more than SQLite with the same batches",
    scenario: "K",
    case: "batched",
    metric: "perSecond",
    against: { case: "SQLite, 100 a transaction" },
    atLeast: 1,
  },
  {
    says: "F: p99 ≤ 2 × of the same without the durable load",
    scenario: "F",
    case: "20,000/s durable: with",
    metric: "p99Ms",
    against: { case: "20,000/s durable: without" },
    atMost: 2,
  },
  {
    says: "G: nobody waits longer than 10 ms while 1 GiB is written (p99.9)",
    scenario: "G",
    case: "while it is written",
    metric: "p999Ms",
    atMost: 10,
  },
  {
    says: "V: ≥ 1,000,000 records a second are read at a start",
    scenario: "V",
    case: "1,000,000 retained",
    metric: "perSecond",
    atLeast: 1_000_000,
  },
  {
    says: "V: an answer within 2 s of a start with 100,000 retained",
    scenario: "V",
    case: "100,000 retained",
    metric: "tookMs",
    atMost: 2000,
  },
  { ...back, says: "W: 10,000 are back within 10 s", metric: "tookMs", atMost: 10_000 },
  { ...back, says: "W: no stall over 250 ms", metric: "worstStallMs", atMost: 250 },
  { ...back, says: "W: each has everything", metric: "slowAtHead", atLeast: 10_000 },
  {
    says: "H: memory ≤ 1.25 × the bytes of the payloads",
    scenario: "H",
    case: "10,000 topics × 1,000 × 200 bytes",
    metric: "memoryShare",
    atMost: 125,
  },
];
