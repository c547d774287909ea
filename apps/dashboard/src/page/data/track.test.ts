import { expect, test } from "vitest";
import { Track, type Span } from "./track.ts";

const track = (capacity = 8) => new Track({ columns: 1, breakAfterMs: 1_000, capacity });
const points = (t: Track, { start, end }: Span) =>
  [...t.times.subarray(start, end)].map((time, i) => [time, t.columns[0]![start + i]]);

test("an empty track has no newest point and nothing to show", () => {
  const t = track();
  expect(t.newest).toBeUndefined();
  expect(points(t, t.between(0, 1e9))).toEqual([]);
  expect(t.at(5, 0)).toBeNaN();
  expect(t.last(0)).toBeNaN();
});

test("a window is one piece, with a point beyond each edge, wherever the ring begins", () => {
  const t = track();
  for (let i = 0; i < 20; i++) {
    t.push(i * 100, i);
    if (i < 7) continue;
    const span = t.between((i - 4) * 100 + 50, (i - 1) * 100 - 50);
    expect(points(t, span)).toEqual([4, 3, 2, 1].map((ago) => [(i - ago) * 100, i - ago]));
  }
});

test("only the newest points are kept", () => {
  const t = track(4);
  for (let i = 1; i <= 9; i++) t.push(i, i);
  expect(points(t, t.between(0, 99))).toEqual([6, 7, 8, 9].map((i) => [i, i]));
});

test("silence breaks the line", () => {
  const t = track();
  t.push(0, 1);
  t.push(900, 2);
  t.push(3_000, 3);
  expect(points(t, t.between(0, 3_000)).map(([, v]) => v)).toEqual([1, 2, NaN, 3]);
});

test("a cut breaks the line however short it was", () => {
  const t = track();
  t.push(0, 1);
  t.break();
  t.push(100, 2);
  expect(points(t, t.between(-1, 100)).map(([, v]) => v)).toEqual([1, NaN, 2]);
});

test("the value at a moment is that of the point before it, until it is too old", () => {
  const t = track();
  t.push(1_000, 7);
  t.push(1_100, 8);
  expect(t.at(999, 0)).toBeNaN();
  expect(t.at(1_000, 0)).toBe(7);
  expect(t.at(1_099, 0)).toBe(7);
  expect(t.at(2_100, 0)).toBe(8);
  expect(t.at(2_101, 0)).toBeNaN();
  expect(t.last(0)).toBe(8);
});

test("a clock that is corrected by a little never makes time run backwards", () => {
  const t = track();
  t.push(1_000, 1);
  t.push(998, 2);
  expect(points(t, t.between(0, 2_000))).toEqual([
    [1_000, 1],
    [1_000, 2],
  ]);
});

test("a clock that was set back begins a new line", () => {
  const t = track();
  t.push(1_000_000, 1);
  t.push(500, 2);
  expect(points(t, t.between(0, 2_000_000))).toEqual([[500, 2]]);
});

test("what is read back stands before what came since, wherever the ring begins", () => {
  for (let first = 0; first < 8; first++) {
    const t = track();
    for (let i = 0; i < first; i++) t.push(i, i);
    t.push(1e6, 0); // a long silence
    t.push(1e6 - 10_000, 50); // a clock that was set back: only what follows is kept
    t.push(1e6 - 9_900, 51);
    t.prepend(1e6 - 10_100, 49);
    t.prepend(1e6 - 10_200, 48);
    expect(points(t, t.between(0, 2e6)).map(([, v]) => v)).toEqual([48, 49, 50, 51]);
    expect(t.oldest).toBe(1e6 - 10_200);
    expect(t.newest).toBe(1e6 - 9_900);
  }
});

test("what is known already, and what there is no room for, is not taken again", () => {
  const t = track(4);
  t.prepend(5, 5);
  expect(t.oldest).toBeUndefined();
  t.push(10, 10);
  t.push(11, 11);
  for (const time of [11, 10, 9, 9, 8, 7, 6]) t.prepend(time, time);
  expect(points(t, t.between(0, 99)).map(([time]) => time)).toEqual([8, 9, 10, 11]);
});

test("silence breaks the line backwards too", () => {
  const t = track();
  t.push(3_000, 3);
  t.prepend(900, 2);
  t.prepend(0, 1);
  expect(points(t, t.between(-1, 3_000)).map(([, v]) => v)).toEqual([1, 2, NaN, 3]);
});

test("whatever is written is a change", () => {
  const t = track();
  const seen = [t.changes];
  t.push(2, 0);
  seen.push(t.changes);
  t.prepend(1, 0);
  seen.push(t.changes);
  expect(new Set(seen).size).toBe(3);
});
