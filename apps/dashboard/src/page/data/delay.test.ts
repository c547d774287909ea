import { expect, test } from "vitest";
import { Delay } from "./delay.ts";

test("nothing is claimed before anything was painted", () => {
  const delay = new Delay();
  delay.arrive(1_000);
  expect(delay.percentiles()).toEqual({ p50: NaN, p99: NaN });
});

test("a publication is as late as the frame that paints it", () => {
  const delay = new Delay();
  for (let i = 1; i <= 100; i++) delay.arrive(1_000 - i);
  delay.paint(1_000);
  expect(delay.percentiles()).toEqual({ p50: 50, p99: 99 });
});

test("each is counted once, and for five seconds", () => {
  const delay = new Delay();
  delay.arrive(0);
  delay.paint(40);
  delay.arrive(3_000);
  delay.paint(3_002);
  expect(delay.percentiles()).toEqual({ p50: 2, p99: 40 });
  delay.paint(5_041);
  expect(delay.percentiles()).toEqual({ p50: 2, p99: 2 });
});

test("what came while the page was hidden does not count", () => {
  const delay = new Delay();
  delay.arrive(0);
  delay.forget();
  delay.paint(60_000);
  expect(delay.percentiles().p50).toBeNaN();
});

test("a clock that is a little off never makes a publication arrive before it was sent", () => {
  const delay = new Delay();
  delay.arrive(1_001);
  delay.paint(1_000);
  expect(delay.percentiles().p50).toBe(0);
});
