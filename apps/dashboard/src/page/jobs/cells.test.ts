import { expect, test } from "vitest";
import { cellGrid, leastDone } from "./cells.ts";

test.each([
  [1_000, 920, 168],
  [1_000, 328, 200],
  [5_000, 920, 168],
  [20_000, 920, 168],
  [20_000, 328, 200],
  [1, 920, 168],
])("%d jobs have their cells in %d × %d", (jobs, width, height) => {
  const { pitch, size, columns, each } = cellGrid(jobs, width, height);
  const rows = Math.ceil(jobs / each / columns);
  expect((columns - 1) * pitch + size).toBeLessThanOrEqual(width);
  expect((rows - 1) * pitch + size).toBeLessThanOrEqual(height);
  expect(size).toBeGreaterThanOrEqual(3);
});

test("a cell is one job up to five thousand, where there is room, and beyond that it is several", () => {
  expect(cellGrid(5_000, 2_000, 400).each).toBe(1);
  expect(cellGrid(5_001, 2_000, 400).each).toBe(2);
});

test.each([
  [0, 0],
  [920, 0],
  [0, 168],
  [1, 1],
])(
  "a page that is just being left has no room, %d × %d, and that is no trouble",
  (width, height) => {
    expect(cellGrid(1_000, width, height).each).toBeGreaterThan(0);
    expect(cellGrid(0, width, height).each).toBe(1);
  },
);

test("few jobs do not make giants", () => {
  expect(cellGrid(1, 2_000, 400).size).toBe(14);
});

test("a cell of several jobs shows what is left to do", () => {
  expect(leastDone(["done", "ready", "done"])).toBe("ready");
  expect(leastDone(["done", "leased", "ready"])).toBe("leased");
  expect(leastDone(["done", "twice"])).toBe("twice");
  expect(leastDone(["done", "lost", "leased"])).toBe("lost");
  expect(leastDone([])).toBe("removed");
});
