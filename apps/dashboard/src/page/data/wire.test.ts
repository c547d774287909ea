import { expect, test } from "vitest";
import { Wire } from "./wire.ts";

test("before the first connection there is no cut", () => {
  const wire = new Wire();
  wire.lost(5);
  expect(wire.cuts()).toEqual([]);
  wire.connected(10);
  expect(wire.spans).toEqual([{ from: 10, to: undefined }]);
  expect(wire.cuts()).toEqual([]);
});

test("a cut lasts until the page is connected again", () => {
  const wire = new Wire();
  wire.connected(10);
  wire.lost(20);
  expect(wire.cuts()).toEqual([{ from: 20, to: undefined, outcome: undefined }]);
  wire.connected(30);
  expect(wire.cuts()).toEqual([{ from: 20, to: 30, outcome: undefined }]);
  expect(wire.spans.at(-1)).toEqual({ from: 30, to: undefined });
});

test("being told the same twice changes nothing", () => {
  const wire = new Wire();
  wire.connected(10);
  wire.connected(11);
  wire.lost(20);
  wire.lost(21);
  expect(wire.spans).toEqual([{ from: 10, to: 20 }]);
});

test("what is long past is forgotten", () => {
  const wire = new Wire();
  wire.connected(0);
  wire.lost(1);
  wire.connected(2);
  wire.lost(3);
  wire.connected(30 * 60_000);
  expect(wire.spans).toHaveLength(1);
});

test("each cut has its own outcome, once it is known", () => {
  const wire = new Wire();
  wire.connected(10);
  wire.lost(20);
  wire.connected(30);
  wire.settle({ replayed: 7, gap: undefined });
  wire.lost(40);
  wire.connected(50);
  expect(wire.cuts().map(({ outcome }) => outcome?.replayed)).toEqual([7, undefined]);
  wire.settle({ replayed: 0, gap: "37 not kept" });
  expect(wire.cuts().map(({ outcome }) => outcome?.gap)).toEqual([undefined, "37 not kept"]);
});

test("a cut in the middle of a return has the outcome of the next one", () => {
  const wire = new Wire();
  wire.connected(10);
  wire.lost(20);
  wire.connected(30);
  wire.lost(31);
  wire.connected(40);
  wire.settle({ replayed: 7, gap: undefined });
  expect(wire.cuts().map(({ outcome }) => outcome?.replayed)).toEqual([7, 7]);
});

test("a gap without a cut is a hole since the last publication before it", () => {
  const wire = new Wire();
  wire.gap(1, 2, "nobody was connected");
  expect(wire.cuts()).toEqual([]);
  wire.connected(10);
  wire.gap(20, 24, "3 not kept");
  expect(wire.cuts()).toEqual([
    { from: 20, to: 24, outcome: { replayed: undefined, gap: "3 not kept" } },
  ]);
  expect(wire.spans.at(-1)).toEqual({ from: 24, to: undefined });
});

test("a cut by the end of the hub is told from others", () => {
  const wire = new Wire();
  wire.connected(10);
  wire.lost(20, true);
  wire.connected(30);
  wire.lost(40);
  wire.connected(50);
  expect(wire.cuts().map(({ killed }) => killed)).toEqual([true, undefined]);
});

test("what is read back reaches as far as its oldest point", () => {
  const wire = new Wire();
  expect(wire.recalled).toBeUndefined();
  for (const time of [50, 20, 30]) wire.recall(time);
  expect(wire.recalled).toBe(20);
});
