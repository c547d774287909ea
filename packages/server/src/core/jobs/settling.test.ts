import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import type { TestClient, TestHub } from "../hub.testkit.ts";
import { snapshotOf } from "../records.testkit.ts";
import {
  answersOf,
  ask,
  fill,
  type Given,
  jobsOf,
  look,
  nextRun,
  queueHub,
  sentenceOf,
  worker,
} from "./hub.testkit.ts";

/** A worker with one job of a queue that is declared as said. */
function atWork(said: Parameters<typeof queueHub>[0] = {}): {
  hub: TestHub;
  w: TestClient;
  job: Given;
} {
  const hub = queueHub({ backoffJitterPercent: 0, ...said });
  const w = worker(hub);
  fill(hub, 1);
  return { hub, w, job: jobsOf(w.take())[0]! };
}

describe("QH9", () => {
  test("QH9 each DELIVERY has a lease above all before, also of before a restart", () => {
    const hub = queueHub();
    fill(hub, 3);
    const leases = jobsOf(worker(hub).take()).map(({ lease }) => lease);
    expect(leases.toSorted((a, b) => a - b)).toEqual(leases);
    const later = jobsOf(worker(nextRun(hub)).take()).map(({ lease }) => lease);
    expect(Math.min(...later)).toBeGreaterThan(Math.max(...leases));
  });

  test("QH9 also when more leases were given than a run has numbers for, by the log and by a snapshot", () => {
    const hub = queueHub({}, {}, 4);
    fill(hub, 10);
    const leases: number[] = [];
    const w = worker(hub, { credit: 10 });
    for (let i = 0; i < 10; i++) {
      leases.push(...jobsOf(w.take()).map(({ lease }) => lease));
      hub.store();
    }
    expect(leases).toHaveLength(10);
    expect(leases.toSorted((a, b) => a - b)).toEqual(leases);
    const bySnapshot = nextRun(hub, {}, snapshotOf(hub), hub.stored.length + 1);
    for (const next of [nextRun(hub), bySnapshot]) {
      const [again] = jobsOf(worker(next).take());
      expect(again!.lease).toBeGreaterThan(Math.max(...leases));
    }
  });

  test("QH9 a full disk keeps the hub from giving leases that have no number, and no longer", () => {
    const hub = queueHub({ durable: false }, {}, 4);
    const p = hub.join();
    for (let i = 1; i <= 6; i++) p.send(client.job(i, "q", i));
    const w = worker(hub, { credit: 10 });
    expect(jobsOf(w.take())).toHaveLength(4);
    hub.refuse();
    expect(jobsOf(w.take())).toHaveLength(0);
    hub.broker.storeIsFull(false);
    hub.store();
    expect(jobsOf(w.take())).toHaveLength(2);
  });

  test("QH9 what somebody else holds is not to be settled by guessing its lease", () => {
    const { hub, w, job } = atWork();
    const other = worker(hub);
    other.take();
    const { seq, lease } = job;
    const verbs = ["ack", "release", "fail", "reject", "touch", "progress"] as const;
    other.send(client.settle(1, "q", ...verbs.map((verb) => [verb, seq, lease] as const)));
    expect(other.take()).toEqual([[down.OK, 1, [403, 403, 403, 403, 403, 403]]]);
    w.send(client.settle(2, "q", ["ack", seq, lease]));
    hub.store();
    expect(w.take()).toEqual([[down.OK, 2, [0]]]);
  });

  test("QH9 who had the job before has nothing to say of it while another has it", () => {
    const { hub, w, job } = atWork({ leaseMs: 1000, backoffMs: 0 });
    const other = worker(hub);
    hub.advance(1100);
    const [again] = jobsOf(other.take());
    expect(again).toMatchObject({ seq: job.seq, attempt: 2 });
    w.take();
    w.send(client.settle(1, "q", ["ack", job.seq, job.lease], ["fail", job.seq, job.lease]));
    expect(w.take()).toEqual([[down.OK, 1, [403, 403]]]);
    other.send(client.settle(2, "q", ["ack", again!.seq, again!.lease]));
    hub.store();
    expect(other.take()).toEqual([[down.OK, 2, [0]]]);
  });

  test("QH9 an ack that comes late is taken when nobody has the job", () => {
    const { hub, w, job } = atWork({ leaseMs: 1000, backoffMs: 60_000 });
    hub.advance(1100);
    w.take();
    w.send(client.settle(1, "q", ["ack", job.seq, job.lease]));
    hub.store();
    expect(w.take()).toEqual([[down.OK, 1, [0]]]);
    hub.advance(120_000);
    expect(w.take()).toEqual([]);
    expect(jobsOf(worker(nextRun(hub)).take())).toEqual([]);
  });

  test("QH9 a late fail counts no second time, a late release or touch is lease-lost", () => {
    const { hub, w, job } = atWork({ leaseMs: 1000, backoffMs: 60_000 });
    hub.advance(1100);
    w.take();
    const { seq, lease } = job;
    w.send(client.settle(1, "q", ["fail", seq, lease], ["release", seq, lease]));
    w.send(client.settle(2, "q", ["touch", seq, lease], ["progress", seq, lease]));
    hub.store();
    expect(w.take()).toEqual([
      [down.OK, 1, [0, 403]],
      [down.OK, 2, [403, 403]],
    ]);
    expect(look(hub, "delayed")).toMatchObject([{ failures: 1 }]);
  });

  test("QH9 a late reject is taken too", () => {
    const { hub, w, job } = atWork({ leaseMs: 1000, backoffMs: 60_000, deadLetter: null });
    hub.advance(1100);
    w.take();
    w.send(client.settle(1, "q", ["reject", job.seq, job.lease, null, "useless"]));
    hub.store();
    expect(w.take()).toEqual([[down.OK, 1, [0]]]);
    expect(look(hub, "dead")).toMatchObject([{ error: "useless" }]);
  });

  test("QH9 ack of a job that is gone is done, everything else about it is lease-lost", () => {
    const { hub, w, job } = atWork();
    const { seq, lease } = job;
    w.send(client.settle(1, "q", ["ack", seq, lease]));
    hub.store();
    w.send(client.settle(2, "q", ["ack", seq, lease], ["fail", seq, lease], ["touch", seq, lease]));
    w.send(client.settle(3, "q", ["ack", 77, lease]));
    hub.store();
    expect(w.take().toSorted(([, a], [, b]) => (a as number) - (b as number))).toEqual([
      [down.OK, 1, [0]],
      [down.OK, 2, [0, 403, 403]],
      [down.OK, 3, [403]],
    ]);
  });

  test("QH9 a lease of before a restart still acks a job that waits, and not one that another has", () => {
    const hub = queueHub();
    const w = worker(hub);
    fill(hub, 2);
    const [one, two] = jobsOf(w.take());
    const next = nextRun(hub);
    const c = next.join();
    c.send(client.settle(1, "q", ["ack", one!.seq, one!.lease]));
    next.store();
    expect(c.take()).toEqual([[down.OK, 1, [0]]]);
    expect(jobsOf(worker(next).take())).toMatchObject([{ seq: two!.seq }]);
    c.send(client.settle(2, "q", ["ack", two!.seq, two!.lease]));
    expect(c.take()).toEqual([[down.OK, 2, [403]]]);
  });
});

describe("QH10", () => {
  test("QH10 an ack is answered when it is on disk, and then the job is gone for good", () => {
    const { hub, w, job } = atWork();
    w.send(client.settle(1, "q", ["ack", job.seq, job.lease]));
    expect(w.take()).toEqual([]);
    hub.store();
    expect(w.take()).toEqual([[down.OK, 1, [0]]]);
    expect(ask(hub, "look", { state: "ready" })).toMatchObject({ jobs: [] });
    expect(jobsOf(worker(nextRun(hub)).take())).toEqual([]);
  });

  test("QH10 an ack that could not be stored leaves the job where it was: leased, and to be acked again", () => {
    const { hub, w, job } = atWork();
    w.send(client.settle(1, "q", ["ack", job.seq, job.lease]));
    hub.refuse();
    expect(w.take()).toEqual([[down.OK, 1, [305]]]);
    expect(look(hub, "leased")).toMatchObject([{ seq: job.seq }]);
    hub.broker.storeIsFull(false);
    w.send(client.settle(2, "q", ["ack", job.seq, job.lease]));
    hub.store();
    expect(w.take()).toEqual([[down.OK, 2, [0]]]);
  });

  test("QH10 an ack that could not be stored of a worker that has gone meanwhile: the job comes again", () => {
    const { hub, w, job } = atWork({ leaseMs: 1000, backoffMs: 0 });
    w.send(client.settle(1, "q", ["ack", job.seq, job.lease]));
    w.disconnect();
    hub.refuse();
    hub.broker.storeIsFull(false);
    const other = worker(hub);
    hub.advance(40_000);
    expect(jobsOf(other.take())).toMatchObject([{ seq: job.seq, attempt: 2 }]);
  });

  test("QH10 the same ack twice has the same outcome, stored or not", () => {
    const { hub, w, job } = atWork();
    const ack = (id: number): Uint8Array => client.settle(id, "q", ["ack", job.seq, job.lease]);
    w.send(ack(1), ack(2));
    hub.refuse(1);
    hub.store();
    expect(answersOf(w.take())).toEqual([
      [down.OK, 1, [305]],
      [down.OK, 2, [305]],
    ]);
    hub.broker.storeIsFull(false);
    expect(look(hub, "leased")).toHaveLength(1);
    w.send(ack(3), ack(4));
    hub.store();
    expect(answersOf(w.take())).toEqual([
      [down.OK, 3, [0]],
      [down.OK, 4, [0]],
    ]);
  });

  test("QH10 a fail that is said twice is no ack: the job comes again, also after a restart", () => {
    const { hub, w, job } = atWork({ backoffMs: 1000 });
    const fail = (id: number): Uint8Array => client.settle(id, "q", ["fail", job.seq, job.lease]);
    w.send(fail(1), fail(2));
    hub.store();
    expect(answersOf(w.take())).toEqual([
      [down.OK, 1, [0]],
      [down.OK, 2, [0]],
    ]);
    const next = nextRun(hub);
    next.advance(1100);
    expect(jobsOf(worker(next).take())).toMatchObject([{ seq: job.seq }]);
    hub.advance(1100);
    expect(jobsOf(w.take())).toMatchObject([{ seq: job.seq, attempt: 2 }]);
  });

  test("QH10 an ack behind a fail that is being stored is lease-lost, and the job comes again", () => {
    const { hub, w, job } = atWork({ backoffMs: 1000 });
    const { seq, lease } = job;
    w.send(client.settle(1, "q", ["fail", seq, lease]), client.settle(2, "q", ["ack", seq, lease]));
    w.send(client.settle(3, "q", ["touch", seq, lease], ["release", seq, lease]));
    hub.store();
    expect(new Set(answersOf(w.take()))).toEqual(
      new Set([
        [down.OK, 1, [0]],
        [down.OK, 2, [403]],
        [down.OK, 3, [403, 403]],
      ]),
    );
    hub.advance(1100);
    expect(jobsOf(w.take())).toMatchObject([{ seq, attempt: 2 }]);
  });

  test("QH10 release gives the job back to its place, uncounted", () => {
    const hub = queueHub();
    const w = worker(hub, { credit: 1 });
    fill(hub, 2);
    const [job] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["release", job!.seq, job!.lease]));
    expect(jobsOf(w.take())).toMatchObject([{ payload: 1, attempt: 2 }]);
    expect(look(hub, "leased")).toMatchObject([{ failures: 0 }]);
  });

  test("QH10 the pauses after failures grow, up to the longest", () => {
    const { hub, w, job } = atWork({ backoffMs: 1000, backoffFactor: 3, backoffMaxMs: 5000 });
    let { lease } = job;
    for (const pause of [1000, 3000, 5000, 5000]) {
      w.send(client.settle(1, "q", ["fail", job.seq, lease, null, "no"]));
      hub.store();
      hub.advance(pause - 10);
      expect(jobsOf(w.take())).toEqual([]);
      hub.advance(20);
      ({ lease } = jobsOf(w.take())[0]!);
    }
    expect(look(hub, "leased")).toMatchObject([{ failures: 4, error: "no" }]);
  });

  test("QH10 pauses are spread as far as is said, and no further", () => {
    const hub = queueHub({ backoffMs: 10_000, backoffJitterPercent: 20 });
    const w = worker(hub, { credit: 100 });
    fill(hub, 50);
    const jobs = jobsOf(w.take());
    w.send(client.settle(1, "q", ...jobs.map(({ seq, lease }) => ["fail", seq, lease] as const)));
    hub.store();
    w.take();
    const { now } = ask(hub, "look") as { now: number };
    const dues = look(hub, "delayed").map(({ dueAt }) => (dueAt as number) - now);
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(8000);
    expect(Math.max(...dues)).toBeLessThanOrEqual(12_000);
    expect(new Set(dues).size).toBeGreaterThan(20);
  });

  test("QH10 a worker that fails a job says when it is to come again", () => {
    const { hub, w, job } = atWork({ backoffMs: 1000 });
    w.send(client.settle(1, "q", ["fail", job.seq, job.lease, 7000]));
    hub.store();
    hub.advance(6990);
    expect(jobsOf(w.take())).toEqual([]);
    hub.advance(20);
    expect(jobsOf(w.take())).toHaveLength(1);
  });

  test("QH10 a fail is answered when it is on disk; what could not be stored is leased as before", () => {
    const { hub, w, job } = atWork({ backoffMs: 1000 });
    w.send(client.settle(1, "q", ["fail", job.seq, job.lease]));
    expect(w.take()).toEqual([]);
    hub.refuse();
    expect(w.take()).toEqual([[down.OK, 1, [305]]]);
    expect(look(hub, "leased")).toMatchObject([{ failures: 0 }]);
    hub.broker.storeIsFull(false);
    w.send(client.settle(2, "q", ["fail", job.seq, job.lease]));
    hub.store();
    expect(w.take()).toEqual([[down.OK, 2, [0]]]);
    expect(look(nextRun(hub), "delayed")).toMatchObject([{ failures: 1 }]);
  });

  test("QH10 touch gives more time, as much as is said or leaseMs", () => {
    const { hub, w, job } = atWork({ leaseMs: 1000 });
    for (let i = 0; i < 5; i++) {
      hub.advance(900);
      w.send(client.settle(1, "q", ["touch", job.seq, job.lease]));
      expect(w.take()).toEqual([[down.OK, 1, [0]]]);
    }
    w.send(client.settle(2, "q", ["touch", job.seq, job.lease, 60_000]));
    w.take();
    hub.advance(59_000);
    expect(w.take()).toEqual([]);
    hub.advance(1100);
    expect(w.take()).toMatchObject([[down.LOST, 1, job.seq, job.lease, 403, expect.any(String)]]);
  });

  test("QH10 on a queue that is not durable everything is answered at once", () => {
    const { hub, w, job } = atWork({
      durable: false,
      backoffMs: 0,
      maxFailures: 2,
      deadLetter: null,
    });
    w.send(client.settle(1, "q", ["fail", job.seq, job.lease]));
    let frames = w.take();
    expect(answersOf(frames)).toEqual([[down.OK, 1, [0]]]);
    hub.advance(10);
    frames = [...frames, ...w.take()];
    const [again] = jobsOf(frames);
    w.send(client.settle(2, "q", ["reject", again!.seq, again!.lease]));
    expect(answersOf(w.take())).toEqual([[down.OK, 2, [0]]]);
    expect(look(hub, "dead")).toHaveLength(1);
    fill(hub, 1);
    const [last] = jobsOf(w.take());
    w.send(client.settle(3, "q", ["ack", last!.seq, last!.lease]));
    expect(answersOf(w.take())).toEqual([[down.OK, 3, [0]]]);
    expect(hub.appended).toEqual([]);
  });

  test("QH10 one SETTLE says many things, and each has its own outcome", () => {
    const hub = queueHub({ deadLetter: null });
    const w = worker(hub);
    fill(hub, 4);
    const [a, b, c, d] = jobsOf(w.take());
    w.send(
      client.settle(
        1,
        "q",
        ["ack", a!.seq, a!.lease, 12],
        ["fail", b!.seq, b!.lease, 31_536_000_001],
        ["reject", c!.seq, c!.lease],
        ["ack", d!.seq, d!.lease + 99],
        ["progress", b!.seq, b!.lease, 10_001],
        ["progress", b!.seq, b!.lease, 5000, "half"],
        ["fail", b!.seq, b!.lease, null, "é".repeat(513)],
        ["touch", b!.seq, b!.lease, 43_200_001],
      ),
    );
    hub.store();
    expect(w.take()).toEqual([[down.OK, 1, [0, 105, 0, 403, 105, 0, 105, 105]]]);
  });

  test("QH10 a verb that there is not is unsupported, and a SETTLE of one too many too large", () => {
    const { w, job } = atWork();
    const many = Array.from({ length: 1001 }, () => ["ack", job.seq, job.lease] as const);
    w.send(client.settle(1, "q", ...many));
    const frames = w.take();
    expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 104]]);
    expect(sentenceOf(frames, 1)).toContain("1000");
    w.send(client.settle(2, "q"));
    expect(w.take()).toEqual([[down.OK, 2, []]]);
  });

  test("QH10 a thousand jobs are acked with one record", () => {
    const hub = queueHub({ durable: true });
    const p = hub.join();
    p.send(
      client.jobs(
        1,
        "q",
        Array.from({ length: 1000 }, () => ({ payload: 1 })),
      ),
    );
    hub.store();
    const w = worker(hub, { credit: 1000 });
    const jobs = jobsOf(w.take());
    expect(jobs).toHaveLength(1000);
    w.send(client.settle(2, "q", ...jobs.map(({ seq, lease }) => ["ack", seq, lease] as const)));
    expect(hub.appended).toHaveLength(1);
    hub.store();
    expect(w.take()).toEqual([[down.OK, 2, Array.from({ length: 1000 }, () => 0)]]);
    expect(jobsOf(worker(nextRun(hub)).take())).toEqual([]);
  });
});
