import { expect, test } from "vitest";
import { busyPercent, parseCpu } from "./cpu.ts";

const before = `cpu  300 0 100 1500 100 0 0 0 0 0
cpu0 200 0 50 700 50 0 0 0 0 0
cpu1 100 0 50 800 50 0 0 0 0 0
intr 313511 0 0
ctxt 33227
`;
const after = `cpu  360 0 120 1600 120 0 0 0 0 0
cpu0 250 0 60 730 60 0 0 0 0 0
cpu1 110 0 60 870 60 0 0 0 30 0
`;

test("each core is read by its number, and waiting for a disk counts as idle", () => {
  expect([...parseCpu(before)]).toEqual([
    [0, { idle: 750, total: 1000 }],
    [1, { idle: 850, total: 1000 }],
  ]);
});

test("busy is what was not idle between two readings, guests not counted twice", () => {
  const [a, b] = [parseCpu(before), parseCpu(after)];
  expect(busyPercent(a.get(0)!, b.get(0)!)).toBeCloseTo(60);
  expect(busyPercent(a.get(1)!, b.get(1)!)).toBeCloseTo(20);
});

test("without a tick between two readings nothing is claimed", () => {
  const reading = parseCpu(before).get(0)!;
  expect(busyPercent(reading, reading)).toBeUndefined();
});

test("idle counters that step back never give more than 100 percent", () => {
  expect(busyPercent({ idle: 100, total: 200 }, { idle: 98, total: 210 })).toBe(100);
});

test("an empty file has no cores", () => {
  expect(parseCpu("").size).toBe(0);
});
