import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import type { TestHub } from "../hub.testkit.ts";
import { answersOf, ask, fill, jobsOf, look, nextRun, queueHub, worker } from "./hub.testkit.ts";

/** Whoever has a job of the queue finds it useless. */
function rejectAll(hub: TestHub, queue = "q", error: string | null = "useless"): void {
  const c = hub.join();
  c.send(client.consume(1, queue, { pull: 100 }));
  const jobs = jobsOf(c.take());
  if (jobs.length === 0) return;
  c.send(
    client.settle(
      2,
      queue,
      ...jobs.map(({ seq, lease }) => ["reject", seq, lease, null, error] as const),
    ),
  );
  hub.store();
  expect(answersOf(c.take())).toEqual([[down.OK, 2, jobs.map(() => 0)]]);
  c.disconnect();
}

describe("QH13", () => {
  test("QH13 a rejected job is in the queue for the dead, with all that is known of it", () => {
    const hub = queueHub();
    const p = hub.join();
    const more = {
      options: { id: "a", group: "g", priority: 7 },
      meta: { h: new Map([["k", "v"]]) },
    };
    p.send(client.job(1, "q", 9, more));
    const sentAt = hub.clock.time;
    hub.store();
    hub.advance(5000);
    rejectAll(hub);
    expect(look(hub, "ready")).toEqual([]);
    const c = hub.join();
    c.send(client.consume(1, "q~dead"));
    const [job] = jobsOf(c.take());
    expect(job).toMatchObject({ payload: 9, time: sentAt });
    expect(job!.info).toEqual({
      id: "a",
      group: "g",
      priority: 7,
      dead: "rejected",
      deadFrom: "q",
      failures: 0,
      error: "useless",
      deadAt: hub.clock.time,
      hops: 1,
    });
  });

  test("QH13 the failure that makes maxFailures kills the job", () => {
    const hub = queueHub({ maxFailures: 2, backoffMs: 0 });
    fill(hub, 1);
    const w = worker(hub);
    for (let i = 0; i < 2; i++) {
      const [job] = jobsOf(w.take());
      w.send(client.settle(1, "q", ["fail", job!.seq, job!.lease, null, `error ${i}`]));
      hub.store();
      hub.advance(10);
    }
    expect(look(hub, "ready", "q~dead")).toMatchObject([
      { dead: "failures", failures: 2, error: "error 1" },
    ]);
  });

  test("QH13 a job of a queue without a queue for the dead stays, dead, and goes on when it is redriven", () => {
    const hub = queueHub({ deadLetter: null });
    fill(hub, 2);
    rejectAll(hub);
    expect(look(hub, "dead")).toHaveLength(2);
    const next = nextRun(hub);
    expect(look(next, "dead")).toMatchObject([{ error: "useless" }, { error: "useless" }]);
    const w = worker(next, { pull: 1 });
    next.advance(10);
    expect(jobsOf(w.take())).toEqual([]);
    expect(ask(next, "redrive")).toEqual({ redriven: 2 });
    expect(jobsOf(worker(next).take())).toMatchObject([{ payload: 1 }, { payload: 2 }]);
    expect(jobsOf(worker(nextRun(next)).take())).toHaveLength(2);
  });

  test("QH13 when the queue for the dead is full the job stays, dead", () => {
    const hub = queueHub();
    ask(hub, "declare", { jobsMax: 1 }, "q~dead");
    fill(hub, 2);
    rejectAll(hub);
    expect(look(hub, "ready", "q~dead")).toMatchObject([{ seq: 1 }]);
    expect(look(hub, "dead")).toMatchObject([{ seq: 2 }]);
  });

  test("QH13 a job that is dead in a cycle of queues stays after eight steps", () => {
    const hub = queueHub({ deadLetter: "r" });
    ask(hub, "declare", { deadLetter: "q" }, "r");
    fill(hub, 1);
    for (let i = 0; i < 10; i++) rejectAll(hub, i % 2 === 0 ? "q" : "r");
    expect(look(hub, "dead", "q")).toMatchObject([{ hops: 8, deadFrom: "r" }]);
    expect(look(hub, "ready", "q").length + look(hub, "ready", "r").length).toBe(0);
    expect(look(nextRun(hub), "dead", "q")).toMatchObject([{ hops: 8 }]);
  });

  test("QH13 a queue that is its own queue for the dead keeps them, dead", () => {
    const hub = queueHub({ deadLetter: "q" });
    fill(hub, 1);
    rejectAll(hub);
    expect(look(hub, "dead")).toHaveLength(1);
  });

  test("QH13 a death that could not be stored is told so, and stored when there is room; after a restart before that the job is given out", () => {
    const hub = queueHub();
    fill(hub, 1);
    const w = worker(hub);
    const [job] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["reject", job!.seq, job!.lease]));
    hub.refuse();
    expect(answersOf(w.take())).toEqual([[down.OK, 1, [305]]]);
    expect(jobsOf(worker(nextRun(hub)).take())).toMatchObject([{ payload: 1 }]);
    hub.broker.storeIsFull(false);
    expect(look(hub, "dead")).toHaveLength(1);
    expect(look(nextRun(hub), "dead")).toHaveLength(1);
  });

  test("QH13 a move into a queue that itself could not be stored loses nothing, now or after a restart", () => {
    const hub = queueHub();
    fill(hub, 1);
    const w = worker(hub);
    const [job] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["reject", job!.seq, job!.lease]));
    expect(hub.appended).toHaveLength(2); // the queue for the dead, and the move
    hub.refuse(1);
    hub.broker.storeIsFull(false);
    hub.store();
    expect(look(hub, "dead")).toMatchObject([{ seq: 1 }]);
    expect(ask(hub, "stats", null, "q~dead")).toBe(400);
    const next = nextRun(hub);
    expect(look(next, "dead")).toMatchObject([{ seq: 1 }]);
    expect(ask(next, "redrive")).toEqual({ redriven: 1 });
    expect(jobsOf(worker(next).take())).toMatchObject([{ payload: 1 }]);
  });

  test("QH13 redrive takes the dead back, with no failures and their old place", () => {
    const hub = queueHub({ agingMs: 0 });
    fill(hub, 2);
    rejectAll(hub);
    hub.advance(1000);
    fill(hub, 1);
    expect(ask(hub, "redrive", null, "q~dead")).toEqual({ redriven: 2 });
    expect(look(hub, "ready").map(({ failures }) => failures)).toEqual([0, 0, 0]);
    const jobs = jobsOf(worker(hub).take());
    expect(jobs.map(({ payload }) => payload)).toEqual([1, 2, 1]);
    expect(jobs[0]!.info).toEqual({});
    expect(look(hub, "ready", "q~dead")).toEqual([]);
  });

  test("QH13 redrive takes so many as are asked for, and to another queue if that is said", () => {
    const hub = queueHub();
    ask(hub, "declare", {}, "r");
    fill(hub, 3);
    rejectAll(hub);
    expect(ask(hub, "redrive", { max: 1 }, "q~dead")).toEqual({ redriven: 1 });
    expect(ask(hub, "redrive", { to: "r" }, "q~dead")).toEqual({ redriven: 2 });
    expect([look(hub, "ready").length, look(hub, "ready", "r").length]).toEqual([1, 2]);
  });

  test.each([
    [{ to: "none" }, 400],
    [{ to: 5 }, 105],
    [{ max: 0 }, 105],
    [{ what: 1 }, 105],
  ])("QH13 redrive with %j is refused", (args, code) => {
    expect(ask(queueHub(), "redrive", args)).toBe(code);
  });

  test("QH13 a thousand dead jobs are redriven, each once", () => {
    const hub = queueHub({ dedupeMs: 0 });
    const p = hub.join();
    p.send(
      client.jobs(
        1,
        "q",
        Array.from({ length: 1000 }, () => ({})),
      ),
    );
    hub.store();
    for (let i = 0; i < 10; i++) rejectAll(hub);
    expect(ask(hub, "redrive", null, "q~dead")).toEqual({ redriven: 1000 });
    expect(ask(hub, "list")).toEqual({ q: 1000, "q~dead": 0 });
  });

  test("QH13 large jobs are redriven as the disk takes them, not all at once", () => {
    const hub = queueHub();
    const p = hub.join();
    for (let i = 1; i <= 100; i++) p.send(client.job(i, "q", new Uint8Array(65_536)));
    hub.store();
    while (look(hub, "ready").length > 0) rejectAll(hub);
    const c = hub.join();
    c.send(client.manage(1, "redrive", "q~dead"));
    expect(hub.appended.length).toBeLessThan(80);
    while (hub.appended.length > 0) hub.store();
    expect(answersOf(c.take())).toEqual([[down.OK, 1, new Map([["redriven", 100]])]]);
  });

  test("QH13 what could not be redriven stays as it was", () => {
    const hub = queueHub();
    fill(hub, 2);
    rejectAll(hub);
    const c = hub.join();
    c.send(client.manage(1, "redrive", "q~dead"));
    hub.refuse();
    expect(answersOf(c.take())).toEqual([[down.REFUSED, 1, 305]]);
    hub.broker.storeIsFull(false);
    expect(look(hub, "ready", "q~dead")).toHaveLength(2);
    expect(look(hub, "ready")).toHaveLength(0);
    expect(ask(hub, "redrive", null, "q~dead")).toEqual({ redriven: 2 });
  });

  test("QH13 who acks a job that is just being redriven comes too late: it will be done again", () => {
    const hub = queueHub();
    fill(hub, 1);
    rejectAll(hub);
    const w = hub.join();
    w.send(client.consume(1, "q~dead"));
    const [job] = jobsOf(w.take());
    w.send(
      client.settle(2, "q~dead", ["release", job!.seq, job!.lease]),
      client.cancel(3, 1, true),
    );
    w.take();
    hub.join().send(client.manage(1, "redrive", "q~dead"));
    w.send(client.settle(4, "q~dead", ["ack", job!.seq, job!.lease]));
    hub.store();
    expect(answersOf(w.take())).toEqual([[down.OK, 4, [403]]]);
    expect(look(hub, "ready")).toHaveLength(1);
  });
});
