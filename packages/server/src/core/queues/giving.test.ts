import { describe, expect, test } from "vitest";
import { TestQueue } from "./queue.testkit.ts";

describe("order", () => {
  test("jobs of one priority are given out in the order in which they were sent", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a b c");
    expect(q.give()).toEqual(["a", "b", "c"]);
  });

  test("a step of priority is worth agingMs of waiting, to the millisecond", () => {
    for (const [headStart, first] of [
      [29_999, "urgent"],
      [30_000, "old"],
      [30_001, "old"],
    ] as const) {
      const q = new TestQueue({ agingMs: 30_000 });
      q.join("w");
      q.send("old", { priority: 4 });
      q.now += headStart;
      q.send("urgent", { priority: 5 });
      expect(q.give(1)).toEqual([first]);
    }
  });

  test("the least urgent job is overtaken only by what comes within nine steps after it", () => {
    const q = new TestQueue({ agingMs: 1000 });
    q.join("w");
    q.send("low", { priority: 0 });
    const overtaking: string[] = [];
    for (let i = 0; i < 20; i++) {
      q.send(`h${i}`, { priority: 9 });
      q.now += 1000;
    }
    for (let name = q.give(1)[0]!; name !== "low"; name = q.give(1)[0]!) overtaking.push(name);
    expect(overtaking).toEqual(Array.from({ length: 9 }, (_, i) => `h${i}`));
  });

  test("without aging priorities say nothing", () => {
    const q = new TestQueue({ agingMs: 0 });
    q.join("w");
    q.send("a", { priority: 0 });
    q.send("b", { priority: 9 });
    expect(q.give()).toEqual(["a", "b"]);
  });

  test("with strict priorities the more urgent always goes first", () => {
    const q = new TestQueue({ agingMs: -1 });
    q.join("w");
    q.send("a", { priority: 0 });
    q.now += 1e9;
    q.send("b c", { priority: 9 });
    q.send("d", { priority: 5 });
    expect(q.give()).toEqual(["b", "c", "d", "a"]);
  });

  test("a job that comes back has its old place", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a b c d");
    q.give(2);
    q.now += 10;
    q.send("e");
    q.release("b", "a");
    expect(q.give()).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("so has one that failed, when its pause is over", () => {
    const q = new TestQueue({ backoffMs: 1000 });
    q.join("w");
    q.send("a b");
    q.give(1);
    q.fail("a");
    expect(q.give(1)).toEqual(["b"]);
    q.now += 500;
    q.send("c");
    q.pass(499);
    expect(q.find("a").state).toBe("delayed");
    q.pass(1);
    expect(q.give()).toEqual(["a", "c"]);
  });

  test("a delayed job is given out when it is due, and waits since then", () => {
    const q = new TestQueue();
    q.join("w");
    const [late] = q.send("late", { notBefore: q.now + 500 });
    q.send("early");
    expect(q.give()).toEqual(["early"]);
    expect(late!.base).toBe(q.now + 500);
    expect(q.queue.dueAt).toBe(late!.base);
    q.pass(499);
    expect(q.give()).toEqual([]);
    q.pass(1);
    expect(q.give()).toEqual(["late"]);
  });

  test("a job that is not stored yet is given to nobody", () => {
    const q = new TestQueue();
    q.join("w");
    const job = q.queue.add(q.draft("a"), 0, q.now, false);
    expect(q.give()).toEqual([]);
    q.queue.stored(job, q.now);
    expect(q.give()).toEqual(["a"]);
  });
});

describe("groups", () => {
  const strict = { groupConcurrency: 1 } as const;

  test("jobs of a group are given out one at a time and in order, whatever their priority", () => {
    const q = new TestQueue(strict);
    q.join("w");
    q.send("a", { group: "g", priority: 0 });
    q.send("b", { group: "g", priority: 9 });
    expect(q.give()).toEqual(["a"]);
    q.ack("a");
    expect(q.give()).toEqual(["b"]);
  });

  test("a group waits for the retry of a job that failed, and others do not wait for it", () => {
    const q = new TestQueue(strict);
    q.join("w");
    q.send("a b", { group: "g" });
    q.send("x");
    q.give(1);
    q.fail("a");
    expect(q.give()).toEqual(["x"]);
    q.pass(1000);
    expect(q.give()).toEqual(["a"]);
    q.ack("a");
    expect(q.give()).toEqual(["b"]);
  });

  test("a group goes on when a job of it is dead", () => {
    const q = new TestQueue({ ...strict, maxFailures: 1 });
    q.join("w");
    q.send("a b", { group: "g" });
    q.give();
    q.fail("a");
    expect(q.give()).toEqual(["b"]);
  });

  test("a group goes on only when the acknowledgement of its job is stored", () => {
    const q = new TestQueue(strict);
    q.join("w");
    q.send("a b", { group: "g" });
    q.give();
    q.queue.settling(q.find("a"), q.now, null);
    expect(q.give()).toEqual([]);
    q.queue.settled(q.find("a"), q.now);
    expect(q.give()).toEqual(["b"]);
  });

  test("a group with much to do takes turns with those that have little", () => {
    const q = new TestQueue({ groupConcurrency: 100 });
    q.join("w");
    q.send("a1 a2 a3 a4", { group: "a" });
    q.send("b1 b2", { group: "b" });
    q.send("x y");
    expect(q.give()).toEqual(["a1", "b1", "x", "y", "a2", "b2", "a3", "a4"]);
  });

  test("groups that all have much to do get the same, however unevenly it came", () => {
    const q = new TestQueue({ groupConcurrency: 1000 });
    q.join("w", 1, 10_000);
    for (let i = 0; i < 3000; i++) q.send(`j${i}`, { group: i % 10 === 0 ? "small" : "large" });
    const shares = new Map<string, number>();
    for (let i = 0; i < 400; i++) {
      q.now += i % 3;
      const group = q.find(q.give(1)[0]!).group!;
      shares.set(group, (shares.get(group) ?? 0) + 1);
    }
    expect(shares).toEqual(
      new Map([
        ["small", 200],
        ["large", 200],
      ]),
    );
  });

  test("N jobs of a group are worked at at a time, those that rest counted", () => {
    const q = new TestQueue({ groupConcurrency: 2 });
    q.join("w");
    q.send("a b c d", { group: "g" });
    expect(q.give()).toEqual(["a", "b"]);
    q.fail("a");
    expect(q.give()).toEqual([]);
    q.ack("b");
    expect(q.give()).toEqual(["c"]);
  });

  test("without groupConcurrency groups are labels", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a b", { group: "g" });
    expect(q.give()).toEqual(["a", "b"]);
  });

  test("whether groups mean anything may change while jobs wait and are held", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a b c", { group: "g" });
    q.give(1);
    q.set({ groupConcurrency: 1 });
    q.pass(0);
    expect(q.give()).toEqual([]);
    q.ack("a");
    expect(q.give()).toEqual(["b"]);
    q.set({ groupConcurrency: null });
    q.pass(0);
    expect(q.give()).toEqual(["c"]);
  });

  test.each<[number | null, number | null, number]>([
    [null, 1, 10],
    [null, 2, 20],
    [1, null, 1000],
    [1, 2, 20],
    [2, 1, 10],
  ])(
    "with groupConcurrency %j a thousand jobs wait; with %j they are put in order in slices, and nothing is given out before",
    (before, after, given) => {
      const q = new TestQueue({ groupConcurrency: before });
      for (let i = 0; i < 1000; i++) q.send(`j${i}`, { group: `g${i % 10}` });
      q.join("w", 1000, 1000);
      q.set({ groupConcurrency: after });
      let slices = 1;
      for (; q.queue.tick(q.now, 10); slices++) expect(q.give()).toEqual([]);
      expect(slices).toBe(100);
      const first = Array.from({ length: given }, (_, i) => `j${i}`);
      expect(q.give()).toEqual(first);
    },
  );

  test("what happens to jobs while they are put in order is not lost, and a group is strict from then on", () => {
    const q = new TestQueue({ maxFailures: 0, backoffMs: 100 });
    q.join("w", 100, 100);
    const names = Array.from({ length: 20 }, (_, i) => `j${i}`);
    q.send(names.join(" "), { group: "g" });
    q.send("later", { group: "g", notBefore: q.now + 1 });
    q.give(3);
    q.set({ groupConcurrency: 1 });
    q.queue.tick(q.now, 4);
    q.ack("j0");
    q.release("j1");
    q.fail("j2");
    q.send("new", { group: "g" });
    q.queue.purge(16, 18, 100, q.now);
    q.pass(1);
    const order: string[] = [];
    while (q.queue.counts.bytes > 0) {
      q.pass(100);
      for (const name of q.give()) {
        order.push(name);
        q.ack(name);
      }
    }
    const rest = names.slice(1).filter((name) => !["j15", "j16"].includes(name));
    expect(order).toEqual([...rest, "new", "later"]);
  });

  test("who changes it again while they are put in order gets what was said last", () => {
    const q = new TestQueue();
    q.join("w", 100, 100);
    q.send("a b c d", { group: "g" });
    for (const groupConcurrency of [1, null, 2, 1, null, 2]) {
      q.set({ groupConcurrency });
      q.queue.tick(q.now, 2);
    }
    q.pass(0);
    expect(q.give()).toEqual(["a", "b"]);
  });

  test("a group that has nothing in the queue is forgotten", () => {
    const q = new TestQueue(strict);
    q.join("w");
    for (let i = 0; i < 50; i++) q.send(`j${i}`, { group: `g${i}` });
    q.ack(...q.give());
    expect(q.queue.stats(q.now).groups).toBe(0);
  });
});

describe("lives", () => {
  test("a job whose life is over is given to nobody, though no tick came between", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a", { expiresAt: q.now + 100 });
    q.send("b");
    q.now += 100;
    expect(q.give()).toEqual(["b"]);
    expect(q.takeTold()).toEqual(["a expired"]);
  });

  test.each([
    ["ready", {}],
    ["delayed", { notBefore: 1_000_500 }],
    ["of another priority", { priority: 0 }],
    ["of a closed group", { group: "g" }],
  ])("a job that is %s is gone when its life is over", (_, draft) => {
    const q = new TestQueue({ groupConcurrency: 1 });
    q.join("w");
    q.send("first", { group: "g" });
    q.give();
    q.send("a", { ...draft, expiresAt: q.now + 100 });
    expect(q.queue.dueAt).toBe(q.now + 100);
    q.pass(99);
    expect(q.queue.depth).toBe(1);
    q.pass(1);
    expect(q.queue.depth).toBe(0);
    expect(q.takeTold()).toEqual(["a expired"]);
  });

  test("a job that is held lives until it comes back", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a", { expiresAt: q.now + 100 });
    q.give();
    q.pass(200);
    expect(q.check("a", "ack")).toBe("job");
    q.release("a");
    expect(q.give()).toEqual([]);
    expect(q.takeTold()).toEqual(["a expired"]);
  });

  test("a job without a life of its own has that of its queue", () => {
    const q = new TestQueue({ ttlMs: 1000 });
    const [plain, own] = [q.send("a")[0]!, q.send("b", { expiresAt: q.now + 5000 })[0]!];
    expect([plain.expiresAt, own.expiresAt]).toEqual([q.now + 1000, q.now + 5000]);
  });

  test("many that expired at once do not hold up one give", () => {
    const q = new TestQueue();
    q.join("w");
    for (let i = 0; i < 1000; i++) q.send("old", { expiresAt: q.now + 1 });
    q.now += 1;
    q.send("new");
    expect(q.give(1)).toEqual([]);
    expect(q.queue.counts.ready).toBe(1001 - 256);
    q.pass(0);
    expect(q.give()).toEqual(["new"]);
  });
});

describe("who gets it", () => {
  test("consumers take turns", () => {
    const q = new TestQueue();
    for (const owner of ["u", "v", "w"]) q.join(owner);
    q.send("a b c d e");
    expect(q.giveTo(5)).toEqual(["a to u", "b to v", "c to w", "d to u", "e to v"]);
  });

  test("nobody holds more than its credit, and a settled job frees a place", () => {
    const q = new TestQueue();
    q.join("u", 1, 1);
    q.join("v", 1, 2);
    q.send("a b c d e");
    expect(q.giveTo(5)).toEqual(["a to u", "b to v", "c to v"]);
    q.ack("b");
    expect(q.giveTo(5)).toEqual(["d to v"]);
    q.queue.setCredit(q.find("a").lease!.consumer, 2);
    expect(q.giveTo(5)).toEqual(["e to u"]);
  });

  test("a quota is how many it gets in all", () => {
    const q = new TestQueue();
    q.join("u", 5, 5, 2);
    q.send("a b c");
    expect(q.give()).toEqual(["a", "b"]);
    q.ack("a", "b");
    expect(q.give()).toEqual([]);
  });

  test("who is blocked gets nothing until it no longer is", () => {
    const q = new TestQueue();
    const consumer = q.join("u");
    q.send("a");
    q.queue.block(consumer, true);
    expect(q.give()).toEqual([]);
    q.queue.block(consumer, false);
    expect(q.give()).toEqual(["a"]);
  });

  test("who was removed gets nothing, and keeps what it holds", () => {
    const q = new TestQueue();
    const consumer = q.join("u");
    q.send("a b");
    q.give(1);
    q.queue.removeConsumer(consumer);
    expect(q.give()).toEqual([]);
    expect(q.check("a", "touch")).toBe("job");
  });

  test("no more than `concurrency` jobs of a queue are held at a time", () => {
    const q = new TestQueue({ concurrency: 2 });
    q.join("u");
    q.join("v");
    q.send("a b c");
    expect(q.give()).toEqual(["a", "b"]);
    expect(q.queue.canGive(q.now)).toBe(false);
    q.ack("a");
    expect(q.give()).toEqual(["c"]);
  });

  test("a paused queue takes jobs and gives none", () => {
    const q = new TestQueue();
    q.join("u");
    q.queue.pause();
    q.send("a");
    expect(q.give()).toEqual([]);
    q.queue.resume();
    expect(q.give()).toEqual(["a"]);
  });

  test.each([1, 7, 50, 1000])("%i a second are given out, and hardly more at once", (rate) => {
    const q = new TestQueue({ ratePerSecond: rate });
    q.join("w", 1, 1_000_000);
    for (let i = 0; i < rate * 12; i++) q.send("j");
    const burst = q.give().length;
    expect(burst).toBe(Math.max(1, Math.floor(rate / 50)));
    let given = 0;
    const end = q.now + 10_000;
    for (let at = q.queue.dueAt; at <= end; at = q.queue.dueAt) {
      expect(at).toBeGreaterThan(q.now);
      q.now = at;
      given += q.give().length;
    }
    expect(Math.abs(given - 10 * rate)).toBeLessThanOrEqual(1);
  });

  test("with a single active consumer the others stand by", () => {
    const q = new TestQueue({ singleActive: true });
    const [u, v] = [q.join("u"), q.join("v")];
    expect([u.isActive, v.isActive]).toEqual([true, false]);
    q.send("a b c");
    expect(q.giveTo(1)).toEqual(["a to u"]);
    q.queue.removeConsumer(u);
    expect(q.takeTold()).toEqual(["v is active"]);
    expect(q.giveTo(2)).toEqual([]); // what u holds may still be worked at
    q.ack("a");
    expect(q.giveTo(2)).toEqual(["b to v", "c to v"]);
  });

  test("an active consumer that does not answer is replaced by one that does", () => {
    const q = new TestQueue({ singleActive: true });
    q.join("u");
    q.join("v");
    q.send("a");
    q.give();
    q.pass(30_000);
    expect(q.takeTold()).toContain("u stands by");
    q.pass(1000);
    expect(q.giveTo(1)).toEqual(["a to v"]);
  });

  test("whether one gets all may change while they work", () => {
    const q = new TestQueue();
    q.join("u");
    q.join("v");
    q.queue.configure({ ...q.queue.settings, singleActive: true });
    expect(q.takeTold()).toEqual(["v stands by"]);
    q.send("a b");
    expect(q.giveTo(2)).toEqual(["a to u", "b to u"]);
    q.queue.configure({ ...q.queue.settings, singleActive: false });
    expect(q.takeTold()).toEqual(["v is active"]);
  });
});
