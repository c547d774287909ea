import { expect, test } from "vitest";
import { FIRST_MIX, readCount, totalOf, withCount, withTotal } from "./mix.ts";

test("another total keeps the proportion", () => {
  expect(withTotal(FIRST_MIX, 100)).toEqual([10, 60, 30]);
  expect(withTotal([0, 0, 0], 10)).toEqual([1, 6, 3]);
  for (const total of [0, 1, 2, 3, 7, 999, 10_000])
    for (const mix of [FIRST_MIX, [1, 0, 1], [0, 0, 3], [5, 1, 0]] as const) {
      expect(totalOf(withTotal(mix, total))).toBe(total);
      expect(Math.min(...withTotal(mix, total))).toBeGreaterThanOrEqual(0);
    }
});

test("another count of one leaves the others", () => {
  expect(withCount(FIRST_MIX, 1, 5)).toEqual([100, 5, 300]);
});

test("numbers may be typed with commas", () => {
  expect(readCount("1,000")).toBe(1_000);
  expect(readCount(" 12 ")).toBe(12);
  expect(readCount("10,000")).toBe(10_000);
});

test.each(["", "x", "-1", "1.5", "10,001", "1e3"])("'%s' is no number of jobs", (text) => {
  expect(readCount(text)).toBeUndefined();
});
