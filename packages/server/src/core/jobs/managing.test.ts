import { decodePayload, down, type EnvelopeValue } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { TestHub } from "../hub.testkit.ts";
import {
  answersOf,
  ask,
  fill,
  jobsOf,
  look,
  nextRun,
  queueHub,
  sentenceOf,
  worker,
} from "./hub.testkit.ts";

const settingsOf = (answer: ReturnType<typeof ask>): Record<string, EnvelopeValue> =>
  Object.fromEntries((answer as { settings: Map<string, EnvelopeValue> }).settings);

describe("QH1", () => {
  test("QH1 a queue is there when it is on disk, with the settings that were said and those that were not", () => {
    const hub = queueHub();
    const answer = ask(hub, "declare", { leaseMs: 5000 }, "r");
    expect(settingsOf(answer)).toMatchObject({
      leaseMs: 5000,
      maxFailures: 5,
      deadLetter: "r~dead",
    });
    expect(ask(nextRun(hub), "declare", { leaseMs: 5000 }, "r")).toMatchObject({
      settings: expect.any(Map),
    });
  });

  test("QH1 the same again changes nothing, and writes nothing", () => {
    const hub = queueHub({ leaseMs: 5000 });
    const c = hub.join();
    c.send(client.manage(1, "declare", "q", { leaseMs: 5000 }), client.manage(2, "declare", "q"));
    expect(answersOf(c.take()).map(([op]) => op)).toEqual([down.OK, down.OK]);
    expect(hub.appended).toEqual([]);
  });

  test("QH1 who declares it while it is being stored is told when it is, or that it is not", () => {
    const hub = queueHub();
    const c = hub.join();
    c.send(client.manage(1, "declare", "r"), client.manage(2, "declare", "r"));
    expect(c.take()).toEqual([]);
    hub.store();
    expect(answersOf(c.take()).map(([op, id]) => [op, id])).toEqual([
      [down.OK, 1],
      [down.OK, 2],
    ]);
    c.send(client.manage(3, "declare", "s"), client.manage(4, "declare", "s"));
    hub.refuse(1);
    hub.store();
    expect(answersOf(c.take())).toEqual([
      [down.REFUSED, 3, 305],
      [down.REFUSED, 4, 305],
    ]);
  });

  test("QH1 a difference is a conflict, and the sentence says it", () => {
    const hub = queueHub({ agingMs: 30_000 });
    const c = hub.join();
    c.send(client.manage(1, "declare", "q", { agingMs: 0 }));
    const frames = c.take();
    expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 401]]);
    expect(sentenceOf(frames, 1)).toContain("agingMs is 30000, not 0");
  });

  test("QH1 with alter it holds from now on, over a restart, and the answer tells what it was", () => {
    const hub = queueHub();
    const answer = ask(hub, "declare", { maxFailures: 9, alter: true }) as {
      changed: Map<string, EnvelopeValue>;
    };
    expect([...answer.changed]).toEqual([["maxFailures", 5]]);
    for (const each of [hub, nextRun(hub)])
      expect(settingsOf(ask(each, "declare"))).toMatchObject({ maxFailures: 9 });
  });

  test("QH1 what could not be stored of alter, pause and delete is as it was", () => {
    const hub = queueHub();
    fill(hub, 1);
    const c = hub.join();
    const refused = (verb: string, args: Record<string, EnvelopeValue> | null = null): unknown => {
      c.send(client.manage(1, verb, "q", args));
      hub.refuse();
      hub.broker.storeIsFull(false);
      return answersOf(c.take());
    };
    expect(refused("declare", { maxFailures: 9, alter: true })).toEqual([[down.REFUSED, 1, 305]]);
    expect(settingsOf(ask(hub, "declare"))).toMatchObject({ maxFailures: 5 });
    expect(refused("pause")).toEqual([[down.REFUSED, 1, 305]]);
    expect(refused("delete", { depth: 1 })).toEqual([[down.REFUSED, 1, 305]]);
    expect(jobsOf(worker(hub).take())).toHaveLength(1);
  });

  test("QH1 of two changes that could not be stored nothing is left, of one that could it is", () => {
    const hub = queueHub();
    fill(hub, 1);
    const c = hub.join();
    c.send(client.manage(1, "pause", "q"), client.manage(2, "resume", "q"));
    hub.refuse();
    expect(jobsOf(worker(hub, { pull: 1 }).take())).toHaveLength(1);
    hub.broker.storeIsFull(false);
    c.send(client.manage(3, "resume", "q"), client.manage(4, "pause", "q"));
    hub.refuse(1);
    hub.store();
    fill(hub, 1);
    expect(jobsOf(worker(hub, { pull: 1 }).take())).toEqual([]);
  });

  test("QH1 durable cannot be altered", () => {
    expect(ask(queueHub(), "declare", { durable: false, alter: true })).toBe(401);
    expect(ask(queueHub({ durable: false }), "declare", { durable: true, alter: true })).toBe(401);
  });

  test("QH1 features that the hub has are no difference, one that it lacks is unsupported", () => {
    const hub = queueHub();
    expect(ask(hub, "declare", { features: ["priority", "groups"] })).toMatchObject({});
    expect(ask(hub, "declare", { features: ["priority", "teleport"] })).toBe(101);
    expect(ask(hub, "declare", { features: "priority" })).toBe(105);
    expect(ask(hub, "declare", { features: [7] }, "r")).toBe(101);
    expect(ask(hub, "stats", null, "r")).toBe(400);
  });

  test("QH1 WELCOME says that the hub has queues", () => {
    const c = queueHub().connect();
    c.send(client.hello());
    expect(c.take()[0]!.some((part) => Array.isArray(part) && part.includes("queues"))).toBe(true);
  });

  test.each<[Record<string, EnvelopeValue>, string]>([
    [{ leaseMs: 999 }, "leaseMs"],
    [{ leaseMs: 43_200_001 }, "leaseMs"],
    [{ maxFailures: null }, "maxFailures"],
    [{ agingMs: -2 }, "agingMs"],
    [{ overflow: "burst" }, "overflow"],
    [{ durable: 1 }, "durable"],
    [{ colour: "red" }, "colour"],
    [{ deadLetter: 5 }, "deadLetter"],
    [{ deadLetter: "a.b" }, "deadLetter"],
    [{ deadLetter: "$sys" }, "deadLetter"],
    [{ deadLetter: "" }, "deadLetter"],
    [{ deadLetter: "x".repeat(129) }, "deadLetter"],
  ])("QH1 %j is refused with a sentence", (args, word) => {
    const c = queueHub().join();
    c.send(client.manage(1, "declare", "r", args));
    const frames = c.take();
    expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 105]]);
    expect(sentenceOf(frames, 1)).toContain(word);
  });

  test.each(["x".repeat(124), "%"])(
    "QH1 %s~dead is no name of a queue: who declares that queue must say where its dead go",
    (name) => {
      const hub = queueHub();
      const c = hub.join();
      c.send(client.manage(1, "declare", name));
      const frames = c.take();
      expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 105]]);
      expect(sentenceOf(frames, 1)).toContain(
        "Say deadLetter: the name of a queue, or null, and they stay where they are.",
      );
      expect(ask(hub, "declare", { deadLetter: `${name}~dead` }, name)).toBe(105);
      expect(ask(hub, "stats", null, name)).toBe(400);
      for (const deadLetter of [null, "q"])
        expect(settingsOf(ask(hub, "declare", { deadLetter, alter: true }, name))).toMatchObject({
          deadLetter,
        });
    },
  );

  test("QH1 a name that is just short enough has a queue for its dead, and they go there", () => {
    const name = "x".repeat(123);
    const hub = queueHub();
    expect(settingsOf(ask(hub, "declare", null, name))).toMatchObject({
      deadLetter: `${name}~dead`,
    });
    hub.join().send(client.job(1, name));
    hub.store();
    const w = hub.join();
    w.send(client.consume(1, name));
    const [job] = jobsOf(w.take());
    w.send(client.settle(2, name, ["reject", job!.seq, job!.lease]));
    hub.store();
    expect(look(hub, "ready", `${name}~dead`)).toHaveLength(1);
  });

  test("QH1 a hub without a store has queues that are not durable, and none that are", () => {
    const hub = new TestHub({ isStored: false });
    expect(settingsOf(ask(hub, "declare"))).toMatchObject({ durable: false });
    expect(ask(hub, "declare", { durable: true }, "r")).toBe(101);
    fill(hub, 1);
    expect(jobsOf(worker(hub).take())).toHaveLength(1);
  });

  test("QH1 settings that an older or newer hub wrote hold as far as they are known", () => {
    const hub = queueHub({ leaseMs: 5000, maxFailures: 9 });
    const record = hub.stored.findIndex((bytes) => bytes[0] === 5);
    const text = Buffer.from(hub.stored[record]!)
      .toString("latin1")
      .replace("resumeMs", "resumeXs");
    hub.stored[record] = Uint8Array.from(Buffer.from(text, "latin1"));
    expect(settingsOf(ask(nextRun(hub), "declare"))).toMatchObject({
      leaseMs: 5000,
      maxFailures: 9,
      resumeMs: 30_000,
    });
  });
});

describe("QH14", () => {
  test("QH14 look shows jobs in every state, page by page, and changes nothing", () => {
    const hub = queueHub({ deadLetter: null });
    fill(hub, 5);
    const w = worker(hub, { credit: 2 });
    const [a] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["reject", a!.seq, a!.lease, null, "no"]));
    hub.store();
    hub.join().send(client.job(1, "q", 6, { options: { delayMs: 60_000, id: "x", group: "g" } }));
    hub.store();
    expect(look(hub, "dead")).toMatchObject([{ seq: 1, error: "no" }]);
    expect(look(hub, "leased").map(({ seq }) => seq)).toEqual([2, 3]);
    expect(look(hub, "delayed")).toMatchObject([{ seq: 6, id: "x", group: "g", priority: 4 }]);
    expect(ask(hub, "look", { limit: 1 })).toMatchObject({ next: 5 });
    expect(ask(hub, "look", { from: 6, limit: 1 })).toMatchObject({ next: null });
    expect(look(hub, "ready")).toEqual(look(hub, "ready"));
  });

  test("QH14 what look shows is not more than a message holds, however much there is", () => {
    const hub = queueHub({ deadLetter: null, maxFailures: 0, backoffMs: 600_000 });
    const p = hub.join();
    for (let i = 1; i <= 100; i++) p.send(client.job(i, "q", new Uint8Array(2000)));
    hub.store();
    const w = worker(hub, { credit: 100 });
    const jobs = jobsOf(w.take());
    const error = "€".repeat(341);
    w.send(
      client.settle(
        1,
        "q",
        ...jobs.map(({ seq, lease }) => ["fail", seq, lease, null, error] as const),
      ),
    );
    hub.store();
    const c = hub.join();
    for (const args of [{ state: "delayed" }, { state: "delayed", payload: true }]) {
      let from = 0;
      let seen = 0;
      for (let id = 1; from !== null; id++) {
        c.send(client.ping(1), client.manage(id, "look", "q", { ...args, from }));
        expect(Math.max(...c.writes.flat().map(({ length }) => length))).toBeLessThan(65_536);
        const result = c.take().at(-1)![2] as Map<string, EnvelopeValue>;
        seen += (result.get("jobs") as unknown[]).length;
        from = result.get("next") as number;
      }
      expect(seen).toBe(100);
    }
  });

  test("QH14 the queues are listed by name, 400 at a time, and no message is longer than one should be", () => {
    const hub = queueHub();
    const names = Array.from({ length: 900 }, (_, i) => `${i}-`.padEnd(128, "n"));
    for (const name of names) ask(hub, "declare", { durable: false, deadLetter: null }, name);
    const c = hub.join();
    const listed: string[] = [];
    for (const size of [400, 400, 101]) {
      const after = listed.at(-1);
      const args = after === undefined ? null : { after };
      c.send(client.ping(1), client.manage(1, "list", "", args), client.ping(2));
      expect(Math.max(...c.writes.flat().map(({ length }) => length))).toBeLessThan(65_536);
      const page = c.take()[1]![2] as Map<string, number>;
      expect(page.size).toBe(size);
      listed.push(...page.keys());
    }
    expect(listed).toEqual([...names, "q"].toSorted());
    expect(ask(hub, "list", { after: "q" })).toEqual({});
  });

  test("QH14 a page of the list may be shorter, and goes on behind a queue that is gone", () => {
    const hub = queueHub();
    for (const name of ["a", "b", "c"]) ask(hub, "declare", null, name);
    expect(ask(hub, "list", { limit: 2 })).toEqual({ a: 0, b: 0 });
    ask(hub, "delete", { depth: 0 }, "b");
    expect(ask(hub, "list", { limit: 2, after: "b" })).toEqual({ c: 0, q: 0 });
    expect(Object.keys(ask(hub, "list", { limit: 400 }))).toEqual(["a", "c", "q"]);
  });

  test("QH14 purge takes what waits, when it is told how much that is, and nothing that is worked on", () => {
    const hub = queueHub();
    fill(hub, 5);
    hub.join().send(client.job(1, "q", 6, { options: { delayMs: 60_000 } }));
    hub.store();
    const w = worker(hub, { credit: 2 });
    const [job] = jobsOf(w.take());
    const c = hub.join();
    c.send(client.manage(1, "purge", "q", { depth: 3 }));
    const frames = c.take();
    expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 401]]);
    expect(sentenceOf(frames, 1)).toContain("4");
    expect(ask(hub, "purge")).toBe(105);
    expect(ask(hub, "purge", { depth: 4 })).toEqual({ purged: 4 });
    w.send(client.settle(2, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    expect(answersOf(w.take())).toEqual([[down.OK, 2, [0]]]);
    expect(jobsOf(worker(nextRun(hub)).take())).toMatchObject([{ payload: 2 }]);
  });

  test("QH14 a purge of many is done a little at a time, and what is sent meanwhile stays", () => {
    const hub = queueHub();
    const p = hub.join();
    for (let i = 1; i <= 5; i++)
      p.send(
        client.jobs(
          i,
          "q",
          Array.from({ length: 1000 }, () => ({})),
        ),
      );
    hub.store();
    const c = hub.join();
    c.say(client.manage(1, "purge", "q", { depth: 5000 }));
    hub.slice(10);
    p.say(client.job(9, "q", 7));
    hub.flush();
    hub.store();
    expect(answersOf(c.take())).toEqual([[down.OK, 1, new Map([["purged", 5000]])]]);
    expect(jobsOf(worker(hub).take())).toMatchObject([{ payload: 7 }]);
  });

  test("QH14 a purge that could not be written down says so", () => {
    const hub = queueHub();
    fill(hub, 2);
    const c = hub.join();
    c.send(client.manage(1, "purge", "q", { depth: 2 }));
    hub.refuse();
    expect(answersOf(c.take())).toEqual([[down.REFUSED, 1, 305]]);
    expect(jobsOf(worker(nextRun(hub)).take())).toHaveLength(2);
  });

  test("QH14 a queue that is held gives nothing out, also after a restart, until it is let go", () => {
    const hub = queueHub();
    expect(ask(hub, "pause")).toEqual({});
    fill(hub, 1);
    const next = nextRun(hub);
    const w = worker(next);
    expect(jobsOf(w.take())).toEqual([]);
    expect(ask(next, "resume")).toEqual({});
    expect(jobsOf(w.take())).toHaveLength(1);
    expect(jobsOf(worker(nextRun(next)).take())).toHaveLength(1);
  });

  test("QH14 a held queue goes on with what is out", () => {
    const hub = queueHub();
    fill(hub, 2);
    const w = worker(hub, { credit: 1 });
    const [job] = jobsOf(w.take());
    ask(hub, "pause");
    w.send(client.settle(1, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    expect(w.take()).toEqual([[down.OK, 1, [0]]]);
  });

  test("QH14 delete takes all that is in the queue, ends its consumers, and the name is free", () => {
    const hub = queueHub();
    fill(hub, 3);
    const w = worker(hub, { credit: 1 });
    const [job] = jobsOf(w.take());
    expect(ask(hub, "delete", { depth: 2 })).toBe(401);
    expect(ask(hub, "delete", { depth: 3 })).toEqual({ deleted: 3 });
    expect(w.take()).toMatchObject([
      [down.LOST, 1, job!.seq, job!.lease, 400, expect.stringContaining("deleted")],
      [down.STOPPED, 1, 400, expect.stringContaining("deleted")],
    ]);
    w.send(client.settle(1, "q", ["ack", job!.seq, job!.lease]), client.job(2, "q"));
    expect(answersOf(w.take())).toEqual([
      [down.REFUSED, 1, 400],
      [down.REFUSED, 2, 400],
    ]);
    expect(ask(nextRun(hub), "stats")).toBe(400);
    ask(hub, "declare");
    fill(hub, 1);
    expect(jobsOf(worker(nextRun(hub)).take())).toMatchObject([{ seq: 1 }]);
  });

  test("QH14 jobs of a deleted queue are not dead letters when their workers go", () => {
    const hub = queueHub({ maxFailures: 1, resumeMs: 1000, leaseMs: 2000 });
    fill(hub, 3);
    const gone = worker(hub, { credit: 1 });
    const cancelled = worker(hub, { credit: 1 });
    const there = worker(hub, { credit: 1 });
    gone.disconnect();
    cancelled.send(client.cancel(1, 1));
    ask(hub, "delete", { depth: 3 });
    there.disconnect();
    hub.advance(60_000);
    hub.store();
    expect(ask(hub, "list")).toEqual({});
    expect(cancelled.take().map(([op]) => op)).toContain(down.STOPPED);
  });

  test("QH14 what is sent while the queue is being deleted is not confirmed and not there", () => {
    const hub = queueHub();
    const p = hub.join();
    const c = hub.join();
    p.send(client.job(1, "q", 7));
    c.send(client.manage(1, "delete", "q", { depth: 1 }));
    p.send(client.job(2, "q", 8));
    c.send(client.manage(2, "declare", "q"));
    hub.store();
    expect(answersOf(p.take())).toEqual([
      [down.REFUSED, 2, 400],
      [down.OK, 1, 1, false],
    ]);
    expect(answersOf(c.take())).toEqual([
      [down.REFUSED, 2, 401],
      [down.OK, 1, new Map([["deleted", 1]])],
    ]);
    expect(ask(nextRun(hub), "list")).toEqual({});
  });

  test("QH14 a job sent to a queue that could not be stored is refused, though its own record was stored", () => {
    const hub = queueHub();
    const c = hub.join();
    c.send(client.manage(1, "declare", "r"), client.job(2, "r", 7));
    hub.refuse(1);
    hub.broker.storeIsFull(false);
    hub.store();
    expect(answersOf(c.take())).toEqual([
      [down.REFUSED, 1, 305],
      [down.REFUSED, 2, 305],
    ]);
  });

  test("QH14 the figures of a queue are MessagePack, and its bindings are told beside them", () => {
    const hub = queueHub();
    fill(hub, 2);
    ask(hub, "bind", { pattern: "a.*", priority: 7 });
    const { stats, bindings } = ask(hub, "stats") as {
      stats: Uint8Array;
      bindings: Map<string, EnvelopeValue>[];
    };
    expect(decodePayload(stats)).toMatchObject({ ready: 2, leased: 0 });
    expect(bindings.map((one) => Object.fromEntries(one))).toEqual([
      { pattern: "a.*", by: null, priority: 7, group: null, dropped: 0 },
    ]);
  });

  test.each<[string, Record<string, EnvelopeValue> | null, number]>([
    ["explode", null, 101],
    ["constructor", null, 101],
    ["toString", null, 101],
    ["pause", { now: true }, 105],
    ["look", { state: "lost" }, 105],
    ["look", { limit: 101 }, 105],
    ["look", { limit: 0 }, 105],
    ["list", { limit: 401 }, 105],
    ["list", { limit: 0 }, 105],
    ["list", { after: 7 }, 105],
    ["look", { from: -1 }, 105],
    ["look", { from: "x" }, 105],
    ["delete", null, 105],
    ["purge", { depth: "all" }, 105],
  ])("QH14 %s with %j is refused", (verb, args, code) => {
    expect(ask(queueHub(), verb, args)).toBe(code);
  });

  test.each(["pause", "resume", "look", "stats", "purge", "delete", "bind", "unbind", "redrive"])(
    "QH14 %s of a queue that is not there is not found",
    (verb) => {
      expect(ask(queueHub(), verb, null, "other")).toBe(400);
    },
  );
});
