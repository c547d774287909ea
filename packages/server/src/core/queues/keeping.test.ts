import { describe, expect, test } from "vitest";
import { nameOf, TestQueue } from "./queue.testkit.ts";

const names = (jobs: readonly { tail: Uint8Array }[]): string[] => jobs.map(nameOf);

describe("bounds", () => {
  test("jobs count whatever their state", () => {
    const q = new TestQueue({ jobsMax: 6, maxFailures: 1 });
    q.join("w");
    q.send("a b c");
    q.give();
    q.fail("a");
    q.queue.settling(q.find("b"), q.now, null);
    q.queue.add(q.draft("d"), 0, q.now, false);
    q.send("e", { notBefore: q.now + 1 });
    expect(q.queue.hasRoom(1)).toBe(true);
    q.send("f");
    expect(q.queue.hasRoom(0)).toBe(false);
  });

  test("so do their bytes, to the last one", () => {
    const q = new TestQueue({ bytesMax: 10 });
    q.send("four 12");
    expect(q.queue.hasRoom(4)).toBe(true);
    expect(q.queue.hasRoom(5)).toBe(false);
  });

  test("a full queue that refuses drops nothing", () => {
    const q = new TestQueue({ jobsMax: 1 });
    q.send("a");
    expect(q.queue.makeRoom(1, 9, q.now)).toEqual([]);
    expect(q.queue.hasRoom(1)).toBe(false);
  });

  test("drop-oldest drops what is dead, what waits for longest, and then what is due first", () => {
    const q = new TestQueue({ jobsMax: 5, maxFailures: 1, overflow: "drop-oldest" });
    q.join("w", 1, 2);
    q.send("held dead");
    q.give();
    q.fail("dead");
    q.send("later", { notBefore: q.now + 10 });
    q.send("ready", { priority: 9 });
    q.queue.block(q.find("held").lease!.consumer, true);
    q.send("last", { priority: 0 });
    const dropped = Array.from({ length: 5 }, () => {
      const victims = names(q.queue.makeRoom(0, 0, q.now));
      if (victims.length > 0) q.queue.add(q.draft("new"), 0, q.now, false);
      return victims;
    });
    expect(dropped).toEqual([["dead"], ["ready"], ["last"], ["later"], []]);
  });

  test("drop-lowest drops what is least urgent, and nothing that is more urgent than the new job", () => {
    const q = new TestQueue({ jobsMax: 3, overflow: "drop-lowest" });
    q.send("a", { priority: 5 });
    q.send("b", { priority: 2 });
    q.send("c", { priority: 2 });
    expect(q.queue.makeRoom(0, 1, q.now)).toEqual([]);
    expect(names(q.queue.makeRoom(0, 2, q.now))).toEqual(["b"]);
  });

  test("nothing is dropped for a job that would not fit anyway", () => {
    const q = new TestQueue({ bytesMax: 10, overflow: "drop-oldest" });
    q.join("w", 1, 1);
    q.send("12345 678");
    q.give();
    expect(q.queue.makeRoom(6, 4, q.now)).toEqual([]);
    expect(names(q.queue.makeRoom(5, 4, q.now))).toEqual(["678"]);
  });
});

describe("ids", () => {
  const hash = 7;
  function sent(settings: object = {}): TestQueue {
    const q = new TestQueue(settings);
    q.queue.add(q.draft("a", { id: "x", sender: "alice" }), hash, q.now, true);
    return q;
  }

  test("the same id of the same sender is the same job, also when that is done", () => {
    const q = sent();
    expect(q.queue.lookUp("alice", "x", hash, q.now)).toEqual({ seq: 1, isStored: true });
    q.join("w");
    q.ack(...q.give());
    expect(q.queue.lookUp("alice", "x", hash, q.now)).toEqual({ seq: 1, isStored: true });
  });

  test("with another payload it is a conflict; of another sender, it is another job", () => {
    const q = sent();
    expect(q.queue.lookUp("alice", "x", hash + 1, q.now)).toBe("conflict");
    expect(q.queue.lookUp("bob", "x", hash, q.now)).toBe("new");
    expect(q.queue.lookUp(null, "x", hash, q.now)).toBe("new");
    expect(q.queue.lookUp("alicex", "", hash, q.now)).toBe("new");
  });

  test("an id is remembered for dedupeMs, to the millisecond", () => {
    const q = sent({ dedupeMs: 5000 });
    q.now += 4999;
    expect(q.queue.lookUp("alice", "x", hash, q.now)).not.toBe("new");
    q.now += 1;
    expect(q.queue.lookUp("alice", "x", hash, q.now)).toBe("new");
  });

  test("100,000 ids are remembered, and no more", () => {
    const q = sent();
    for (let i = 1; i < 100_000; i++)
      q.queue.add(q.draft("j", { id: `i${i}`, sender: "alice" }), hash, q.now, true);
    expect(q.queue.lookUp("alice", "x", hash, q.now)).not.toBe("new");
    q.queue.add(q.draft("j", { id: "y", sender: "alice" }), hash, q.now, true);
    expect(q.queue.lookUp("alice", "x", hash, q.now)).toBe("new");
    expect(q.queue.lookUp("alice", "i1", hash, q.now)).not.toBe("new");
  });

  test("an id of a job that is not stored yet says so, and is free again when it cannot be", () => {
    const q = new TestQueue();
    const job = q.queue.add(q.draft("a", { id: "x" }), hash, q.now, false);
    expect(q.queue.lookUp(null, "x", hash, q.now)).toEqual({ seq: 1, isStored: false });
    expect([...q.queue.ids(q.now)]).toEqual([]);
    q.queue.refused(job);
    expect(q.queue.lookUp(null, "x", hash, q.now)).toBe("new");
    expect(q.queue.counts).toMatchObject({ storing: 0, bytes: 0 });
  });

  test("ids survive with their time", () => {
    const q = sent({ dedupeMs: 5000 });
    q.now += 3000;
    const other = new TestQueue({ dedupeMs: 5000 }, q.now);
    for (const record of q.queue.ids(q.now)) other.queue.remember(record, q.now);
    expect(other.queue.lookUp("alice", "x", hash, q.now + 1999)).toEqual({
      seq: 1,
      isStored: true,
    });
    expect(other.queue.lookUp("alice", "x", hash, q.now + 2000)).toBe("new");
  });
});

describe("after a restart", () => {
  test("jobs have their old order, failures and pauses, and may have been given out before", () => {
    const q = new TestQueue();
    q.restore(7, "b", {}, { sentAt: -500 });
    q.restore(5, "a", { failures: 2, error: "no luck" }, { sentAt: -1000 });
    q.restore(9, "c", { failures: 1, retryAt: q.now + 100 }, { sentAt: -900 });
    q.restore(3, "d", { isDead: true });
    expect(q.queue.nextSeq).toBe(10);
    q.join("w");
    expect(q.give()).toEqual(["a", "b"]);
    expect(q.find("a")).toMatchObject({ attempt: 2, failures: 2, error: "no luck" });
    q.pass(100);
    expect(q.give()).toEqual(["c"]);
    expect(q.find("d").state).toBe("dead");
  });

  test("a record that is read twice changes nothing", () => {
    const q = new TestQueue();
    q.restore(1, "a", { failures: 2 });
    q.restore(1, "a");
    expect(q.find("a").failures).toBe(2);
    expect(q.queue.counts).toMatchObject({ ready: 1, bytes: 1 });
  });

  test("a later record says what became of a job", () => {
    const q = new TestQueue();
    q.restore(1, "a");
    const past = { failures: 1, error: "e", retryAt: q.now + 5, isDead: false };
    q.queue.amend(q.find("a"), past, q.now);
    expect(q.find("a")).toMatchObject({ state: "delayed", failures: 1, dueAt: q.now + 5 });
    q.queue.amend(q.find("a"), { ...past, isDead: true }, q.now);
    expect(q.find("a").state).toBe("dead");
  });

  test("an acknowledgement under a lease of the run before is heard, until somebody holds the job", () => {
    const q = new TestQueue();
    q.restore(1, "a");
    expect(q.check("a", "ack", 123)).toBe("job");
    expect(q.check("a", "touch", 123)).toBe("lease-lost");
    q.join("w");
    q.give();
    expect(q.check("a", "ack", 123)).toBe("lease-lost");
  });
});

describe("a time that its sender gave it", () => {
  test("holds also for a job of which a failure is reported under a lease of the run before", () => {
    const q = new TestQueue({ backoffMs: 100 });
    q.restore(1, "a", {}, { notBefore: q.now + 5000 });
    expect(q.check("a", "fail", 123)).toBe("job");
    q.fail("a");
    expect(q.find("a")).toMatchObject({ failures: 1, dueAt: q.now + 5000 });
  });
});

describe("operating", () => {
  test("a purge takes what waits, in steps, and never what is held or came after it began", () => {
    const q = new TestQueue();
    q.join("w", 1, 1);
    q.send("held a b c");
    q.give();
    q.send("d", { notBefore: q.now + 10 });
    const before = q.queue.nextSeq;
    const first = q.queue.purge(0, before, 2, q.now);
    q.send("new");
    const rest = q.queue.purge(first.next!, before, 100, q.now);
    expect([names(first.jobs), names(rest.jobs)]).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(rest.next).toBeNull();
    expect(names([...q.queue.jobs()])).toEqual(["held", "new"]);
  });

  test("a look goes page by page, and counts nothing", () => {
    const q = new TestQueue();
    q.send("a b c d e");
    const before = JSON.stringify(q.queue.stats(q.now));
    const first = q.queue.look("ready", 2, 2);
    const next = q.queue.look("ready", first.next!, 2);
    expect([names(first.jobs), names(next.jobs), next.next]).toEqual([
      ["b", "c"],
      ["d", "e"],
      null,
    ]);
    expect(q.queue.look("dead", 0, 2)).toEqual({ jobs: [], next: null });
    expect(JSON.stringify(q.queue.stats(q.now))).toBe(before);
    expect(q.find("b").given).toBe(0);
  });

  test("a look among many others takes several pages, each of them short", () => {
    const q = new TestQueue();
    for (let i = 0; i < 25_000; i++) q.send("j");
    q.send("late", { notBefore: q.now + 1 });
    let looks = 0;
    const found: string[] = [];
    for (let from: number | null = 0; from !== null; looks++) {
      const page = q.queue.look("delayed", from, 10);
      found.push(...names(page.jobs));
      from = page.next;
    }
    expect([found, looks]).toEqual([["late"], 3]);
  });

  test("all jobs can be read while the queue goes on", () => {
    const q = new TestQueue();
    q.join("w", 1, 1000);
    for (let i = 0; i < 1000; i++) q.send(`j${i}`);
    const seen: string[] = [];
    for (const job of q.queue.jobs()) {
      seen.push(nameOf(job));
      if (seen.length % 100 !== 0 || seen.length > 900) continue;
      // Of the next 50 every one is done, and pages of the book are let go.
      for (const name of q.give(50)) q.ack(name);
      q.send("new");
    }
    for (const name of ["j500", "j999"]) expect(seen).toContain(name);
    expect(new Set(seen.filter((name) => name !== "new")).size).toBe(
      seen.filter((name) => name !== "new").length,
    );
  });

  test("a job that somebody kills is parked, whoever holds it", () => {
    const q = new TestQueue();
    q.join("w", 1, 1);
    q.send("a b");
    q.give();
    const { number } = q.find("a").lease!;
    q.queue.kill(q.find("a"), q.now, "enough");
    expect(q.find("a")).toMatchObject({ state: "dead", error: "enough" });
    expect(q.check("a", "ack", number)).toBe("lease-lost");
    expect(q.give()).toEqual(["b"]);
  });

  test("a job on its way to another queue is given to nobody, and waits again if it cannot go", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a b");
    q.queue.moving(q.find("a"));
    expect(q.give()).toEqual(["b"]);
    q.queue.unsettled(q.find("a"), q.now);
    expect(q.give()).toEqual(["a"]);
  });

  test("new settings hold for leases and pauses that begin", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a b");
    q.give(1);
    q.queue.configure({ ...q.queue.settings, leaseMs: 5000, backoffMs: 50, agingMs: 0 });
    q.give(1);
    expect(q.find("a").lease!.dueAt - q.now).toBe(30_000);
    expect(q.find("b").lease!.dueAt - q.now).toBe(5000);
    q.fail("b");
    expect(q.find("b").dueAt - q.now).toBe(50);
  });
});
