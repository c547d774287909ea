import { expect, test } from "vitest";
import { RoundTrips } from "./round-trips.ts";

/** A hub whose clock is ahead of ours by `aheadMs` and stamps whole milliseconds. */
const trip = (sent: number, outMs: number, backMs: number, aheadMs: number) => ({
  sent,
  hubTime: Math.floor(sent + outMs + aheadMs),
  received: sent + outMs + backMs,
});

test("nothing is known before the first trip", () => {
  expect(new RoundTrips().best()).toBeUndefined();
});

test("the quickest of the trips decides, however slow the others were", () => {
  const trips = new RoundTrips();
  trips.add(trip(1000, 80, 2, 5000));
  trips.add(trip(2000.5, 1, 1, 5000));
  trips.add(trip(3000, 3, 90, 5000));
  const best = trips.best();
  expect(best?.roundTripMs).toBe(2);
  expect(best?.differenceMs).toBeCloseTo(5000, 0);
});

test("equally quick trips outdo the coarseness of the hub's stamp", () => {
  const trips = new RoundTrips();
  for (let i = 0; i < 8; i++) trips.add(trip(1000 * i + i / 8, 0.5, 0.5, 0));
  expect(Math.abs(trips.best()?.differenceMs ?? NaN)).toBeLessThan(0.1);
});

test("only the last eight count, so a clock that was set is followed", () => {
  const trips = new RoundTrips();
  trips.add(trip(0, 0.1, 0.1, 9000));
  for (let i = 1; i <= 8; i++) trips.add(trip(1000 * i + 0.5, 2, 2, 100));
  expect(trips.best()?.differenceMs).toBeCloseTo(100, 0);
});

test("a clock that stepped back during a trip is not believed, and clear forgets all", () => {
  const trips = new RoundTrips();
  trips.add({ sent: 2000, hubTime: 1000, received: 1000 });
  expect(trips.best()).toBeUndefined();
  trips.add(trip(3000, 1, 1, 0));
  trips.clear();
  expect(trips.best()).toBeUndefined();
});
