import { decodePayload, down, type EnvelopeValue } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import type { TestHub } from "../hub.testkit.ts";
import type { Settings } from "../settings.ts";
import {
  answersOf,
  ask,
  type Given,
  jobsOf,
  look,
  nextRun,
  queueHub,
  worker,
} from "./hub.testkit.ts";
import { snapshotOf } from "../records.testkit.ts";

const kept = { count: 1000, bytes: 10_000_000, ageMs: 3_600_000 };
const topics: Settings["topics"] = [
  { match: "d.**" as never, history: kept, durable: true, from: true },
  { match: "h.**" as never, history: kept },
];

const boundHub = (said: Parameters<typeof queueHub>[0] = {}): TestHub => queueHub(said, { topics });
const again = (hub: TestHub, snapshot?: readonly Uint8Array[], from?: number): TestHub =>
  nextRun(hub, { topics }, snapshot, from);

/** Publishes one byte each. */
function publish(hub: TestHub, topic: string, ...payloads: readonly number[]): void {
  const p = hub.join("publisher");
  p.send(...payloads.map((payload, i) => client.publish(i + 1, topic, payload)));
  p.disconnect();
}

const payloads = (hub: TestHub): number[] => given(hub).map(({ payload }) => payload);

const byNumber = (a: number, b: number): number => a - b;

/** All that the queue has to give. */
function given(hub: TestHub): Given[] {
  const w = worker(hub, { credit: 1000 });
  const jobs = jobsOf(w.take());
  w.send(client.cancel(1, 1, true));
  w.disconnect();
  return jobs;
}

function dropped(hub: TestHub): unknown {
  const { bindings } = ask(hub, "stats") as { bindings: Map<string, EnvelopeValue>[] };
  return bindings.map((one) => one.get("dropped"));
}

describe("QH15", () => {
  test("QH15 each publication that matches is a job, with where it comes from", () => {
    const hub = boundHub();
    expect(ask(hub, "bind", { pattern: "a.*", priority: 7, group: "g" })).toEqual({});
    publish(hub, "a.x", 1, 2);
    publish(hub, "b.x", 3);
    hub.store();
    const jobs = given(hub);
    expect(jobs).toMatchObject([
      { payload: 1, info: { priority: 7, group: "g", topic: "a.x", offset: 1 } },
      { payload: 2, info: { topic: "a.x", offset: 2 } },
    ]);
    expect(jobs[0]!.info["epoch"]).toBe(jobs[1]!.info["epoch"]);
  });

  test("QH15 a publication that two patterns of a queue match is a job for each", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "a.*" });
    ask(hub, "bind", { pattern: "a.x" });
    publish(hub, "a.x", 1);
    hub.store();
    expect(payloads(hub)).toEqual([1, 1]);
  });

  test("QH15 a durable publication becomes a job when it is shown, and not before", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "d.*" });
    publish(hub, "d.x", 1);
    expect(look(hub, "storing")).toEqual([]);
    hub.store();
    hub.store();
    expect(payloads(hub)).toEqual([1]);
  });

  test("QH15 what was unbound gets no more, and both hold over a restart", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "d.*" });
    const next = again(hub);
    publish(next, "d.x", 1);
    next.store();
    next.store();
    expect(payloads(next)).toEqual([1]);
    expect(ask(next, "unbind", { pattern: "d.*" })).toEqual({});
    expect(ask(next, "unbind", { pattern: "d.*" })).toEqual({});
    const last = again(next);
    publish(last, "d.x", 2);
    last.store();
    expect(payloads(last)).toEqual([1]);
  });

  test("QH15 what could not be unbound or bound on disk is as it was", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "a.*" });
    const c = hub.join();
    c.send(client.manage(1, "unbind", "q", { pattern: "a.*" }));
    hub.refuse();
    c.send(client.manage(2, "bind", "q", { pattern: "b.*" }));
    hub.refuse();
    expect(answersOf(c.take())).toEqual([
      [down.REFUSED, 1, 305],
      [down.REFUSED, 2, 305],
    ]);
    hub.broker.storeIsFull(false);
    publish(hub, "a.x", 1);
    publish(hub, "b.x", 2);
    hub.store();
    expect(payloads(hub)).toEqual([1]);
  });

  test("QH15 the same binding again is nothing, with another priority it is a conflict", () => {
    const hub = boundHub();
    expect(ask(hub, "bind", { pattern: "a.*", priority: 7 })).toEqual({});
    expect(ask(hub, "bind", { pattern: "a.*", priority: 7 })).toEqual({});
    expect(ask(hub, "bind", { pattern: "a.*" })).toBe(401);
    publish(hub, "a.x", 1);
    hub.store();
    expect(payloads(hub)).toEqual([1]);
  });

  test("QH15 who binds the same while it is being stored is answered with the first", () => {
    const hub = boundHub();
    const c = hub.join();
    c.send(client.manage(1, "bind", "q", { pattern: "a" }));
    c.send(client.manage(2, "bind", "q", { pattern: "a" }));
    expect(c.take()).toEqual([]);
    hub.refuse();
    expect(answersOf(c.take())).toEqual([
      [down.REFUSED, 1, 305],
      [down.REFUSED, 2, 305],
    ]);
  });

  test("QH15 a full queue drops what does not fit and counts it; the publisher goes on", () => {
    const hub = boundHub({ jobsMax: 2 });
    ask(hub, "bind", { pattern: "a" });
    const p = hub.join();
    p.send(...[1, 2, 3, 4].map((i) => client.publish(i, "a", i)));
    hub.store();
    expect(answersOf(p.take()).map(([op]) => op)).toEqual([down.OK, down.OK, down.OK, down.OK]);
    expect(payloads(hub)).toEqual([1, 2]);
    expect(dropped(hub)).toEqual([2]);
  });

  test("QH15 a full queue that drops its oldest has the newest publications", () => {
    const hub = boundHub({ jobsMax: 2, overflow: "drop-oldest" });
    ask(hub, "bind", { pattern: "a" });
    publish(hub, "a", 1, 2);
    hub.store();
    publish(hub, "a", 3, 4);
    hub.store();
    expect(payloads(hub)).toEqual([3, 4]);
  });

  test("QH15 what the disk has no room for becomes a job when it has", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "a" });
    publish(hub, "a", 1);
    hub.refuse();
    hub.broker.storeIsFull(false);
    expect(dropped(hub)).toEqual([0]);
    expect(payloads(hub)).toEqual([1]);
  });

  test("QH15 a full disk makes no room in a queue by dropping what it holds", () => {
    const hub = boundHub({ jobsMax: 1, overflow: "drop-oldest" });
    hub.join().send(client.job(1, "q", 7));
    hub.store();
    hub.broker.storeIsFull(true);
    hub.join().send(client.job(1, "q", 8));
    hub.broker.storeIsFull(false);
    expect(payloads(hub)).toEqual([7]);
  });

  test("QH15 a publication that was stored, and whose job was not, is a job after the crash", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "d.*" });
    publish(hub, "d.x", 1, 2, 3);
    hub.store(); // the topic and the publications; their jobs wait
    expect(hub.appended).toHaveLength(3);
    hub.store(1);
    const next = again(hub);
    next.store();
    const jobs = given(next);
    expect(jobs.map(({ payload }) => payload).toSorted(byNumber)).toEqual([1, 2, 3]);
    expect(jobs.map(({ info }) => info["offset"] as number).toSorted(byNumber)).toEqual([1, 2, 3]);
    expect(payloads(again(next))).toHaveLength(3);
  });

  test("QH15 at whatever record the process ends: each publication is a job, and what was done stays done", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "d.*" });
    publish(hub, "d.x", 1, 2);
    hub.store();
    const published = hub.stored.length;
    hub.store();
    const w = worker(hub, { credit: 1 });
    const [job] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    for (let end = published; end <= hub.stored.length; end++) {
      const cut = boundHub();
      cut.stored.splice(0, Infinity, ...hub.stored.slice(0, end));
      const next = again(cut);
      next.store();
      const isDone = end === hub.stored.length;
      expect({ end, jobs: payloads(next).toSorted(byNumber) }).toEqual({
        end,
        jobs: isDone ? [2] : [1, 2],
      });
    }
  });

  test("QH15 a snapshot while publications become jobs: none is lost, none comes back", () => {
    const hub = boundHub();
    ask(hub, "bind", { pattern: "d.*" });
    publish(hub, "d.x", 1, 2);
    hub.store();
    hub.store(1);
    // the store has answered all that came before a snapshot
    hub.store();
    const from = hub.stored.length + 1;
    let i = 2;
    const snapshot = snapshotOf(hub, 100, () => {
      if (i < 6) publish(hub, "d.x", ++i);
      hub.store();
    });
    hub.store();
    expect(payloads(again(hub, snapshot, from)).toSorted(byNumber)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test.each<[EnvelopeValue, number[]]>([
    [null, [4]],
    [0, [4]],
    [2, [2, 3, 4]],
    [100, [1, 2, 3, 4]],
    [
      [0, 0],
      [1, 2, 3, 4],
    ],
  ])("QH15 with from %j a queue gets what a topic keeps, and what comes", (from, expected) => {
    for (const topic of ["h.x", "d.x"]) {
      const hub = boundHub();
      publish(hub, topic, 1, 2, 3);
      hub.store();
      ask(hub, "bind", { pattern: topic, from });
      publish(hub, topic, 4);
      hub.store();
      hub.store();
      expect({ topic, jobs: payloads(hub) }).toEqual({ topic, jobs: expected });
    }
  });

  test("QH15 the last n are those that were there when it was bound, and those that come are added", () => {
    const hub = boundHub();
    publish(hub, "h.x", 1, 2, 3);
    const c = hub.join();
    c.say(client.manage(1, "bind", "q", { pattern: "h.x", from: 2 }));
    c.say(client.publish(2, "h.x", 4), client.publish(3, "h.x", 5));
    hub.flush();
    hub.store();
    hub.store();
    expect(payloads(hub).toSorted(byNumber)).toEqual([2, 3, 4, 5]);
  });

  test("QH15 from a position a queue gets what is behind it; of another epoch, all", () => {
    const hub = boundHub();
    publish(hub, "h.x", 1, 2, 3);
    ask(hub, "bind", { pattern: "h.x", from: [0, 0] });
    hub.store();
    const epoch = given(hub)[0]!.info["epoch"] as number;
    for (const [from, expected] of [
      [[epoch, 2], [3]],
      [
        [epoch + 9, 2],
        [1, 2, 3],
      ],
    ] as const) {
      ask(hub, "declare", {}, "r");
      ask(hub, "bind", { pattern: "h.x", from }, "r");
      hub.store();
      const seen = look(hub, "ready", "r");
      expect(seen).toHaveLength(expected.length);
      ask(hub, "delete", { depth: seen.length }, "r");
    }
  });

  test("QH15 all that a pattern's topics keep, however much it is, and the disk is waited for", () => {
    const hub = boundHub();
    const p = hub.join();
    for (let i = 1; i <= 60; i++) p.send(client.publish(i, `h.${i % 7}`, new Uint8Array(60_000)));
    const c = hub.join();
    c.send(client.manage(1, "bind", "q", { pattern: "h.*", from: [0, 0] }));
    expect(hub.appended.length).toBeLessThan(25);
    expect(c.take()).toEqual([]);
    while (hub.appended.length > 0) hub.store();
    expect(answersOf(c.take())).toEqual([[down.OK, 1, null]]);
    expect(ask(hub, "list")).toEqual({ q: 60 });
  });

  test("QH15 a binding that is taken away while it is filled does not come back, nor does that of a queue that is deleted", () => {
    const hub = boundHub();
    const p = hub.join();
    for (let i = 1; i <= 60; i++) p.send(client.publish(i, "h.x", new Uint8Array(60_000)));
    const c = hub.join();
    c.send(client.manage(1, "bind", "q", { pattern: "h.*", from: [0, 0] }));
    c.send(client.manage(2, "unbind", "q", { pattern: "h.*" }));
    while (hub.appended.length > 0) hub.store();
    expect(new Set(answersOf(c.take()))).toEqual(
      new Set([
        [down.OK, 2, null],
        [down.REFUSED, 1, 400],
      ]),
    );
    expect(ask(again(hub), "stats")).toMatchObject({ bindings: [] });
  });

  test("QH15 a process that ends while a binding is filled: it is not there, and may be made again", () => {
    const hub = boundHub();
    const p = hub.join();
    for (let i = 1; i <= 60; i++) p.send(client.publish(i, "d.x", new Uint8Array(60_000)));
    hub.store();
    hub.join().send(client.manage(1, "bind", "q", { pattern: "d.*", from: [0, 0] }));
    hub.store(3);
    for (const next of [again(hub), again(hub, snapshotOf(hub), hub.stored.length + 1)]) {
      expect(ask(next, "stats")).toMatchObject({ bindings: [] });
      next.join().send(client.manage(1, "bind", "q", { pattern: "d.*", from: [0, 0] }));
      while (next.appended.length > 0) next.store();
      const { q } = ask(next, "list") as { q: number };
      expect(q).toBeGreaterThanOrEqual(60);
    }
  });

  test.each<[Record<string, EnvelopeValue> | null, number]>([
    [null, 103],
    [{ pattern: 5 }, 103],
    [{ pattern: "a b" }, 103],
    [{ pattern: "a", priority: 10 }, 105],
    [{ pattern: "a", group: "" }, 105],
    [{ pattern: "a", group: "é".repeat(65) }, 105],
    [{ pattern: "a", from: -1 }, 105],
    [{ pattern: "a", from: "x" }, 105],
    [{ pattern: "a", from: [1] }, 105],
    [{ pattern: "a.*", from: 5 }, 105],
    [{ pattern: "a.*", from: [5, 5] }, 105],
    [{ pattern: "$queue.q.jobs" }, 202],
    [{ pattern: "$queue.*.jobs" }, 202],
    [{ pattern: "$job.**" }, 202],
    [{ pattern: "a", what: 1 }, 105],
  ])("QH15 bind with %j is refused", (args, code) => {
    expect(ask(boundHub(), "bind", args)).toBe(code);
  });

  test("QH15 a queue has at most 64 bindings", () => {
    const hub = boundHub();
    for (let i = 0; i < 64; i++) expect(ask(hub, "bind", { pattern: `a.${i}` })).toEqual({});
    expect(ask(hub, "bind", { pattern: "a.64" })).toBe(302);
    expect(ask(hub, "bind", { pattern: "a.3" })).toEqual({});
  });

  test("QH15 who binds must be allowed to follow all of the pattern; who made a binding is kept", () => {
    const hub = keyedHub({ topics });
    hub.broker.restored(hub.broker.restore(), 5, 1, 1);
    const c = hub.joinAs(claimsOf({ sub: ["a.*"], queue: { manage: ["q"] } }));
    c.send(client.manage(1, "declare", "q"));
    c.send(
      ...["b.x", "**", "a.**", "$sys.hub", "a.x"].map((pattern, i) =>
        client.manage(i + 2, "bind", "q", { pattern }),
      ),
    );
    hub.store();
    expect(answersOf(c.take()).map(([op, id]) => [op, id])).toEqual([
      [down.REFUSED, 2],
      [down.REFUSED, 3],
      [down.REFUSED, 4],
      [down.REFUSED, 5],
      [down.OK, 1],
      [down.OK, 6],
    ]);
    c.send(client.manage(9, "stats", "q"));
    const { bindings, stats } = Object.fromEntries(c.take()[0]![2] as Map<string, EnvelopeValue>);
    expect((bindings as Map<string, EnvelopeValue>[])[0]!.get("by")).toBe("ada");
    expect(decodePayload(stats as Uint8Array)).toMatchObject({ ready: 0 });
  });
});
