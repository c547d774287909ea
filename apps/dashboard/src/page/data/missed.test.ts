import { expect, test } from "vitest";
import { Missed } from "./missed.ts";

const missed = (...counters: number[]): Missed => {
  const made = new Missed();
  for (const n of counters) made.take(n);
  return made;
};

test("whoever gets everything has no gap, wherever it begins", () => {
  expect(missed(7, 8, 9).gaps).toBe(0);
});

test("each time that something went by untold is a gap", () => {
  const made = missed(1, 2);
  expect(made.take(4)).toBe(true);
  expect(made.take(5)).toBe(false);
  expect(made.take(9)).toBe(true);
  expect(made.gaps).toBe(2);
});

test("a gap that was told is counted once", () => {
  const made = missed(1, 2);
  made.told(true);
  made.told(false);
  expect(made.take(40)).toBe(false);
  expect(made.take(41)).toBe(false);
  expect(made.gaps).toBe(1);
});

test("a publisher that began anew is no gap", () => {
  expect(missed(700, 1, 2).gaps).toBe(0);
});
