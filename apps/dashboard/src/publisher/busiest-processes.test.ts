import { expect, test } from "vitest";
import { busiest } from "./busiest-processes.ts";

const ticks = (rows: readonly [pid: number, startedAt: number, ticks: number][]) =>
  new Map(rows.map(([pid, startedAt, used]) => [pid, { startedAt, ticks: used }]));

test("the busiest comes first, in percent of one core", () => {
  const before = ticks([
    [1, 0, 100],
    [2, 0, 100],
  ]);
  const after = ticks([
    [1, 0, 110],
    [2, 0, 400],
  ]);
  expect(busiest(before, after, 2)).toEqual([
    { pid: 2, cpu: 150 },
    { pid: 1, cpu: 5 },
  ]);
});

test("a process with the number of one that ended counts from its own start", () => {
  const [row] = busiest(ticks([[7, 10, 9000]]), ticks([[7, 99, 20]]), 1);
  expect(row).toEqual({ pid: 7, cpu: 20 });
});

test("five are told, the older ones when nothing happens", () => {
  const idle = ticks([9, 3, 8, 1, 7, 2].map((pid) => [pid, 0, 5]));
  expect(busiest(idle, idle, 1).map((u) => u.pid)).toEqual([1, 2, 3, 7, 8]);
});
