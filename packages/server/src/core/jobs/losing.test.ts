import { closeCodes, down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import type { LiveSession } from "../session.ts";
import { fill, goesOn, jobsOf, look, queueHub, resuming, worker } from "./hub.testkit.ts";

describe("QH11", () => {
  test("QH11 a lease that is not touched is lost, its worker is told, and the job has failed", () => {
    const hub = queueHub({ leaseMs: 1000, backoffMs: 500, backoffJitterPercent: 0 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    const [job] = jobsOf(w.take());
    hub.advance(990);
    expect(w.take()).toEqual([]);
    hub.advance(20);
    expect(w.take()).toEqual([
      [down.LOST, 1, job!.seq, job!.lease, 403, expect.stringContaining("not touched")],
    ]);
    expect(look(hub, "delayed")).toMatchObject([{ failures: 1, error: "The lease ran out." }]);
  });

  test("QH11 of what a sleeping worker holds the begun jobs have failed, the rest goes back, and it gets no more", () => {
    const hub = queueHub({ leaseMs: 1000, backoffMs: 60_000 });
    const w = worker(hub, { concurrency: 2, credit: 4 });
    const other = worker(hub, { credit: 0 });
    fill(hub, 5);
    expect(jobsOf(w.take())).toHaveLength(4);
    hub.advance(1100);
    expect(w.take().map(([op]) => op)).toEqual([down.LOST, down.LOST, down.LOST, down.LOST]);
    expect(look(hub, "delayed").map(({ seq, failures }) => [seq, failures])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(look(hub, "ready").map(({ seq, failures }) => [seq, failures])).toEqual([
      [3, 0],
      [4, 0],
      [5, 0],
    ]);
    other.send(client.credit(1, 1, 1));
    expect(jobsOf(other.take())).toMatchObject([{ payload: 3, attempt: 2 }]);
  });

  test("QH11 a worker that slept is given jobs again when it is heard of", () => {
    const hub = queueHub({ leaseMs: 1000, backoffMs: 60_000 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 2);
    const [job] = jobsOf(w.take());
    hub.advance(1100);
    w.take();
    hub.advance(5000);
    expect(w.take()).toEqual([]);
    w.send(client.settle(1, "q", ["touch", job!.seq, job!.lease]));
    expect(jobsOf(w.take())).toMatchObject([{ payload: 2 }]);
    hub.advance(1100);
    w.take();
    fill(hub, 1);
    expect(w.take()).toEqual([]);
    w.send(client.credit(2, 1, 1));
    expect(jobsOf(w.take())).toHaveLength(1);
  });

  test("QH11 a handler that never ends loses its job, however often it touches it", () => {
    const hub = queueHub({ leaseMs: 1000, maxProcessingMs: 3000, backoffMs: 60_000 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 2);
    const [job] = jobsOf(w.take());
    for (let i = 0; i < 4; i++) {
      hub.advance(700);
      w.send(client.settle(1, "q", ["touch", job!.seq, job!.lease]));
      expect(w.take()).toEqual([[down.OK, 1, [0]]]);
    }
    hub.advance(300);
    const frames = w.take();
    expect(frames[0]).toEqual([
      down.LOST,
      1,
      job!.seq,
      job!.lease,
      403,
      expect.stringContaining("maxProcessingMs"),
    ]);
    expect(jobsOf(frames)).toMatchObject([{ payload: 2 }]);
    expect(look(hub, "delayed")).toMatchObject([{ seq: job!.seq, failures: 1 }]);
  });

  test("QH11 what is held in reserve is not worked on yet: maxProcessingMs begins when it is its turn", () => {
    const hub = queueHub({ leaseMs: 60_000, maxProcessingMs: 3000, backoffMs: 60_000 });
    const w = worker(hub, { concurrency: 1, credit: 2 });
    fill(hub, 2);
    const [one] = jobsOf(w.take());
    hub.advance(2900);
    w.send(client.settle(1, "q", ["ack", one!.seq, one!.lease]));
    hub.store();
    hub.advance(2900);
    expect(w.take()).toEqual([[down.OK, 1, [0]]]);
    hub.advance(200);
    expect(w.take().map(([op, , seq]) => [op, seq])).toEqual([[down.LOST, 2]]);
  });

  test("QH11 a job that is lost too often is dead", () => {
    const hub = queueHub({ leaseMs: 1000, backoffMs: 0, maxFailures: 2 });
    fill(hub, 1);
    const w = worker(hub, { credit: 1 });
    hub.advance(1100);
    hub.store();
    w.send(client.credit(1, 1, 1));
    hub.advance(2200);
    hub.store();
    expect(look(hub, "ready", "q~dead")).toMatchObject([
      { dead: "failures", deadFrom: "q", failures: 2, error: "The lease ran out." },
    ]);
  });

  test("QH11 a page that answers pings and does nothing else loses its jobs", () => {
    const hub = queueHub({ leaseMs: 1000, backoffMs: 60_000 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    w.take();
    for (let i = 0; i < 11; i++) {
      w.send(client.pong(i), client.ping(i));
      hub.advance(100);
    }
    expect(w.take().some(([op]) => op === down.LOST)).toBe(true);
  });
});

describe("QH12", () => {
  test("QH12 who goes on with the session holds what it held", () => {
    const hub = queueHub({ leaseMs: 60_000 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    const [job] = jobsOf(w.take());
    const before = w;
    const id = (before.session as LiveSession).id;
    w.disconnect();
    hub.advance(20_000);
    const c = hub.connect();
    c.send(resuming(id, "secret"));
    c.take();
    hub.advance(30_000);
    c.send(client.settle(1, "q", ["touch", job!.seq, job!.lease]));
    expect(c.take()).toEqual([[down.OK, 1, [0]]]);
    c.send(client.settle(2, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    expect(c.take()).toEqual([[down.OK, 2, [0]]]);
  });

  test("QH12 what it held is not what it takes: it is given more when it asks for more", () => {
    const hub = queueHub({ leaseMs: 60_000 });
    const w = worker(hub, { credit: 3 });
    fill(hub, 1);
    const { id } = w.session as LiveSession;
    w.disconnect();
    const c = hub.connect();
    c.send(resuming(id, "secret"));
    fill(hub, 4);
    expect(jobsOf(c.take())).toEqual([]);
    // of the credit that it had it counts what it holds itself
    c.send(client.consume(1, "q", { credit: 2 }));
    expect(jobsOf(c.take())).toHaveLength(2);
  });

  test("QH12 the wrong secret, and no session of that name, hold nothing", () => {
    const hub = queueHub({ leaseMs: 60_000 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    const [job] = jobsOf(w.take());
    const { id } = w.session as LiveSession;
    w.disconnect();
    for (const [session, secret] of [
      [id, "Secret"],
      [id, ""],
      [id, "secret "],
      ["session-99", "secret"],
    ] as const) {
      const c = hub.connect();
      c.send(resuming(session, secret));
      expect(c.take()).toHaveLength(1);
      c.send(client.settle(1, "q", ["ack", job!.seq, job!.lease]));
      expect(c.take()).toEqual([[down.OK, 1, [403]]]);
    }
  });

  test("QH12 another subject with the right secret holds nothing", () => {
    const hub = keyedHub({ pingMs: 1_000_000_000 });
    hub.broker.restored(hub.broker.restore(), 5, 1, 1);
    const rights = { queue: { send: ["q"], consume: ["q"], manage: ["q"] } };
    const owner = hub.joinAs(claimsOf(rights));
    owner.send(client.manage(1, "declare", "q", { leaseMs: 60_000 }));
    hub.store();
    owner.send(client.consume(2, "q"), client.job(3, "q", 7));
    hub.store();
    const [job] = jobsOf(owner.take());
    const { id } = owner.session as LiveSession;
    owner.disconnect();
    const as = (subject: string) => {
      const claims = claimsOf(rights, { subject });
      const c = hub.connect(subject, { token: null, claims });
      c.send(resuming(id, "secret"));
      c.take();
      c.send(client.settle(1, "q", ["touch", job!.seq, job!.lease]));
      return c.take();
    };
    expect(as("bob")).toEqual([[down.OK, 1, [403]]]);
    expect(as("ada")).toEqual([[down.OK, 1, [0]]]);
  });

  test("QH12 another subject does not close a session that stands, nor does a wrong secret", () => {
    const hub = queueHub();
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    w.take();
    goesOn(hub, w, "wrong!");
    expect(w.closedWith).toBeUndefined();
  });

  test("QH12 the connection before is closed as replaced when it still stands", () => {
    const hub = queueHub();
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    const [job] = jobsOf(w.take());
    const c = goesOn(hub, w);
    expect(w.closedWith).toMatchObject({ code: closeCodes.replaced.code });
    c.take();
    c.send(client.settle(1, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    expect(c.take()).toEqual([[down.OK, 1, [0]]]);
  });

  test("QH12 when nobody goes on in time, what was begun has failed and the rest goes back", () => {
    const hub = queueHub({ leaseMs: 60_000, resumeMs: 5000, backoffMs: 60_000 });
    const w = worker(hub, { concurrency: 1, credit: 3 });
    fill(hub, 3);
    expect(jobsOf(w.take())).toHaveLength(3);
    const { id } = w.session as LiveSession;
    w.disconnect();
    const other = worker(hub);
    hub.advance(4900);
    expect(jobsOf(other.take())).toEqual([]);
    hub.advance(300);
    expect(jobsOf(other.take())).toMatchObject([
      { payload: 2, attempt: 2 },
      { payload: 3, attempt: 2 },
    ]);
    expect(look(hub, "delayed")).toMatchObject([{ failures: 1, error: "The worker was lost." }]);
    const c = hub.connect();
    c.send(resuming(id, "secret"));
    c.take();
    c.send(client.settle(1, "q", ["touch", 1, 1]));
    expect(c.take()).toEqual([[down.OK, 1, [403]]]);
  });

  test("QH12 a lease runs out for one that is gone as for everybody", () => {
    const hub = queueHub({ leaseMs: 2000, resumeMs: 30_000, backoffMs: 0 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    w.take();
    w.disconnect();
    const other = worker(hub);
    hub.advance(2100);
    expect(jobsOf(other.take())).toMatchObject([{ payload: 1, attempt: 2 }]);
  });

  test("QH12 what was taken over is kept for the next one in turn", () => {
    const hub = queueHub({ leaseMs: 60_000, resumeMs: 5000 });
    const w = worker(hub, { credit: 1 });
    fill(hub, 1);
    const [job] = jobsOf(w.take());
    const second = goesOn(hub, w);
    const { id } = second.session as LiveSession;
    second.disconnect();
    hub.advance(1000);
    const third = hub.connect();
    third.send(resuming(id, "secret"));
    third.take();
    third.send(client.settle(1, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    expect(third.take()).toEqual([[down.OK, 1, [0]]]);
  });
});
