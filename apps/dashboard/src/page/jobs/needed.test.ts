import { expect, test } from "vitest";
import { formula, neededFor, slotsOf, type Terms } from "./needed.ts";

const terms = (more: Partial<Terms> = {}): Terms => ({
  ready: 735,
  offeredPerSecond: 2,
  workersToKeepUp: 2,
  workersToDrain: 6,
  recommendedWorkers: 6,
  processing: { meanMs: 420 },
  ...more,
});

test("the formula is told with its terms", () => {
  expect(neededFor(terms())).toBe("to finish in 60 s");
  expect(formula(terms())).toBe("⌈S (λ + Q ⁄ 60 s)⌉ = ⌈420 ms × (2.00/s + 735 ⁄ 60 s)⌉ = 6");
});

test("where more comes than waits, it is the one to keep up", () => {
  const keeps = terms({ workersToKeepUp: 9, recommendedWorkers: 9, offeredPerSecond: 16 });
  expect(neededFor(keeps)).toBe("to keep up");
  expect(formula(keeps)).toBe("⌈λ S ⁄ 0.75⌉ = ⌈16.0/s × 420 ms ⁄ 0.75⌉ = 9");
});

test("before a job was done nobody knows how long one takes", () => {
  const unknown = terms({
    workersToDrain: null,
    workersToKeepUp: null,
    recommendedWorkers: 1,
    processing: { meanMs: null },
  });
  expect(neededFor(unknown)).toBe("to begin with");
  expect(formula(unknown)).toContain("when S is known");
  expect(formula(undefined)).toContain("when S is known");
  expect(neededFor(undefined)).toBe("");
});

test("slots are filled, missing, or enough", () => {
  expect(slotsOf(2, 5)).toEqual({ filled: 2, missing: 3, words: "2 running, start 3 more" });
  expect(slotsOf(3, 1)).toEqual({ filled: 3, missing: 0, words: "3 running, enough" });
  expect(slotsOf(0, 0)).toEqual({ filled: 0, missing: 0, words: "0 running, none needed" });
  expect(slotsOf(1, 2_000)).toMatchObject({
    filled: 1,
    missing: 23,
    words: "1 running, start 1,999 more",
  });
});
