import { decodePayload, down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import type { TestClient, TestHub } from "../hub.testkit.ts";
import { ask, fill, jobsOf, queueHub, worker } from "./hub.testkit.ts";

/** What was told on topics, decoded. */
function told(frames: readonly WireFrame[]): Record<string, unknown>[] {
  return frames
    .filter(([op]) => op === down.PUBLICATION || op === down.PATTERN_PUBLICATION)
    .map((frame) => decodePayload(frame.at(-1) as Uint8Array) as Record<string, unknown>);
}

const states = (frames: readonly WireFrame[]): unknown[] => told(frames).map(({ state }) => state);

/** Whether each entry of a SUBSCRIBE was granted: 0, or why not. */
function granted(c: TestClient, ...patterns: readonly string[]): unknown[] {
  c.send(client.subscribe(50, ...patterns));
  const frames = c.take();
  return (frames.find(([op]) => op === down.OK)![2] as unknown[][]).map(([code]) => code);
}

function topicsHub(): TestHub {
  const hub = keyedHub({ pingMs: 1_000_000_000 });
  hub.broker.restored(hub.broker.restore(), 5, 1, 1);
  const c = hub.joinAs(claimsOf({ queue: { manage: ["q"] } }, { subject: "operator" }));
  c.send(client.manage(1, "declare", "q", { dedupeMs: 10_000 }));
  hub.store();
  c.disconnect();
  return hub;
}

const everything = { queue: { send: ["q"], consume: ["q"] } };

function sender(hub: TestHub, subject: string, rights: object = everything): TestClient {
  return hub.joinAs(claimsOf(rights, { subject }));
}

function sendJob(hub: TestHub, c: TestClient, id: string, options: object = {}): void {
  c.send(client.job(1, "q", 7, { options: { id, ...options } }));
  hub.store();
  c.take();
}

describe("QH20", () => {
  test("QH20 who sent a job is told what becomes of it, and first what it is", () => {
    const hub = topicsHub();
    const p = sender(hub, "ada");
    sendJob(hub, p, "a");
    p.send(client.subscribe(2, "$job.a.state", "$job.a.progress"));
    expect(told(p.take())).toEqual([{ queue: "q", seq: 1, state: "ready", id: "a" }]);
    const w = sender(hub, "worker");
    w.send(client.consume(1, "q"));
    const [job] = jobsOf(w.take());
    w.send(client.settle(2, "q", ["progress", 1, job!.lease, 5000, "half"]));
    w.send(client.settle(3, "q", ["ack", 1, job!.lease]));
    hub.store();
    expect(told(p.take())).toMatchObject([
      { state: "leased", attempt: 1 },
      { progress: 0.5, note: "half" },
      { state: "done" },
    ]);
  });

  test("QH20 failures, a death and a redrive are told with what is known of them", () => {
    const hub = queueHub({ maxFailures: 2, backoffMs: 0, deadLetter: null });
    const p = hub.join();
    sendJob(hub, p, "a");
    p.send(client.subscribe(2, "$job.a.*"));
    const w = worker(hub);
    for (let i = 0; i < 2; i++) {
      const [job] = jobsOf(w.take());
      w.send(client.settle(1, "q", ["fail", 1, job!.lease, null, `no ${i}`]));
      hub.store();
      hub.advance(10);
    }
    expect(told(p.take())).toMatchObject([
      { state: "leased", attempt: 1 },
      { state: "failed", failures: 1, error: "no 0" },
      { state: "leased", attempt: 2, failures: 1 },
      { state: "dead", failures: 2, error: "no 1" },
    ]);
    ask(hub, "redrive");
    expect(states(p.take())).toEqual(["ready", "leased"]);
  });

  test("QH20 others do not follow it, unless a grant says so", () => {
    const hub = topicsHub();
    sendJob(hub, sender(hub, "ada"), "a");
    const all = [
      "$job.a.state",
      "$job.a.progress",
      "$job.a.*",
      "$job.a.**",
      "$job.*.state",
      "$job.**",
    ];
    expect(granted(sender(hub, "bob"), ...all)).toEqual([202, 202, 202, 202, 202, 202]);
    expect(granted(sender(hub, "ada"), ...all)).toEqual([0, 0, 0, 0, 202, 202]);
    expect(granted(sender(hub, "eve", { sub: ["$job.**"] }), ...all)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("QH20 a subject that was granted one job is not told of one whose id goes on behind it", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada");
    sendJob(hub, ada, "a");
    expect(granted(ada, "$job.a.**", "$job.a.b.state", "$job.a.*.*")).toEqual([0, 202, 202]);
    ada.take();
    const bob = sender(hub, "bob");
    sendJob(hub, bob, "a.b");
    expect(told(ada.take())).toEqual([]);
    expect(granted(bob, "$job.a%2Eb.state")).toEqual([0]);
  });

  test("QH20 an id that two subjects use is that of the first: nothing is told of the other's job", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada");
    const bob = sender(hub, "bob");
    sendJob(hub, ada, "a");
    ada.send(client.subscribe(2, "$job.a.*"));
    ada.take();
    sendJob(hub, bob, "a");
    expect(told(ada.take())).toEqual([]);
    expect(granted(bob, "$job.a.state")).toEqual([202]);
    const w = sender(hub, "worker");
    w.send(client.consume(1, "q"));
    const [one, two] = jobsOf(w.take());
    expect(states(ada.take())).toEqual(["leased"]);
    w.send(client.settle(2, "q", ["ack", two!.seq, two!.lease]));
    hub.store();
    expect(told(ada.take())).toEqual([]);
    w.send(client.settle(3, "q", ["ack", one!.seq, one!.lease]));
    hub.store();
    expect(states(ada.take())).toEqual(["done"]);
  });

  test("QH20 who follows a job that is long done is not told of another subject's with its id", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada");
    sendJob(hub, ada, "a");
    ada.send(client.subscribe(2, "$job.a.*"));
    const w = sender(hub, "worker");
    w.send(client.consume(1, "q"));
    const [job] = jobsOf(w.take());
    w.send(client.settle(2, "q", ["ack", 1, job!.lease]));
    hub.store();
    ada.take();
    hub.advance(60_000);
    const bob = sender(hub, "bob");
    sendJob(hub, bob, "a");
    expect(told(ada.take())).toEqual([]);
    ada.disconnect();
    hub.advance(1000);
    sendJob(hub, bob, "a");
    expect(granted(bob, "$job.a.state")).toEqual([202]); // the one that was sent meanwhile is not told
  });

  test("QH20 an id is free again when its job is done, its window over, and nobody follows it", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada");
    sendJob(hub, ada, "a");
    const w = sender(hub, "worker");
    w.send(client.consume(1, "q"));
    const [job] = jobsOf(w.take());
    w.send(client.settle(2, "q", ["ack", 1, job!.lease]));
    hub.store();
    expect(granted(ada, "$job.a.state")).toEqual([0]);
    ada.disconnect();
    hub.advance(60_000);
    const bob = sender(hub, "bob");
    sendJob(hub, bob, "a");
    expect(granted(bob, "$job.a.state")).toEqual([0]);
    expect(granted(sender(hub, "ada"), "$job.a.state")).toEqual([202]);
  });

  test("QH20 a job that waits longer than its id is remembered may be followed all the time", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada");
    sendJob(hub, ada, "a", { delayMs: 3_000_000 });
    hub.advance(600_000);
    ada.send(client.subscribe(2, "$job.a.state"));
    expect(states(ada.take())).toEqual(["delayed"]);
  });

  test("QH20 an id of any letters is one level, coded", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada");
    sendJob(hub, ada, "a b/ü*");
    ada.send(client.subscribe(2, "$job.a%20b%2F%C3%BC%2A.state"));
    expect(told(ada.take())).toMatchObject([{ id: "a b/ü*" }]);
  });

  test("QH20 a dead job is followed where it is, and after a restart too", () => {
    const hub = queueHub();
    const p = hub.join();
    sendJob(hub, p, "a");
    const w = worker(hub);
    const [job] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["reject", 1, job!.lease, null, "no"]));
    hub.store();
    p.send(client.subscribe(2, "$job.a.state"));
    expect(told(p.take())).toMatchObject([{ queue: "q~dead", state: "ready" }]);
  });

  test("QH20 who manages a queue is told of its jobs and, once a second, of its figures", () => {
    const hub = topicsHub();
    const boss = hub.joinAs(claimsOf({ queue: { manage: ["q"] } }, { subject: "boss" }));
    expect(granted(boss, "$queue.q.jobs", "$queue.q.stats", "$queue.q.*")).toEqual([0, 0, 0]);
    expect(granted(boss, "$queue.r.jobs", "$queue.*.jobs", "$queue.**", "$queue.*")).toEqual([
      202, 202, 202, 202,
    ]);
    expect(granted(sender(hub, "ada"), "$queue.q.jobs", "$queue.q.stats")).toEqual([202, 202]);
    boss.send(client.unsubscribe(3, "$queue.q.*"));
    boss.take();
    sendJob(hub, sender(hub, "ada"), "a");
    expect(told(boss.take())).toMatchObject([{ state: "ready", seq: 1, id: "a" }]);
    hub.advance(3000);
    const figures = told(boss.take());
    expect(figures).toHaveLength(3);
    expect(figures[0]).toMatchObject({ ready: 1, leased: 0 });
  });

  test("QH20 who looks after the hub has the same figures of each queue, and they are told while somebody follows", () => {
    const hub = queueHub();
    const c = hub.join();
    hub.advance(3000);
    c.send(client.subscribe(1, "$sys.queue.q", "$sys.**", "$sys.*.q", "$queue.q.stats"));
    c.take();
    hub.advance(1000);
    expect(told(c.take())).toHaveLength(4);
    c.send(client.unsubscribe(2, "$sys.queue.q", "$sys.**", "$sys.*.q", "$queue.q.stats"));
    c.take();
    hub.advance(5000);
    expect(c.take()).toEqual([]);
  });

  test("QH20 a fresh token ends what it does not allow, and keeps what the subject has sent", () => {
    const hub = topicsHub();
    const ada = sender(hub, "ada", { ...everything, sub: ["$job.**"] });
    sendJob(hub, ada, "a");
    ada.send(client.subscribe(2, "$job.a.state", "$job.b.state"));
    ada.take();
    ada.send(client.auth(9, "to.k.en"));
    hub.verified(claimsOf(everything));
    expect(ada.take().map(([op]) => op)).toEqual([down.ENDED, down.OK]);
  });

  test("QH20 what a job is, told to who follows it from now on, is nothing that happened in the queue", () => {
    const hub = queueHub();
    sendJob(hub, hub.join(), "a");
    const boss = hub.join();
    boss.send(client.subscribe(1, "$queue.q.jobs"));
    boss.take();
    const c = hub.join();
    c.send(client.subscribe(1, "$job.a.state"));
    expect(states(c.take())).toEqual(["ready"]);
    expect(told(boss.take())).toEqual([]);
  });

  test("QH20 what nobody follows is not told: no topic is made for it", () => {
    const hub = queueHub();
    const before = hub.broker.topics;
    sendJob(hub, hub.join(), "a");
    fill(hub, 3);
    expect(hub.broker.topics).toBe(before);
  });

  test("QH20 progress of a job without an id is told to who manages the queue alone", () => {
    const hub = queueHub();
    const c = hub.join();
    c.send(client.subscribe(1, "$queue.q.jobs", "$job.**"));
    const w = worker(hub);
    fill(hub, 1);
    const [job] = jobsOf(w.take());
    c.take();
    w.send(client.settle(1, "q", ["progress", 1, job!.lease, 10_000]));
    expect(told(c.take())).toEqual([
      { queue: "q", seq: 1, state: "leased", attempt: 1, progress: 1 },
    ]);
  });
});
