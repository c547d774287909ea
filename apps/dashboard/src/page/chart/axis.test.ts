import { expect, test } from "vitest";
import { binaryAxis, niceAxis, Reach } from "./axis.ts";

test.each([
  [100, [0, 25, 50, 75, 100]],
  [8.4, [0, 2.5, 5, 7.5, 10]],
  [3.2, [0, 1, 2, 3, 4]],
  [16, [0, 5, 10, 15, 20]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [20_000, [0, 5000, 10_000, 15_000, 20_000]],
])("up to %d", (up, ticks) => {
  const axis = niceAxis(up);
  expect(axis.ticks.map((t) => Number(t.toFixed(6)))).toEqual(ticks);
  expect(axis.max).toBeGreaterThanOrEqual(up * (1 - 1e-6));
});

test("what goes below zero shares the steps of what goes above", () => {
  expect(niceAxis(8.4, 3.5)).toEqual({ min: -5, max: 10, ticks: [-5, 0, 5, 10] });
  expect(niceAxis(26, 40)).toEqual({ min: -40, max: 40, ticks: [-40, -20, 0, 20, 40] });
});

test.each(Array.from({ length: 60 }, (_, i) => [1.37 ** i / 1000, 1.11 ** (60 - i)]))(
  "%d above and %d below never need more than five lines",
  (up, down) => {
    const { ticks, min, max } = niceAxis(up, down);
    expect(ticks.length).toBeLessThanOrEqual(5);
    expect(max).toBeGreaterThanOrEqual(up * (1 - 1e-5));
    expect(-min).toBeGreaterThanOrEqual(down * (1 - 1e-5));
  },
);

test.each([
  [31.2, [0, 8, 16, 24, 32]],
  [23.5, [0, 8, 16, 24]],
  [16, [0, 4, 8, 12, 16]],
  [0.47, [0, 0.125, 0.25, 0.375, 0.5]],
])("%d GiB of memory", (total, ticks) => {
  expect(binaryAxis(total).ticks).toEqual(ticks);
});

test("a scale grows at once", () => {
  const reach = new Reach(10);
  expect(reach.follow(4, 0)).toBe(10);
  expect(reach.follow(50, 16)).toBe(50);
});

test("a scale shrinks only after ten seconds below 60 percent of it", () => {
  const reach = new Reach(10);
  reach.follow(100, 0);
  expect(reach.follow(59, 1_000)).toBe(100);
  expect(reach.follow(59, 10_999)).toBe(100);
  expect(reach.follow(30, 11_000)).toBe(30);
});

test("a peak in between starts the ten seconds anew", () => {
  const reach = new Reach(1);
  reach.follow(100, 0);
  reach.follow(20, 1_000);
  reach.follow(61, 9_000);
  reach.follow(20, 10_000);
  expect(reach.follow(20, 19_000)).toBe(100);
  expect(reach.follow(20, 20_000)).toBe(20);
});

test("nothing to show keeps the least", () => {
  expect(new Reach(5).follow(NaN, 0)).toBe(5);
  expect(new Reach(5).follow(-Infinity, 0)).toBe(5);
});
