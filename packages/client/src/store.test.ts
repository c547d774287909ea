import { expect, test } from "vitest";
import { newCell } from "./store.ts";

test("N22 a store calls back with the present value at once, and with each later one", () => {
  const cell = newCell(1);
  const seen: number[] = [];
  const off = cell.subscribe((value) => seen.push(value));
  cell.set(2);
  off();
  cell.set(3);
  expect(seen).toEqual([1, 2]);
  expect(cell.get()).toBe(3);
});

test("N22 the same function can follow twice, and ends once", () => {
  const cell = newCell(1);
  const seen: number[] = [];
  const run = (value: number): void => void seen.push(value);
  cell.subscribe(run)();
  cell.subscribe(run);
  cell.set(2);
  expect(seen).toEqual([1, 1, 2]);
});
