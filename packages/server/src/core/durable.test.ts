import { down, type Pattern } from "@fanwire/protocol";
import { client, SeededRandom, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf } from "./claims.testkit.ts";
import { TestHub } from "./hub.testkit.ts";
import { snapshotOf } from "./records.testkit.ts";
import type { Settings } from "./settings.ts";

const history = { count: 100, bytes: 100_000, ageMs: 3_600_000 };
const durable = (match: string) => ({ match: match as Pattern, history, durable: true });

/** The first run of a store. */
function hubOf(settings: Partial<Settings> = {}, era = 5): TestHub {
  const hub = new TestHub({ topics: [durable("d.**")], pingMs: 1_000_000_000, ...settings });
  hub.broker.restored(hub.broker.restore(), era, 1, 1);
  hub.store(); // the era
  return hub;
}

/** What the next run of the hub knows: it is given what the store holds, and perhaps a snapshot before it. */
function restarted(
  hub: TestHub,
  settings: Partial<Settings> = {},
  snapshot?: Uint8Array[],
  from = 1,
  era = 5,
): TestHub {
  const all = { topics: [durable("d.**")], pingMs: 1_000_000_000, ...settings };
  const next = new TestHub(all, 8);
  next.clock.time = hub.clock.time;
  const restore = next.broker.restore();
  for (const record of snapshot ?? []) restore.record(record, 0);
  for (const [i, record] of hub.stored.entries()) if (i + 1 >= from) restore.record(record, i + 1);
  next.stored.push(...hub.stored);
  next.faults = next.broker.restored(restore, era, hub.stored.length + 1, 2);
  return next;
}

const ops = (frames: readonly WireFrame[]): unknown[] => frames.map(([op]) => op);
const payloads = (frames: readonly WireFrame[]): unknown[] =>
  frames
    .filter(([op]) => op === down.PUBLICATION || op === down.PATTERN_PUBLICATION)
    .map((frame) => (frame.at(-1) as Uint8Array)[0]);
const grant = (frames: readonly WireFrame[]): unknown[] =>
  (frames.find(([op]) => op === down.OK)![2] as unknown[][])[0]!;

describe("Q1", () => {
  test("Q1 a durable publication is seen by nobody and confirmed to nobody before it is stored", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "d.x", "d.*"));
    c.take();
    p.send(client.publish(1, "d.x", 1), client.publish(2, "e.x", 2));
    expect(payloads(c.take())).toEqual([]);
    expect(p.take().map((frame) => frame.slice(0, 2))).toEqual([[down.OK, 2]]);
    const late = hub.join();
    late.send(client.subscribe(1, "d.x"));
    expect(grant(late.take())[3]).toBe(0); // the head that is shown
    hub.store();
    expect(payloads(c.take())).toEqual([1, 1]);
    const [ok] = p.take();
    expect([ok?.[0], ok?.[1], ok?.[4], ok?.[5]]).toEqual([down.OK, 1, 1, 1]); // offset 1, on disk
    expect(payloads(late.take())).toEqual([1]);
  });

  test("Q1 it is shown in the order in which it was stored, beside what needs no store", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "**"));
    c.take();
    p.send(client.publish(0, "d.x", 1), client.publish(0, "e", 2), client.publish(0, "d.y", 3));
    hub.store(2); // the name of d.x, and its publication
    p.send(client.publish(0, "e", 4));
    hub.store();
    expect(payloads(c.take())).toEqual([2, 1, 4, 3]);
  });

  test("Q1 the level that a publisher asks for is that of the topic, or the publication is refused before it is stored", () => {
    const hub = hubOf();
    const p = hub.join();
    const ask = (topic: string, confirm: number): unknown => {
      p.send(client.publish(1, topic, 1, { options: { confirm } }));
      hub.store();
      const [frame] = p.take();
      return frame?.[0] === down.OK ? frame[5] : frame?.[2];
    };
    expect([ask("d.x", 0), ask("d.x", 1), ask("d.x", 2), ask("e", 0), ask("e", 1)]).toEqual([
      1, 1, 101, 0, 101,
    ]);
    expect(hub.stored.length).toBe(4);
  });

  test("Q1 a publisher that has gone is not answered, and its publication stands", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "d.x"));
    c.take();
    p.send(client.publish(1, "d.x", 1));
    p.disconnect();
    hub.store();
    expect(payloads(c.take())).toEqual([1]);
    expect(p.take()).toEqual([]);
  });
});

describe("Q2", () => {
  test("Q2 what cannot be stored is refused as storage-full, gets no offset, and the next one is stored", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "d.x"));
    c.take();
    p.send(client.publish(1, "d.x", 1));
    hub.store();
    p.take();
    p.send(client.publish(2, "d.x", 2), client.publish(0, "d.x", 3), client.publish(4, "d.y", 4));
    hub.refuse();
    const refused = p.take();
    expect(refused.map((frame) => frame.slice(0, 3))).toEqual([
      [down.REFUSED, 2, 305],
      [down.REFUSED, 0, 305],
      [down.REFUSED, 4, 305],
    ]);
    expect(refused[0]?.[4]).toBe(1000);
    p.send(client.publish(5, "d.x", 5), client.publish(6, "d.y", 6));
    hub.store();
    expect(p.take().map((frame) => [frame[1], frame[4]])).toEqual([
      [5, 2],
      [6, 1],
    ]);
    expect(payloads(c.take())).toEqual([1, 5]);
    expect(hub.broker.counts.limited).toEqual({ disk: 3 });
  });

  test("Q2 what waits for the store is bounded, of a topic and of all", () => {
    const hub = hubOf({ pendingPerTopicMax: 2, pendingBytesMax: 1000 });
    const p = hub.join();
    for (let i = 1; i <= 3; i++) p.send(client.publish(i, "d.x", 1));
    expect(p.take().map((frame) => frame.slice(0, 3))).toEqual([[down.REFUSED, 3, 305]]);
    p.send(client.publish(4, "d.y", new Uint8Array(980)));
    expect(p.take().map((frame) => frame.slice(0, 3))).toEqual([[down.REFUSED, 4, 305]]);
    hub.store();
    p.take();
    p.send(client.publish(5, "d.x", 1), client.publish(6, "d.y", new Uint8Array(950)));
    hub.store();
    expect(ops(p.take())).toEqual([down.OK, down.OK]);
    expect(hub.broker.counts.limited).toEqual({ pendingPerTopicMax: 1, pendingBytesMax: 1 });
  });
});

describe("Q3", () => {
  test("Q3 after a restart a durable topic has its epoch, its offsets and its history", () => {
    const hub = hubOf();
    const p = hub.join();
    for (let i = 1; i <= 5; i++) p.send(client.publish(i, "d.x", i));
    hub.store();
    const epoch = p.take()[0]![3] as number;
    const next = restarted(hub);
    const c = next.join();
    c.send(client.subscribeWith(1, "d.x", { epoch, offset: 2 }));
    const frames = c.take();
    expect(grant(frames).slice(2, 4)).toEqual([epoch, 5]);
    expect(payloads(frames)).toEqual([3, 4, 5]);
    expect(frames.filter(([op]) => op === down.GAP)).toEqual([]);
    c.send(client.publish(2, "d.x", 6));
    next.store();
    expect(c.takeOnly(down.OK)[0]!.slice(3, 5)).toEqual([epoch, 6]);
  });

  test("Q3 what was not stored is not there, and its offset is given again", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(client.publish(1, "d.x", 1));
    hub.store();
    p.send(client.publish(2, "d.x", 2));
    const next = restarted(hub);
    const c = next.join();
    c.send(client.subscribeWith(1, "d.x", { epoch: 0, offset: 0 }), client.publish(2, "d.x", 9));
    next.store();
    expect(payloads(c.take())).toEqual([1, 9]);
  });

  test("Q3 by its rule of today a topic is shorter, and what is too old is gone", () => {
    const hub = hubOf();
    const p = hub.join();
    for (let i = 1; i <= 5; i++) p.send(client.publish(i, "d.x", i));
    hub.store();
    const shorter = restarted(hub, {
      topics: [{ ...durable("d.**"), history: { ...history, count: 2 } }],
    });
    const c = shorter.join();
    c.send(client.subscribeWith(1, "d.x", { epoch: 0, offset: 0 }));
    expect(payloads(c.take())).toEqual([4, 5]);
    hub.clock.time += 7_200_000;
    const older = restarted(hub);
    const d = older.join();
    d.send(client.subscribeWith(1, "d.x", { epoch: 0, offset: 0 }));
    const told = d.take();
    expect(payloads(told)).toEqual([]);
    expect(grant(told)[3]).toBe(5);
  });

  test("Q3 a topic that is no longer durable stops the start, unless its rule says that it may go", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(client.publish(1, "d.x", 1), client.publish(2, "d.y", 1));
    hub.store();
    expect(restarted(hub, { topics: [] }).faults.undurable).toEqual(["d.x", "d.y"]);
    const discarded = restarted(hub, {
      topics: [{ match: "d.**" as Pattern, history: null, discard: true }],
    });
    expect(discarded.faults).toEqual({ undurable: [], unknown: 0 });
    expect(discarded.broker.topics).toBe(0);
  });

  test("Q3 records that are none are counted, and harm nothing", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(client.publish(1, "d.x", 1));
    hub.store();
    hub.stored.push(
      Uint8Array.of(99),
      Uint8Array.of(),
      Uint8Array.of(1, 0xc1),
      Uint8Array.of(2, 77, 1, 1, 0xc0, 1),
    );
    expect(restarted(hub).faults.unknown).toBe(3);
  });

  test("Q3 revocations survive until they have nothing left to revoke", () => {
    const hub = hubOf({ isOpen: false });
    hub.broker.revoke({ tokenId: "t1" });
    hub.broker.revoke({ subject: "bob", issuer: "x", issuedUpTo: 5 });
    hub.broker.revoke({ subject: "eve", issuedUpTo: 6 });
    hub.broker.revoke({ keyId: "k9" });
    hub.store();
    const next = restarted(hub, { isOpen: false });
    expect(next.broker.revocations).toBe(4);
    expect(next.joinAs(claimsOf({})).closedWith?.code).toBe(4504);
    expect(next.joinAs(claimsOf({}, { tokenId: "t2" })).isWelcome).toBe(true);
    next.advance(90_000_000);
    expect(next.broker.revocations).toBe(0);
    expect(restarted(hub, {}, snapshotOf(next, 1000), 99).broker.revocations).toBe(0);
  });
});

describe("Q2", () => {
  test("Q2 what is no publication and finds no room is written when there is some: a revocation, and the era of the store", () => {
    const hub = new TestHub({ topics: [durable("d.**")], isOpen: false });
    hub.broker.restored(hub.broker.restore(), 5, 1, 1);
    hub.broker.revoke({ tokenId: "t1" });
    hub.refuse();
    hub.broker.storeIsFull(false);
    hub.store();
    expect(restarted(hub, { isOpen: false }).broker.revocations).toBe(1);
    const p = hub.joinAs(claimsOf({ pub: ["**"] }, { tokenId: "t2" }));
    p.send(client.publish(1, "d.x", 1));
    hub.store();
    const epoch = (next: TestHub): unknown => {
      const c = next.join();
      c.send(client.subscribe(1, "d.x"));
      return (c.take()[0]![2] as unknown[][])[0]![2];
    };
    const [same, other] = [5, 6].map((era) => epoch(restarted(hub, {}, [], 1, era)));
    expect(other).not.toBe(same);
  });

  test("Q2 they stand before what comes then, however often there is none", () => {
    const hub = hubOf({ isOpen: false });
    const p = hub.joinAs(claimsOf({ pub: ["**"] }, { tokenId: "t2" }));
    hub.broker.revoke({ tokenId: "t1" });
    hub.refuse();
    p.send(client.publish(1, "d.x", 1));
    hub.refuse();
    hub.broker.storeIsFull(true);
    expect(hub.appended).toEqual([]);
    hub.broker.storeIsFull(false);
    p.send(client.publish(2, "d.x", 1));
    hub.store();
    const next = restarted(hub, { isOpen: false });
    expect(next.broker.revocations).toBe(1);
    expect(next.broker.topics).toBe(1);
  });
});

describe("Q4", () => {
  test("Q4 a mark of before a restart goes on with what is durable; the rest is told by a gap without a topic", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    p.send(client.publish(0, "d.a", 1), client.publish(0, "e.a", 2));
    hub.store();
    c.send(client.subscribe(1, "**"), client.subscribe(2, "d.**"));
    const grants = c.take().filter(([op]) => op === down.OK);
    const [all, some] = grants.map((frame) => (frame[2] as unknown[][])[0]![4] as Uint8Array);
    p.send(client.publish(0, "d.a", 3), client.publish(0, "e.a", 4), client.publish(0, "d.b", 5));
    hub.store();
    const next = restarted(hub);
    const d = next.join();
    d.send(client.subscribeWith(1, "d.**", { mark: some!, topics: [] }));
    const durableOnly = d.take();
    expect(payloads(durableOnly)).toEqual([3, 5]);
    expect(durableOnly.filter(([op]) => op === down.GAP)).toEqual([]);
    d.send(client.subscribeWith(2, "**", { mark: all!, topics: [] }));
    const both = d.take();
    expect(payloads(both)).toEqual([3, 5]);
    expect(both.filter(([op]) => op === down.GAP).map((frame) => [frame[2], frame[6]])).toEqual([
      [null, 6],
    ]);
  });

  test("Q4 a mark of another store is told by a gap", () => {
    const hub = hubOf({}, 6);
    const [c, p] = [hub.join(), hub.join()];
    p.send(client.publish(0, "d.a", 1));
    hub.store();
    c.send(client.subscribe(1, "d.**"));
    const mark = grant(c.take())[4] as Uint8Array;
    const next = restarted(hub);
    const d = next.join();
    d.send(client.subscribeWith(1, "d.**", { mark, topics: [] }));
    const frames = d.take();
    expect(frames.filter(([op]) => op === down.GAP)).toHaveLength(1);
    expect(payloads(frames)).toEqual([]);
  });
});

describe("Q7", () => {
  test("Q7 a store of another era gives its topics new epochs, which stay, and keeps what it holds", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(client.publish(1, "d.x", 1), client.publish(2, "d.x", 2));
    hub.store();
    const before = p.take()[0]![3] as number;
    const ask = (of: TestHub, offset: number): WireFrame[] => {
      const c = of.join();
      c.send(client.subscribeWith(1, "d.x", { epoch: before, offset }));
      return c.take();
    };
    const other = restarted(hub, {}, undefined, 1, 6);
    const frames = ask(other, 7);
    const epoch = grant(frames)[2] as number;
    expect(epoch).not.toBe(before);
    expect(frames.filter(([op]) => op === down.GAP).map((frame) => frame.at(-1))).toEqual([3]);
    expect(payloads(frames)).toEqual([1, 2]);
    other.store();
    const again = restarted(other, {}, undefined, 1, 6);
    expect(grant(ask(again, 7))[2]).toBe(epoch);
    expect(again.appended).toEqual([]);
    const bySnapshot = restarted(other, {}, snapshotOf(again, 1000), 99, 6);
    expect(grant(ask(bySnapshot, 7))[2]).toBe(epoch);
  });
});

describe("Q5", () => {
  test.each([
    [
      "keeps a state alone",
      { match: "d.**" as Pattern, history: null, state: true, durable: true },
    ],
    ["has let go all of its history", { ...durable("d.**"), history: { ...history, ageMs: 1000 } }],
  ])("Q5 a topic that %s has its place among the others behind a snapshot", (_what, rule) => {
    const settings = { topics: [rule] };
    const hub = hubOf(settings);
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "d.**"));
    const mark = (c.take()[0]![2] as unknown[][])[0]![4] as Uint8Array;
    p.send(client.publish(1, "d.x", 1));
    hub.store();
    hub.advance(2000);
    const resumed = (next: TestHub): unknown => {
      const d = next.join();
      d.send(client.subscribeWith(1, "d.**", { mark, topics: [] }));
      return d.take().map((frame) => [frame[0], frame[2], frame[4]]);
    };
    const from = hub.stored.length + 1;
    const whole = resumed(restarted(hub, settings));
    expect(JSON.stringify(whole)).toContain("d.x");
    expect(resumed(restarted(hub, settings, snapshotOf(hub, 1000), from))).toEqual(whole);
  });

  test.each(Array.from({ length: 40 }, (_, i) => i))(
    "Q5 a snapshot that is written while the hub goes on, and the log behind it, give the hub as it was (seed %i)",
    (seed) => {
      const random = new SeededRandom(seed);
      const settings = {
        topics: [{ ...durable("d.**"), history: { count: 8, bytes: 2000, ageMs: 3_600_000 } }],
      };
      const hub = hubOf(settings);
      const p = hub.join();
      const publish = (): void => {
        p.send(
          client.publish(
            0,
            `d.${random.below(6)}`,
            new Uint8Array(random.below(300)).fill(random.below(256)),
          ),
        );
        if (random.below(3) === 0) hub.store();
        if (random.below(20) === 0) hub.advance(random.below(40_000));
      };
      for (let i = 0; i < 150; i++) publish();
      hub.store();
      const from = hub.stored.length + 1;
      const snapshot = snapshotOf(hub, 200 + random.below(500), () => {
        for (let i = random.below(8); i > 0; i--) publish();
      });
      for (let i = 0; i < 30; i++) publish();
      hub.store();
      const byLog = restarted(hub, settings);
      const bySnapshot = restarted(hub, settings, snapshot, from);
      const seen = (of: TestHub): unknown[] =>
        Array.from({ length: 6 }, (_, i) => {
          const c = of.join();
          c.send(client.subscribeWith(1, `d.${i}`, { epoch: 0, offset: 0 }));
          const frames = c.take();
          return [
            grant(frames).slice(2, 4),
            frames.filter(([op]) => op === down.PUBLICATION).map((f) => f.slice(2)),
          ];
        });
      const expected = seen(hub);
      expect(seen(bySnapshot)).toEqual(expected);
      expect(seen(byLog)).toEqual(expected);
    },
  );
});
