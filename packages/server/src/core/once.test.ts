import { down, type EnvelopeValue, type Pattern } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { snapshotOf } from "./records.testkit.ts";
import { claimsOf, keyedHub } from "./claims.testkit.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";

const history = { count: 100, bytes: 100_000, ageMs: 3_600_000 };
const topics = [
  { match: "d.**" as Pattern, history, durable: true },
  { match: "ds.**" as Pattern, history: null, state: true, durable: true },
  { match: "s.**" as Pattern, history: null, state: true },
];

function hubOf(runId = 7): TestHub {
  return new TestHub({ topics, pingMs: 1e12 }, runId);
}

/** What the next run knows of what was stored. `snapshot`: it is given that, and nothing else. */
function restarted(hub: TestHub, snapshot?: readonly Uint8Array[]): TestHub {
  const next = hubOf(8);
  next.clock.time = hub.clock.time;
  const restore = next.broker.restore();
  if (snapshot !== undefined) for (const record of snapshot) restore.record(record, 0);
  else for (const [i, record] of hub.stored.entries()) restore.record(record, i + 1);
  next.stored.push(...hub.stored);
  next.broker.restored(restore, 5, hub.stored.length + 1, 2);
  return next;
}

let lastId = 0;

/** Publishes and returns what the answer says: the offset and whether it is a duplicate, or the code of the refusal. */
function ask(
  hub: TestHub,
  c: TestClient,
  topic: string,
  options: Readonly<Record<string, EnvelopeValue>>,
  payload = 1,
  meta?: Readonly<Record<string, EnvelopeValue>>,
): unknown {
  c.send(client.publish(++lastId, topic, payload, { options, ...(meta && { meta }) }));
  if (hub.appended.length > 0) hub.store();
  return answer(c.take());
}

function answer(frames: readonly WireFrame[]): unknown {
  const frame = frames.find(([op]) => op === down.OK || op === down.REFUSED)!;
  return frame[0] === down.OK ? [frame[4], frame[6]] : frame[2];
}

describe("A9", () => {
  test.each(["e.x", "d.x"])("A9 the same id on %s is no second publication", (topic) => {
    const hub = hubOf();
    const [c, other] = [hub.join(), hub.join()];
    other.send(client.subscribe(1, topic));
    other.take();
    expect(ask(hub, c, topic, { id: "one" })).toEqual([1, false]);
    expect(ask(hub, c, topic, { id: "one" })).toEqual([1, true]);
    expect(ask(hub, hub.join(), topic, { id: "one" })).toEqual([1, true]);
    expect(ask(hub, c, topic, { id: "two" })).toEqual([2, false]);
    expect(ask(hub, c, topic, { id: "one" }, 9)).toBe(401);
    expect(other.takeOnly(down.PUBLICATION)).toHaveLength(2);
    expect(ask(hub, c, `${topic}.other`, { id: "one" })).toEqual([1, false]);
  });

  test("A9 sec/52 an id is its subject's: nobody suppresses the publications of others", () => {
    const hub = keyedHub({ topics });
    const rights = { pub: ["**"] };
    const ada = hub.joinAs(claimsOf(rights));
    const bob = hub.joinAs(claimsOf(rights, { subject: "bob" }));
    expect(ask(hub, ada, "e.x", { id: "one" })).toEqual([1, false]);
    expect(ask(hub, bob, "e.x", { id: "one" })).toEqual([2, false]);
    expect(ask(hub, bob, "e.x", { id: "one" }, 5)).toBe(401);
  });

  test("A9 an id is remembered for two minutes, and 100,000 of a topic", () => {
    const hub = hubOf();
    const c = hub.join();
    expect(ask(hub, c, "e.x", { id: "old" })).toEqual([1, false]);
    hub.advance(119_000);
    expect(ask(hub, c, "e.x", { id: "old" })).toEqual([1, true]);
    hub.advance(1000);
    expect(ask(hub, c, "e.x", { id: "old" })).toEqual([2, false]);
    for (let i = 0; i < 99_999; i++)
      c.say(client.publish(0, "e.x", 1, { options: { id: `n${i}` } }));
    hub.flush();
    expect(ask(hub, c, "e.x", { id: "old" })).toEqual([2, true]);
    expect(ask(hub, c, "e.x", { id: "last" })).toEqual([100_002, false]);
    expect(ask(hub, c, "e.x", { id: "old" })).toEqual([100_003, false]);
  });

  test("A9 of many that are old at once none is remembered, whichever is asked for first", () => {
    const hub = hubOf();
    const c = hub.join();
    for (let i = 0; i < 1000; i++) c.say(client.publish(0, "e.x", 1, { options: { id: `n${i}` } }));
    hub.flush();
    hub.advance(119_999);
    expect(ask(hub, c, "e.x", { id: "n999" })).toEqual([1000, true]);
    hub.advance(1);
    expect(ask(hub, c, "e.x", { id: "n999" }, 2)).toEqual([1001, false]);
    // and the old one, when it goes, does not take the new one with it
    for (let i = 0; i < 20; i++) ask(hub, c, "e.x", { id: "other" });
    expect(ask(hub, c, "e.x", { id: "n999" }, 2)).toEqual([1001, true]);
    expect(ask(hub, c, "e.x", { id: "n0" })).toEqual([1003, false]);
  });
});

describe("A10", () => {
  test.each(["e.x", "d.x"])("A10 numbers of a producer on %s", (topic) => {
    const hub = hubOf();
    const c = hub.join();
    const n = (number: number, base = 1): unknown => ask(hub, c, topic, { id: [77, number, base] });
    expect([n(1), n(2), n(2), n(1)]).toEqual([
      [1, false],
      [2, false],
      [2, true],
      [1, true],
    ]);
    expect([n(4), n(3), n(4)]).toEqual([405, [3, false], [4, false]]);
    // what the client has settled elsewhere may be missing
    expect([n(9, 9), n(8, 8), n(5, 5)]).toEqual([
      [5, false],
      [null, true],
      [null, true],
    ]);
    for (let i = 10; i < 80; i++) n(i, 9);
    expect([n(79), n(16), n(15)]).toEqual([
      [75, true],
      [12, true],
      [null, true],
    ]);
    expect(ask(hub, c, topic, { id: [78, 1, 1] })).toEqual([76, false]);
  });
});

describe("A11", () => {
  test("A11 on a topic: only if that is the last", () => {
    const hub = hubOf();
    const c = hub.join();
    expect(ask(hub, c, "e.x", { if: [0, 0] })).toEqual([1, false]);
    expect(ask(hub, c, "e.x", { if: [0, 0] })).toBe(401);
    c.send(client.publish(1, "e.x"));
    const [ok] = c.take();
    const epoch = ok![3] as number;
    expect(ask(hub, c, "e.x", { if: [epoch, 1] })).toBe(401);
    expect(ask(hub, c, "e.x", { if: [epoch, 2] })).toEqual([3, false]);
    expect(ask(hub, c, "e.x", { if: [epoch + 1, 3] })).toBe(401);
  });

  test.each(["s.x", "ds.x"])(
    "A11 on %s: only if that is the last of the key, and a deletion is as none",
    (topic) => {
      const hub = hubOf();
      const c = hub.join();
      const x = { key: "x" };
      expect(ask(hub, c, topic, { if: [0, 0] }, 1, x)).toEqual([1, false]);
      expect(ask(hub, c, topic, { if: [0, 0] }, 1, { key: "y" })).toEqual([2, false]);
      const epoch = hub.broker.counts.publications > 0 ? epochOf(hub, topic) : 0;
      expect(ask(hub, c, topic, { if: [epoch, 2] }, 1, x)).toBe(401);
      expect(ask(hub, c, topic, { if: [epoch, 1] }, 1, x)).toEqual([3, false]);
      expect(ask(hub, c, topic, {}, 1, { key: "x", del: true })).toEqual([4, false]);
      expect(ask(hub, c, topic, { if: [epoch, 3] }, 1, x)).toBe(401);
      expect(ask(hub, c, topic, { if: [epoch, 4] }, 1, { key: "x", del: true })).toEqual([
        5,
        false,
      ]);
      expect(ask(hub, c, topic, { if: [0, 0] }, 1, x)).toEqual([6, false]);
    },
  );

  test("A11 of two at once, while the first is being stored, one wins", () => {
    const hub = hubOf();
    const [a, b] = [hub.join(), hub.join()];
    for (const c of [a, b])
      c.send(client.publish(1, "ds.x", 1, { options: { if: [0, 0] }, meta: { key: "x" } }));
    expect(answer(b.take())).toBe(401);
    hub.store();
    expect(answer(a.take())).toEqual([1, false]);
  });
});

describe("A12", () => {
  test("A12 a duplicate of what is being stored waits for the same answer", () => {
    const hub = hubOf();
    const [a, b] = [hub.join(), hub.join()];
    a.send(client.publish(1, "d.x", 1, { options: { id: "one" } }));
    b.send(client.publish(2, "d.x", 1, { options: { id: "one" } }));
    a.send(client.publish(3, "d.x", 1, { options: { id: [5, 1, 1] } }));
    b.send(client.publish(4, "d.x", 1, { options: { id: [5, 1, 1] } }));
    expect([a.take(), b.take()]).toEqual([[], []]);
    hub.store();
    expect(a.take().map((frame) => [frame[1], frame[4], frame[6]])).toEqual([
      [1, 1, false],
      [3, 2, false],
    ]);
    expect(b.take().map((frame) => [frame[1], frame[4], frame[6]])).toEqual([
      [2, 1, true],
      [4, 2, true],
    ]);
  });

  test("A12 what could not be stored is no duplicate, and neither is what was accepted behind it", () => {
    const hub = hubOf();
    const c = hub.join();
    ask(hub, c, "d.x", { id: [5, 1, 1] });
    c.send(
      client.publish(1, "d.x", 1, { options: { id: [5, 2, 1] } }),
      client.publish(2, "d.x", 1, { options: { id: [5, 3, 1] } }),
      client.publish(3, "d.x", 1, { options: { id: "one" } }),
    );
    hub.refuse();
    expect(c.take().map((frame) => frame[2])).toEqual([305, 305, 305]);
    expect(ask(hub, c, "d.x", { id: [5, 3, 1] })).toBe(405);
    expect(ask(hub, c, "d.x", { id: [5, 2, 1] })).toEqual([2, false]);
    expect(ask(hub, c, "d.x", { id: [5, 3, 1] })).toEqual([3, false]);
    expect(ask(hub, c, "d.x", { id: "one" })).toEqual([4, false]);
  });

  test.each([
    ["the log", false],
    ["a snapshot", true],
  ])("A12 after a restart from %s duplicates are known", (_from, bySnapshot) => {
    const hub = hubOf();
    const c = hub.join();
    ask(hub, c, "d.x", { id: "one" });
    for (let n = 1; n <= 70; n++) ask(hub, c, "d.x", { id: [5, n, 1] });
    hub.advance(30_000);
    const next = restarted(hub, bySnapshot ? snapshotOf(hub, 1000) : undefined);
    const d = next.join();
    expect(ask(next, d, "d.x", { id: "one" })).toEqual([1, true]);
    expect(ask(next, d, "d.x", { id: "one" }, 9)).toBe(401);
    expect(ask(next, d, "d.x", { id: [5, 70, 1] })).toEqual([71, true]);
    expect(ask(next, d, "d.x", { id: [5, 3, 1] })).toEqual([null, true]);
    expect(ask(next, d, "d.x", { id: [5, 71, 1] })).toEqual([72, false]);
    next.advance(90_000);
    expect(ask(next, d, "d.x", { id: "one" })).toEqual([73, false]);
  });
});

function epochOf(hub: TestHub, topic: string): number {
  const c = hub.join();
  c.send(client.subscribeWith(1, topic, 0));
  return (c.take()[0]![2] as unknown[][])[0]![2] as number;
}
