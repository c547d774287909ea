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
  expect(wire.cuts()).toEqual([{ from: 20, to: undefined }]);
  wire.connected(30);
  expect(wire.cuts()).toEqual([{ from: 20, to: 30 }]);
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
