import { expect, test } from "vitest";
import { Hold, type Held, type HoldEvent, type Stand } from "./hold.ts";

const job = (seq: number): Held => ({
  seq,
  lease: seq + 100,
  stand: "waiting",
  isSure: true,
  isInherited: false,
  leasedUntil: 0,
});

/** A hold of `count` jobs that came at 0, with leases of 30. */
function holdOf(count: number, concurrency = 1, isKept = true): { hold: Hold<Held>; all: Held[] } {
  const hold = new Hold<Held>(concurrency, isKept);
  hold.leaseMs = 30;
  const all = Array.from({ length: count }, (_, i) => job(i + 1));
  for (const each of all) hold.add(each, 0);
  return { hold, all };
}

const seqs = (held: readonly Held[]): number[] => held.map(({ seq }) => seq);

const stands: readonly Stand[] = ["waiting", "running", "settling", "lost", "gone"];
const becomes: Record<HoldEvent, readonly Stand[]> = {
  begin: ["running", "running", "settling", "lost", "gone"],
  end: ["waiting", "settling", "settling", "gone", "gone"],
  lose: ["gone", "lost", "settling", "lost", "gone"],
  settle: ["waiting", "running", "gone", "lost", "gone"],
  return: ["gone", "lost", "settling", "lost", "gone"],
};

test.each(Object.entries(becomes) as [HoldEvent, readonly Stand[]][])(
  "QC11 what %s makes of a job depends on where it stands",
  (event, expected) => {
    const { hold } = holdOf(0);
    for (const [i, stand] of stands.entries()) {
      const each = { ...job(1), stand };
      expect(hold.step(each, event)).toBe(stand === expected[i] ? undefined : stand);
      expect(each.stand).toBe(expected[i]);
    }
  },
);

test("QC7 the oldest begins when there is a place, and a lost one keeps its place until it ends", () => {
  const { hold, all } = holdOf(3, 2);
  expect([hold.begin(), hold.begin(), hold.begin()]).toEqual([all[0], all[1], undefined]);
  hold.step(all[0]!, "lose");
  expect(hold.begin()).toBeUndefined();
  hold.step(all[0]!, "end");
  expect(hold.begin()).toBe(all[2]);
  expect(seqs(hold.jobs)).toEqual([2, 3]);
});

test("QC7 a job that is held is not taken twice", () => {
  const { hold, all } = holdOf(1);
  hold.begin();
  hold.add(job(1), 5);
  expect(hold.jobs).toEqual([all[0]]);
  expect(hold.waiting).toEqual([]);
});

test("QC10 all leases are due each third of a lease", () => {
  const { hold } = holdOf(1);
  expect(hold.touchAt).toBe(10);
  hold.add(job(2), 9);
  expect(hold.touchAt).toBe(10);
  expect(seqs(hold.due(10))).toEqual([1, 2]);
  expect(hold.touchAt).toBe(20);
});

test("QC10 what was given more time is due later, and a shorter time takes nothing back", () => {
  const { hold, all } = holdOf(1);
  hold.confirm(all[0]!, 1000);
  hold.confirm(all[0]!, 40);
  expect(hold.due(969)).toEqual([]);
  expect(hold.due(970)).toEqual(all);
});

test("QC10 what is being settled is due when that takes a third of a lease", () => {
  const { hold, all } = holdOf(1);
  hold.begin();
  hold.step(all[0]!, "end");
  expect(hold.due(9)).toEqual([]);
  expect(hold.due(10)).toEqual(all);
});

test("QC10 lost jobs are not due, and without a job nothing is", () => {
  const { hold, all } = holdOf(2, 2);
  hold.begin();
  hold.step(all[0]!, "lose");
  expect(seqs(hold.due(20))).toEqual([2]);
  hold.step(all[1]!, "return");
  expect(hold.touchAt).toBe(30);
  hold.step(all[0]!, "end");
  expect([hold.isEmpty, hold.touchAt]).toEqual([true, Infinity]);
  hold.due(100);
  expect(hold.touchAt).toBe(Infinity);
});

test("QC12 what is in doubt is due at once, and does not begin before it is confirmed", () => {
  const { hold, all } = holdOf(3);
  hold.begin();
  hold.step(all[0]!, "end");
  hold.doubt();
  expect(hold.touchAt).toBe(0);
  expect(hold.begin()).toBeUndefined();
  expect(seqs(hold.due(1))).toEqual([2, 3]);
  hold.confirm(all[2]!, 31);
  expect(hold.begin()).toBe(all[2]);
});

test("QC12 what is held of earlier links is counted until it is settled or lost", () => {
  const { hold, all } = holdOf(3, 2);
  hold.begin();
  hold.begin();
  hold.step(all[0]!, "lose");
  hold.doubt();
  hold.doubt();
  expect(hold.inherited).toBe(2);
  hold.step(all[1]!, "end");
  expect(hold.inherited).toBe(2);
  hold.step(all[1]!, "settle");
  hold.step(all[2]!, "lose");
  hold.step(all[0]!, "end");
  expect(hold.inherited).toBe(0);
});

test("QC20 what the application keeps itself is not due", () => {
  const { hold } = holdOf(2, Infinity, false);
  hold.begin();
  expect(seqs(hold.due(25))).toEqual([2]);
});
