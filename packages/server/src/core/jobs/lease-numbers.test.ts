import { expect, test } from "vitest";
import { LeaseNumbers } from "./lease-numbers.ts";

const RUN = 2 ** 32;

test("QH9 the numbers of a run are above those of the run before, however many that gave", () => {
  const written: number[] = [];
  const before = new LeaseNumbers(
    5,
    (extra, stored) => {
      written.push(extra);
      stored();
    },
    8,
  );
  const given = Array.from({ length: 30 }, () => before.next());
  for (let i = 1; i < given.length; i++) expect(given[i]).toBeGreaterThan(given[i - 1]!);
  expect(written).toEqual([1, 2, 3, 4]);
  const after = new LeaseNumbers(1, () => {}, 8);
  after.begin(6, written.at(-1)!);
  expect(after.next()).toBeGreaterThan(given.at(-1)!);
});

test("QH9 numbers of another run are given only when it is on disk that they are taken", () => {
  const stored: (() => void)[] = [];
  const leases = new LeaseNumbers(5, (_, done) => stored.push(done), 4);
  const given = Array.from({ length: 4 }, () => leases.next());
  expect(given).toEqual([1, 2, 3, 4].map((n) => 5 * RUN + n));
  expect([leases.hasNext, stored.length]).toEqual([false, 1]);
  stored[0]!();
  expect(leases.hasNext).toBe(true);
  expect(leases.next()).toBe(6 * RUN + 1);
});

test("QH9 a run has all numbers that there are below those of the next", () => {
  const leases = new LeaseNumbers(5, () => {});
  expect(leases.next()).toBe(5 * RUN + 1);
  const next = new LeaseNumbers(6, () => {});
  expect(next.next() - leases.last).toBe(RUN);
});
