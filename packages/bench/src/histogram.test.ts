import { expect, test } from "vitest";
import { Histogram } from "./histogram.ts";

test("percentiles are within 1.6 % of the sorted values", () => {
  const histogram = new Histogram();
  let state = 42;
  const values = Array.from({ length: 20_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 10 ** ((state / 2 ** 32) * 5 - 2); // 0.01 ms to 1 s
  });
  for (const value of values) histogram.add(value);
  const sorted = values.toSorted((a, b) => a - b);
  for (const share of [0.5, 0.9, 0.99, 0.999]) {
    const exact = sorted[Math.ceil(values.length * share) - 1]!;
    expect(Math.abs(histogram.quantile(share) / exact - 1)).toBeLessThan(0.016);
  }
  expect(histogram.percentiles().max).toBeCloseTo(sorted.at(-1)!, 2);
});

test("nothing, nonsense and the very long have their places", () => {
  const histogram = new Histogram();
  expect(histogram.percentiles()).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
  histogram.add(-1);
  expect(histogram.quantile(1)).toBe(0);
  histogram.add(1e12);
  expect(histogram.percentiles().max).toBeCloseTo(2 ** 31 / 1000, 0);
  histogram.clear();
  expect(histogram.percentiles().count).toBe(0);
});
