import { expect, test } from "vitest";
import { Missed } from "./missed.ts";

test("nothing was missed by a page that was never away", () => {
  const missed = new Missed();
  missed.take(7);
  missed.take(8);
  expect(missed.count).toBeUndefined();
});

test("what went by meanwhile is counted when the first publication is here again", () => {
  const missed = new Missed();
  missed.take(7);
  missed.away();
  expect(missed.count).toBeUndefined();
  missed.take(28);
  missed.take(29);
  expect(missed.count).toBe(20);
});

test("of a publisher that began anew nobody can tell", () => {
  const missed = new Missed();
  missed.take(700);
  missed.away();
  missed.take(3);
  expect(missed.count).toBeUndefined();
});

test("each time away is counted for itself", () => {
  const missed = new Missed();
  missed.take(1);
  missed.away();
  missed.take(5);
  missed.away();
  missed.take(6);
  expect(missed.count).toBe(0);
});

test("a connection that is lost again before anything came is one time away", () => {
  const missed = new Missed();
  missed.take(1);
  missed.away();
  missed.away();
  missed.take(11);
  expect(missed.count).toBe(9);
});

test("each time that something went by is a gap, connected or not", () => {
  const missed = new Missed();
  missed.take(1);
  missed.take(2);
  expect(missed.gaps).toBe(0);
  missed.take(4);
  expect(missed.gaps).toBe(1);
  missed.away();
  missed.take(5);
  expect(missed.gaps).toBe(1);
  missed.away();
  missed.take(9);
  expect(missed.gaps).toBe(2);
});

test("a publisher that began anew is no gap", () => {
  const missed = new Missed();
  missed.take(700);
  missed.take(1);
  missed.take(2);
  expect(missed.gaps).toBe(0);
});
