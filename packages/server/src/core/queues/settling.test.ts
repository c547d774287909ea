import { describe, expect, test } from "vitest";
import { TestQueue } from "./queue.testkit.ts";

describe("leases", () => {
  test("a job that is done is gone, and a second acknowledgement of it is well", () => {
    const q = new TestQueue();
    q.join("w");
    const [job] = q.send("a");
    q.give();
    const { number } = job!.lease!;
    q.ack("a");
    expect(q.queue.check(job!.seq, number, "ack", q.now)).toBe("done");
    for (const verb of ["fail", "reject", "release", "touch"] as const)
      expect(q.queue.check(job!.seq, number, verb, q.now)).toBe("lease-lost");
    for (const never of [0, 2, 2 ** 40])
      expect(q.queue.check(never, number, "ack", q.now)).toBe("lease-lost");
  });

  test("a lease runs out after leaseMs, not a millisecond earlier", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    q.pass(29_999);
    expect(q.takeTold()).toEqual([]);
    expect(q.queue.dueAt).toBe(q.now + 1);
    q.pass(1);
    expect(q.takeTold()).toEqual(["w lost a: expired", "a failed: The lease ran out."]);
    expect(q.find("a").state).toBe("delayed");
  });

  test("a touch moves it on, and one that comes too late is refused though no tick came between", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    q.pass(20_000);
    q.queue.touch(q.find("a"), q.now, null);
    q.pass(29_999);
    expect(q.check("a", "touch")).toBe("job");
    q.now += 1;
    expect(q.check("a", "touch")).toBe("lease-lost");
    expect(q.check("a", "release")).toBe("lease-lost");
    expect(q.check("a", "progress")).toBe("lease-lost");
    expect(q.check("a", "ack")).toBe("job");
  });

  test("what is said late of a job that nobody holds is heard", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    const { number } = q.find("a").lease!;
    q.pass(30_000);
    expect(q.check("a", "ack", number)).toBe("job");
    expect(q.check("a", "reject", number)).toBe("job");
    expect(q.check("a", "fail", number)).toBe("done"); // it was counted when the lease ran out
    expect(q.check("a", "touch", number)).toBe("lease-lost");
    expect(q.check("a", "ack", number + 1)).toBe("lease-lost");
    q.ack("a");
    expect(q.queue.depth).toBe(0);
  });

  test("what is said under a lease of the past is refused while another holds the job", () => {
    const q = new TestQueue();
    const first = q.join("u");
    q.send("a");
    q.give();
    const { number } = q.find("a").lease!;
    q.queue.removeConsumer(first);
    q.join("v");
    q.pass(30_000);
    q.pass(1000);
    expect(q.giveTo(1)).toEqual(["a to v"]);
    for (const verb of ["ack", "fail", "reject", "release", "touch", "progress"] as const)
      expect(q.check("a", verb, number)).toBe("lease-lost");
  });

  test("a job that was never given out is nobody's to settle", () => {
    const q = new TestQueue();
    q.send("a");
    expect(q.check("a", "ack", 2 ** 32 + 1)).toBe("lease-lost");
  });

  test("a failure that nobody counted yet is counted late", () => {
    const q = new TestQueue();
    const consumer = q.join("w");
    q.send("a");
    q.give();
    const { number } = q.find("a").lease!;
    q.queue.releaseAll(consumer, q.now);
    expect(q.check("a", "fail", number)).toBe("job");
    q.fail("a");
    expect(q.check("a", "fail", number)).toBe("done");
    expect(q.find("a").failures).toBe(1);
  });

  test("nobody works at a job for longer than maxProcessingMs, whatever is touched", () => {
    const q = new TestQueue({ maxProcessingMs: 60_000 });
    q.join("w", 1, 2);
    q.send("a b");
    q.give();
    for (let i = 0; i < 59; i++) {
      q.pass(1000);
      q.queue.touch(q.find("a"), q.now, null);
      q.queue.touch(q.find("b"), q.now, null);
    }
    q.pass(1000);
    expect(q.takeTold()).toEqual([
      "w lost a: too-long",
      "a failed: It was worked at for longer than maxProcessingMs.",
    ]);
    // It has just begun with the other one.
    expect(q.find("b").lease!.startedAt).toBe(q.now);
  });
});

describe("failures", () => {
  test("pauses double up to their bound", () => {
    const q = new TestQueue({ maxFailures: 0, backoffMaxMs: 5000 });
    q.join("w");
    q.send("a");
    const pauses = Array.from({ length: 5 }, () => {
      q.give();
      q.fail("a");
      const pause = q.find("a").dueAt - q.now;
      q.pass(pause);
      return pause;
    });
    expect(pauses).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  test("a pause that the worker asks for holds instead", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    q.fail("a", 77);
    expect(q.find("a").dueAt).toBe(q.now + 77);
  });

  test("the last failure that is allowed makes a job dead", () => {
    const q = new TestQueue({ maxFailures: 3, backoffMs: 0 });
    q.join("w");
    q.send("a");
    const deaths = Array.from({ length: 3 }, () => {
      q.give();
      return q.fail("a");
    });
    expect(deaths).toEqual([false, false, true]);
    expect(q.takeTold()).toEqual(["a is dead: failures"]);
    expect(q.find("a")).toMatchObject({ state: "dead", failures: 3, error: "no luck" });
  });

  test("a failure that comes late does not bring a job before its time", () => {
    const q = new TestQueue({ backoffMs: 100 });
    q.restore(1, "a", {}, { notBefore: q.now + 5000 });
    q.join("w");
    expect(q.check("a", "fail", 7)).toBe("job");
    q.fail("a");
    q.pass(4999);
    expect(q.give()).toEqual([]);
    q.pass(1);
    expect(q.give()).toEqual(["a"]);
  });

  test("a job that is given back before its sender wants it waits until then", () => {
    const q = new TestQueue();
    q.send("a", { notBefore: q.now + 5000 });
    // it was declared dead, and the move that would have taken it away was not stored
    const job = q.find("a");
    q.queue.kill(job, q.now, null);
    q.queue.moving(job);
    q.queue.unsettled(job, q.now);
    q.join("w");
    expect(q.give()).toEqual(["a"]);
    q.release("a");
    q.pass(4999);
    expect(q.give()).toEqual([]);
    q.pass(1);
    expect(q.give()).toEqual(["a"]);
  });

  test("a rejected job is dead at once", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    q.queue.reject(q.find("a"), q.now, "of no use");
    expect(q.takeTold()).toEqual(["a is dead: rejected"]);
    expect(q.find("a")).toMatchObject({ state: "dead", failures: 0, error: "of no use" });
  });

  test("a dead job that is moved leaves, at once or when that is stored", () => {
    const q = new TestQueue({ maxFailures: 1 });
    q.join("w");
    q.send("a b");
    q.give();
    q.grave = "moved";
    q.fail("a");
    expect(q.queue.look("dead", 0, 10).jobs).toEqual([]);
    q.grave = "moving";
    q.fail("b");
    expect(q.queue.counts).toMatchObject({ moving: 1, dead: 0 });
    q.queue.moved(q.find("b"));
    expect(q.queue.counts).toMatchObject({ moving: 0, bytes: 0 });
  });

  test("a parked job waits for somebody to redrive it, and has its old place then", () => {
    const q = new TestQueue({ maxFailures: 1 });
    q.join("w");
    q.send("a");
    q.give();
    q.fail("a");
    q.now += 1000;
    q.send("b");
    expect(q.check("a", "ack", q.leases)).toBe("lease-lost");
    q.queue.redrive(q.find("a"), q.now);
    expect(q.find("a")).toMatchObject({ failures: 0, error: null });
    expect(q.give()).toEqual(["a", "b"]);
  });
});

describe("on the way to the disk", () => {
  function settling(): TestQueue {
    const q = new TestQueue();
    q.join("w", 1, 1);
    q.send("a b");
    q.give();
    q.queue.settling(q.find("a"), q.now, null);
    return q;
  }

  test("an acknowledged job is given to nobody, and its worker has a place free", () => {
    const q = settling();
    expect(q.give()).toEqual(["b"]);
    expect(q.check("a", "ack")).toBe("settling");
    q.pass(60_000);
    expect(q.find("a").state).toBe("settling");
    q.queue.settled(q.find("a"), q.now);
    expect([...q.queue.jobs()].map(({ seq }) => seq)).toEqual([2]);
  });

  test("when that cannot be stored the worker holds it as before", () => {
    const q = settling();
    const { number, dueAt } = q.find("a").lease!;
    q.queue.unsettled(q.find("a"), q.now);
    expect(q.find("a")).toMatchObject({ state: "leased", attempt: 1 });
    expect(q.find("a").lease).toMatchObject({ number, dueAt });
    expect(q.give()).toEqual([]);
    expect(q.check("a", "ack")).toBe("job");
    q.pass(30_000);
    expect(q.find("a").state).toBe("delayed");
  });

  test("one that was settled late waits again when that cannot be stored", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    q.release("a");
    q.queue.settling(q.find("a"), q.now, null);
    expect(q.give()).toEqual([]);
    q.queue.unsettled(q.find("a"), q.now);
    expect(q.give()).toEqual(["a"]);
  });
});

describe("lost workers", () => {
  test("what it worked at counts a failure, what it had in reserve does not", () => {
    const q = new TestQueue();
    const consumer = q.join("w", 2, 5);
    q.send("a b c d e");
    q.give();
    q.ack("a"); // it begins with c
    q.queue.lose(consumer, q.now);
    expect(["b", "c", "d", "e"].map((name) => q.find(name).failures)).toEqual([1, 1, 0, 0]);
    expect(q.takeTold().toSorted()).toEqual([
      "b failed: The worker was lost.",
      "c failed: The worker was lost.",
      "w lost b: gone",
      "w lost c: gone",
      "w lost d: gone",
      "w lost e: gone",
    ]);
    q.join("v");
    expect(q.give()).toEqual(["d", "e"]);
  });

  test("a worker that says good-bye gives all back, and nothing counts", () => {
    const q = new TestQueue();
    const consumer = q.join("w", 2, 5);
    q.send("a b c");
    q.give();
    expect(q.queue.releaseAll(consumer, q.now).length).toBe(3);
    expect(q.give()).toEqual(["a", "b", "c"]);
    expect(q.find("a")).toMatchObject({ failures: 0, attempt: 2 });
  });

  test("a worker that lets a lease run out loses its reserve and gets nothing until it is heard", () => {
    const q = new TestQueue();
    const consumer = q.join("w", 1, 3);
    q.send("a b c d");
    q.give();
    q.pass(20_000);
    q.queue.touch(q.find("b"), q.now, null);
    q.pass(10_000);
    expect(q.takeTold()).toEqual([
      "w lost c: stalled",
      "w lost b: stalled",
      "w lost a: expired",
      "a failed: The lease ran out.",
    ]);
    expect(q.give()).toEqual([]);
    q.queue.heard(consumer);
    expect(q.give()).toEqual(["b", "c", "d"]);
  });

  test("100,000 leases that run out at once are worked off in slices", () => {
    const q = new TestQueue();
    for (let i = 0; i < 1000; i++) q.join(`w${i}`, 100);
    for (let i = 0; i < 100_000; i++) q.send("j");
    while (q.queue.give(q.now, ++q.leases));
    expect(q.queue.counts.leased).toBe(100_000);
    q.now += 30_000;
    let slices = 0;
    for (let isMore = true; isMore; slices++) {
      const before = q.queue.counts.leased;
      isMore = q.queue.tick(q.now, 500);
      expect(before - q.queue.counts.leased).toBe(500);
    }
    expect(slices).toBe(200);
    expect(q.queue.counts).toMatchObject({ leased: 0, delayed: 100_000 });
  });
});
