import { down } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { flowBounds } from "./flow.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";
import { grant, hubOf, ops, pairs, rule, set, told } from "./states.testkit.ts";

describe("I1", () => {
  test("I1 a newcomer gets the latest of each key, in the order of their last change, then what is live", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(
      set("s.a", "x", 1),
      set("s.a", "y", 2),
      set("s.a", "x", 3),
      set("s.a", "z", 4),
      set("s.a", "z", null),
    );
    const c = hub.join();
    c.send(client.subscribe(1, "s.a"));
    const frames = c.take();
    expect(grant(frames).slice(3)).toEqual([5, null, 3]);
    expect(pairs(frames)).toEqual([
      ["y", 2],
      ["x", 3],
    ]);
    expect(ops(frames)).toEqual([down.OK, down.PUBLICATION, down.PUBLICATION, down.CAUGHT_UP]);
    expect(frames.at(-1)!.slice(3)).toEqual([5, null]);
    p.send(set("s.a", "y", 9));
    expect(told(c.take())).toEqual([{ topic: null, offset: 6, key: "y", value: 9 }]);
  });

  test("I1 without keys a topic has one value", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(set("s.a", null, 1), set("s.a", null, 2));
    const c = hub.join();
    c.send(client.subscribe(1, "s.a"));
    expect(pairs(c.take())).toEqual([["", 2]]);
  });

  test("I1 an empty state is live at once, and from 0 asks for none", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "s.a"));
    expect(grant(c.take()).at(-1)).toBe(0);
    p.send(set("s.b", "x", 1));
    c.send(client.subscribeWith(2, "s.b", 0));
    const frames = c.take();
    expect([grant(frames).at(-1), told(frames)]).toEqual([0, []]);
  });

  test("I1 a pattern gets the state of all topics that it matches, topic after topic, then what is live", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    p.send(set("s.a", "x", 1), set("s.b", "y", 2), set("s.a", "z", 3), set("other", "k", 9));
    c.send(client.subscribe(1, "**"));
    const frames = c.take();
    expect(grant(frames).at(-1)).toBe(3);
    expect(told(frames)).toEqual([
      { topic: "s.a", offset: 1, key: "x", value: 1 },
      { topic: "s.a", offset: 2, key: "z", value: 3 },
      { topic: "s.b", offset: 1, key: "y", value: 2 },
    ]);
    expect(frames.at(-1)![0]).toBe(down.CAUGHT_UP);
    p.send(set("s.b", "y", 4));
    expect(told(c.take())).toEqual([{ topic: "s.b", offset: 2, key: "y", value: 4 }]);
  });
});

describe("I2", () => {
  test("I2 who was away gets what has changed since, deletions too, and no gap for what was replaced", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(set("s.a", "x", 1), set("s.a", "y", 2), set("s.a", "z", 3));
    p.send(client.publish(1, "s.a", 4, { meta: { key: "w" } }));
    const epoch = p.take()[0]![3] as number;
    p.send(set("s.a", "y", 5), set("s.a", "x", null), set("s.a", "y", 6));
    const c = hub.join();
    c.send(client.subscribeWith(1, "s.a", { epoch, offset: 3 }));
    const frames = c.take();
    expect(pairs(frames)).toEqual([
      ["w", 4],
      ["x", null],
      ["y", 6],
    ]);
    expect(frames.filter(([op]) => op === down.GAP)).toEqual([]);
    expect(grant(frames).at(-1)).toBe(1);
  });

  test("I2 who does not know of a deletion that is forgotten is told to drop what it has, and gets all", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(client.publish(1, "s.a", 1, { meta: { key: "x" } }), set("s.a", "y", 2));
    const epoch = p.take()[0]![3] as number;
    p.send(set("s.a", "x", null));
    hub.advance(599_000);
    const early = hub.join();
    early.send(client.subscribeWith(1, "s.a", { epoch, offset: 2 }));
    expect(pairs(early.take())).toEqual([["x", null]]);
    hub.advance(2000);
    const late = hub.join();
    late.send(client.subscribeWith(1, "s.a", { epoch, offset: 2 }));
    const frames = late.take();
    expect(frames.filter(([op]) => op === down.GAP).map((frame) => frame.at(-1))).toEqual([5]);
    expect(pairs(frames)).toEqual([["y", 2]]);
    const known = hub.join();
    known.send(client.subscribeWith(1, "s.a", { epoch, offset: 3 }));
    expect(ops(known.take())).toEqual([down.OK]);
  });

  test("I2 above 10,000 deletions the oldest are forgotten", () => {
    const hub = hubOf();
    const p = hub.join();
    const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}`);
    for (const key of keys) p.send(set("s.a", key, 1));
    for (const key of keys) p.send(set("s.a", key, null));
    const c = hub.join();
    c.send(client.subscribeWith(1, "s.a", { epoch: 5000, offset: 10_000 }));
    expect(c.take().filter(([op]) => op === down.GAP)).toEqual([]);
    p.send(set("s.a", "more", 1), set("s.a", "more", null));
    const d = hub.join();
    d.send(client.subscribeWith(1, "s.a", { epoch: 5000, offset: 10_000 }));
    expect(d.take().filter(([op]) => op === down.GAP)).toHaveLength(1);
  });

  test("I2 an epoch of before is told by a gap, and all of the state follows", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(set("s.a", "x", 1));
    const c = hub.join();
    c.send(client.subscribeWith(1, "s.a", { epoch: 4, offset: 77 }));
    const frames = c.take();
    expect(frames.filter(([op]) => op === down.GAP)).toHaveLength(1);
    expect(pairs(frames)).toEqual([["x", 1]]);
  });

  test("I2 with lag 2 also a topic with a history gives only the latest of each key; elsewhere lag 2 is refused", () => {
    const history = { count: 100, bytes: 1e6, ageMs: 1e9 };
    const hub = hubOf({ topics: [rule("s.**", { history })] });
    const p = hub.join();
    p.send(set("s.a", "x", 1), set("s.a", "x", 2), set("s.a", "y", 3));
    const c = hub.join();
    c.send(client.subscribeWith(1, "s.a", { epoch: 5000, offset: 0 }, { lag: 2 }));
    expect(pairs(c.take())).toEqual([
      ["x", 2],
      ["y", 3],
    ]);
    c.send(client.subscribeWith(2, "s.b", { epoch: 5000, offset: 0 }));
    const d = hub.join();
    d.send(client.subscribeWith(1, "s.a", { epoch: 5000, offset: 0 }));
    expect(pairs(d.take())).toEqual([
      ["x", 1],
      ["x", 2],
      ["y", 3],
    ]);
    d.send(client.subscribeWith(2, "plain", null, { lag: 2 }));
    expect(grant(d.take())[0]).toBe(105);
  });

  test("I2 with lag 2 and an interval each tick brings the latest of each key that changed, deletions too", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(set("s.a", "x", 1));
    const [c, latest] = [hub.join(), hub.join()];
    c.send(client.subscribeWith(1, "s.a", null, { lag: 2, intervalMs: 100 }));
    latest.send(client.subscribeWith(1, "s.a", 0, { lag: 1, intervalMs: 100 }));
    expect(pairs(c.take())).toEqual([["x", 1]]);
    latest.take();
    p.send(set("s.a", "x", 2), set("s.a", "y", 3), set("s.a", "x", 4), set("s.a", "y", null));
    expect(told(c.take())).toEqual([]);
    hub.advance(110);
    const news = c.take();
    expect(ops(news)).toEqual([down.PUBLICATION, down.PUBLICATION]);
    expect(told(news).map(({ key, offset }) => [key, offset])).toEqual([
      ["x", 4],
      ["y", 5],
    ]);
    expect(told(latest.take()).map(({ offset }) => offset)).toEqual([5]);
    hub.advance(1000);
    expect(told(c.take())).toEqual([]);
  });
});

describe("I3", () => {
  test("I3 a key with a ttl is deleted by the hub when its time has come, unless it was set again", () => {
    const hub = hubOf();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "s.a"));
    p.send(
      set("s.a", "x", 1, { ttl: 5000 }),
      set("s.a", "y", 2, { ttl: 5000 }),
      set("s.a", "z", 3),
    );
    c.take();
    hub.advance(3000);
    p.send(set("s.a", "y", 4, { ttl: 5000 }));
    c.take();
    hub.advance(2200);
    expect(told(c.take())).toEqual([{ topic: null, offset: 5, key: "x", value: null }]);
    hub.advance(3000);
    expect(pairs(c.take())).toEqual([["y", null]]);
    hub.advance(1_000_000);
    expect(c.take().filter(([op]) => op === down.PUBLICATION)).toEqual([]);
    const d = hub.join();
    d.send(client.subscribe(1, "s.a"));
    expect(pairs(d.take())).toEqual([["z", 3]]);
  });

  test("I3 however often keys come and expire before others, a topic has one deadline", () => {
    const hub = hubOf();
    const p = hub.join();
    p.send(set("s.a", "long", 1, { ttl: 3_000_000 }));
    hub.advance(100);
    const before = hub.broker.deadlines;
    for (let i = 0; i < 50; i++) {
      p.send(set("s.a", "x", i, { ttl: 1000 }));
      p.send(set("s.a", "y", i, { ttl: 500 }));
      hub.advance(1500);
    }
    hub.advance(700_000);
    expect(hub.broker.deadlines).toBeLessThanOrEqual(before);
  });

  test("I3 elsewhere a ttl is refused", () => {
    const p = hubOf().join();
    p.send(client.publish(1, "plain", 1, { meta: { ttl: 5 } }));
    expect(p.take()[0]!.slice(0, 3)).toEqual([down.REFUSED, 1, 105]);
  });
});

describe("I4", () => {
  const durable = (): TestHub => {
    const hub = hubOf({ topics: [rule("s.**", { durable: true })] });
    hub.broker.restored(hub.broker.restore(), 5, 1, 1);
    return hub;
  };

  function restarted(hub: TestHub): TestHub {
    const next = new TestHub({ topics: [rule("s.**", { durable: true })], pingMs: 1e12 }, 8);
    next.clock.time = hub.clock.time;
    const restore = next.broker.restore();
    for (const [i, record] of hub.stored.entries()) restore.record(record, i + 1);
    next.stored.push(...hub.stored);
    next.broker.restored(restore, 5, hub.stored.length + 1, 2);
    return next;
  }

  test("I4 a durable state is there after a restart, with its deletions and what is left of its ttls", () => {
    const hub = durable();
    const p = hub.join();
    p.send(
      client.publish(1, "s.a", 1, { meta: { key: "x" } }),
      set("s.a", "y", 2),
      set("s.a", "y", null),
      set("s.a", "z", 3, { ttl: 10_000 }),
    );
    hub.store();
    const epoch = p.take()[0]![3] as number;
    hub.advance(4000);
    const next = restarted(hub);
    const [c, d] = [next.join(), next.join()];
    c.send(client.subscribe(1, "s.a"));
    expect(pairs(c.take())).toEqual([
      ["x", 1],
      ["z", 3],
    ]);
    d.send(client.subscribeWith(1, "s.a", { epoch, offset: 2 }));
    expect(pairs(d.take())).toEqual([
      ["y", null],
      ["z", 3],
    ]);
    next.advance(5800);
    expect(next.appended).toHaveLength(0);
    next.advance(400);
    next.store();
    expect(pairs(c.take())).toEqual([["z", null]]);
  });
});

describe("I5", () => {
  class World {
    readonly random: SeededRandom;
    readonly hub: TestHub;
    readonly publisher: TestClient;
    readonly truth = new Map<string, number>();
    readonly copies: {
      c: TestClient;
      map: Map<string, number>;
      pattern: string;
      lastOffset: Map<string, number>;
      gaps: number;
    }[] = [];

    constructor(seed: number) {
      this.random = new SeededRandom(seed);
      const history = { count: 5, bytes: 1e6, ageMs: 1e9 };
      this.hub = hubOf({
        topics: [rule("s.h", { history }), rule("s.**")],
        flow: {
          ...flowBounds,
          windowBytesMin: 600,
          windowBytesMax: 1200,
          lateBytes: 100,
          unreportedBytes: 50,
          pageBytes: 120,
          smallPageBytes: 60,
        },
      });
      this.publisher = this.hub.join();
    }

    act(): void {
      const { random, hub } = this;
      const topic = random.of(["s.a", "s.b", "s.h"]);
      const key = `k${random.below(8)}`;
      switch (random.below(10)) {
        case 0: {
          const c = hub.join(undefined, true);
          const pattern = random.of(["s.a", "s.b", "s.h", "s.*"]);
          c.send(
            client.subscribeWith(
              1,
              pattern,
              null,
              pattern === "s.*" ? null : random.of([null, { lag: 2 }, { lag: 2, intervalMs: 50 }]),
            ),
          );
          this.copies.push({ c, map: new Map(), pattern, lastOffset: new Map(), gaps: 0 });
          return;
        }
        case 1:
          this.publisher.send(set(topic, key, null));
          this.truth.delete(`${topic} ${key}`);
          return;
        case 2:
        case 3:
          for (const { c } of this.copies) if (random.below(2) === 0) this.#read(c);
          return;
        case 4:
          return hub.advance(random.of([1, 50, 1000]));
        default: {
          const value = random.below(256);
          this.publisher.send(set(topic, key, value));
          this.truth.set(`${topic} ${key}`, value);
        }
      }
    }

    #read(c: TestClient): void {
      const copy = this.copies.find((other) => other.c === c)!;
      const isExact = copy.pattern !== "s.*";
      const frames = c.take();
      copy.gaps += frames.filter(([op]) => op === down.GAP).length;
      for (const { topic, key, value, offset } of told(frames)) {
        const name = topic ?? copy.pattern;
        // nothing comes twice, and nothing comes back
        expect(offset).toBeGreaterThan(isExact ? (copy.lastOffset.get(name) ?? 0) : 0);
        copy.lastOffset.set(name, offset);
        if (value === null) copy.map.delete(`${name} ${key}`);
        else copy.map.set(`${name} ${key}`, value);
      }
      c.see();
    }

    end(): void {
      for (let i = 0; i < 200; i++) {
        for (const { c } of this.copies) this.#read(c);
        this.hub.advance(10);
      }
    }
  }

  test.each(Array.from({ length: 150 }, (_, i) => i))(
    "I5 whoever comes whenever, and reads how slowly ever, has in the end what is (seed %i)",
    (seed) => {
      const world = new World(seed);
      for (let i = 0; i < 250; i++) world.act();
      world.end();
      for (const { c, map, pattern, gaps } of world.copies) {
        expect(c.closedWith).toBeUndefined();
        // a history that no longer reaches is told, and nothing else is
        if (pattern === "s.a" || pattern === "s.b") expect(gaps).toBe(0);
        if (gaps > 0) continue;
        const expected = [...world.truth].filter(
          ([name]) => pattern === "s.*" || name.startsWith(`${pattern} `),
        );
        expect(map).toEqual(new Map(expected));
      }
    },
  );
});
