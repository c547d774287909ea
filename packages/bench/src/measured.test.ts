import { expect, test } from "vitest";
import type { Outcome } from "./generator/orders.ts";
import { failuresOf } from "./measured.ts";

const outcome: Outcome = {
  publications: 10,
  deliveries: 100,
  seconds: 1,
  cpuSeconds: 0.5,
  latency: { count: 100, p50: 1, p90: 1, p99: 1, p999: 1, max: 1 },
  lateMs: 0,
  lost: 0,
  closed: 0,
  faults: { foreign: 0, disorder: 0, holes: 0, offsets: 0, missed: 0, gaps: 0, wrongGaps: 0 },
};

test("what arrived whole and in order is no failure", () => {
  expect(failuresOf(outcome)).toEqual([]);
});

test("what is lost, doubled, unknown or cut off is told in a sentence each", () => {
  const { faults } = outcome;
  expect(failuresOf({ ...outcome, lost: 3 })).toEqual(["3 of 103: deliveries were lost."]);
  expect(failuresOf({ ...outcome, closed: 1, faults: { ...faults, disorder: 2 } })).toEqual([
    "1 of 100: subscribers were closed.",
    "2 of 100: deliveries were out of order or came twice.",
  ]);
  expect(failuresOf({ ...outcome, faults: { ...faults, gaps: 1 } })).toEqual([
    "1 of 100: gaps were told to clients that read as fast as they can.",
  ]);
});
