import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import { type TestClient, TestHub } from "../hub.testkit.ts";
import type { Settings } from "../settings.ts";

const epoch = 5000;
const history = { count: 1000, bytes: 1e9, ageMs: 1e9 };
const rule = (match: string, more: Partial<typeof history> = {}): Partial<Settings> => ({
  pingMs: 1e9,
  topics: [{ match: match as never, history: { ...history, ...more } }],
});

/** Offsets of HISTORY; of OK its `[epoch, next, head]`, of REFUSED its code. */
const told = (frames: readonly WireFrame[]): unknown[] =>
  frames.map((f) => {
    if (f[0] === down.HISTORY) return f[2];
    return f[0] === down.OK ? f.slice(2) : `refused ${f[2] as number}`;
  });

/** A hub whose topic h.a has five publications. */
function setting(settings: Partial<Settings> = rule("h.**")) {
  const hub = new TestHub(settings);
  const publisher = hub.join("publisher");
  const publish = (topic: string, count: number, bytes: number | Uint8Array = 7): void => {
    for (let i = 0; i < count; i++) publisher.send(client.publish(0, topic, bytes));
  };
  publish("h.a", 5);
  return { hub, publish, c: hub.join() };
}

function read(c: TestClient, ...asked: Parameters<typeof client.read>): unknown[] {
  c.send(client.read(...asked));
  return told(c.take());
}

describe("Y1", () => {
  test.each<[string, [number, number] | null, number, boolean, unknown[]]>([
    ["all", null, 1000, false, [1, 2, 3, 4, 5, [epoch, null, 5]]],
    ["the first two", null, 2, false, [1, 2, [epoch, 3, 5]]],
    ["the next ones", [epoch, 3], 2, false, [3, 4, [epoch, 5, 5]]],
    ["the last page", [epoch, 5], 2, false, [5, [epoch, null, 5]]],
    ["behind the head", [epoch, 6], 2, false, [[epoch, null, 5]]],
    ["the last two, backwards", null, 2, true, [5, 4, [epoch, 3, 5]]],
    ["the ones before, backwards", [epoch, 3], 1000, true, [3, 2, 1, [epoch, null, 5]]],
    ["from beyond the head, backwards", [epoch, 99], 1, true, [5, [epoch, 4, 5]]],
    ["from before the first, backwards", [epoch, 0], 1, true, [[epoch, null, 5]]],
    ["none: only how it stands", null, 0, false, [[epoch, 1, 5]]],
  ])("Y1 %s", (_name, from, limit, backwards, expected) => {
    expect(read(setting().c, 3, "h.a", from, limit, backwards)).toEqual(expected);
  });

  test("Y1 an entry has the tail of its publication", () => {
    const { hub, c } = setting();
    const follower = hub.join();
    follower.send(client.subscribe(1, "h.b"));
    follower.take();
    hub
      .join()
      .send(
        client.publish(0, "h.b", 9, { meta: { key: "k", h: new Map([["x", "y"]]) }, encoding: 3 }),
      );
    const [publication] = follower.take();
    c.send(client.read(8, "h.b"));
    expect(c.take()[0]).toEqual([down.HISTORY, 8, ...publication!.slice(2)]);
  });

  test("Y1 a thousand small ones, and backwards the same", () => {
    const { publish, c } = setting(rule("h.**", { count: 5000 }));
    publish("h.a", 1300);
    const offsets = Array.from({ length: 1000 }, (_, i) => i + 1);
    expect(read(c, 1, "h.a")).toEqual([...offsets, [epoch, 1001, 1305]]);
    const back = offsets.map((offset) => 1306 - offset);
    expect(read(c, 2, "h.a", null, 1000, true)).toEqual([...back, [epoch, 305, 1305]]);
  });
});

describe("Y2", () => {
  test("Y2 what was let go is left out", () => {
    const { c } = setting(rule("h.**", { count: 2 }));
    expect(read(c, 1, "h.a", [epoch, 1])).toEqual([4, 5, [epoch, null, 5]]);
    expect(read(c, 1, "h.a", [epoch, 1], 10, true)).toEqual([[epoch, null, 5]]);
    expect(read(c, 1, "h.a", null, 10, true)).toEqual([5, 4, [epoch, null, 5]]);
  });

  test("Y2 a topic that keeps nothing", () => {
    const { publish, c } = setting();
    publish("e.a", 3);
    expect(read(c, 1, "e.a")).toEqual([[epoch + 1, null, 3]]);
    expect(read(c, 1, "e.a", null, 1, true)).toEqual([[epoch + 1, null, 3]]);
  });

  test("Y2 a topic that the hub does not know is not made", () => {
    const { hub, c } = setting();
    expect(read(c, 1, "h.new")).toEqual([[0, null, 0]]);
    expect(hub.broker.topics).toBe(1);
  });
});

describe("Y3", () => {
  test("Y3 another epoch is refused, and the sentence tells the present one", () => {
    const { c } = setting();
    c.send(client.read(1, "h.a", [4999, 1]), client.read(2, "h.new", [epoch, 1]));
    expect(c.take().map((f) => f.slice(0, 4))).toEqual([
      [down.REFUSED, 1, 402, "The topic has begun again since then: its epoch is 5000 now."],
      [down.REFUSED, 2, 402, "The topic has begun again since then: it holds nothing now."],
    ]);
  });

  test("Y3 what is no topic, and a limit above 1,000", () => {
    const { c } = setting();
    expect(read(c, 1, "h.*")).toEqual(["refused 102"]);
    expect(read(c, 1, "")).toEqual(["refused 102"]);
    expect(read(c, 1, "h.a", null, 1001)).toEqual(["refused 105"]);
  });
});

describe("Y4", () => {
  test("Y4 who may not follow a topic may not read it, whether it is there or not", () => {
    const hub = keyedHub(rule("h.**"));
    hub.joinAs(claimsOf({ pub: ["**"] }, { subject: "bob" })).send(client.publish(1, "h.a"));
    const c = hub.joinAs(claimsOf({ sub: ["open.**"], pub: ["h.**"] }));
    const answer = (name: string): unknown => {
      c.send(client.read(1, name));
      return JSON.parse(JSON.stringify(c.take()).replaceAll(name, "NAME"));
    };
    expect(answer("h.a")).toEqual(answer("h.b"));
    expect(read(c, 1, "h.a")).toEqual(["refused 202"]);
    expect(read(c, 1, "open.a")).toEqual([[0, null, 0]]);
  });

  test("Y4 a fresh token that does not allow it refuses what is not answered", () => {
    const hub = keyedHub(rule("h.**"));
    const publisher = hub.joinAs(claimsOf({ pub: ["**"] }, { subject: "bob" }));
    for (let i = 0; i < 100; i++) publisher.send(client.publish(0, "h.a", new Uint8Array(8192)));
    const c = hub.joinAs(claimsOf({ sub: ["h.**"] }));
    c.unsentBytes = 1_000_000;
    c.send(client.read(1, "h.a"));
    const before = told(c.take()).length;
    c.send(client.auth(2, "fresh"));
    hub.verified(claimsOf({ sub: ["other"] }));
    const after = c.take();
    expect(before).toBeLessThan(20);
    expect(after.filter(([op]) => op === down.REFUSED).map((f) => f.slice(0, 3))).toEqual([
      [down.REFUSED, 1, 202],
    ]);
    expect(after.filter(([op]) => op === down.HISTORY)).toEqual([]);
  });
});

describe("Y5", () => {
  /** A hub with 100 publications of 8 KiB, and a client that says what it has seen. */
  function large() {
    const { hub, publish } = setting();
    publish("h.big", 100, new Uint8Array(8192));
    return { hub, publish, c: hub.join("slow", true) };
  }

  test("Y5 history comes in pages, as the client takes it, and then whole", () => {
    const { c } = large();
    const offsets: unknown[] = [];
    c.send(client.read(1, "h.big"));
    for (let page = 0; page < 100 && !Array.isArray(offsets.at(-1)); page++) {
      const { writes } = c;
      expect(writes.flat().every((message) => message.length <= 65_536)).toBe(true);
      expect(c.receivedBytes).toBeLessThan((page + 1) * 200_000);
      offsets.push(...told(c.take()));
      c.see();
    }
    const all = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(offsets).toEqual([...all, [epoch + 1, null, 100]]);
  });

  test("Y5 a client that takes nothing is sent a page or two", () => {
    const { c } = large();
    c.send(client.read(1, "h.big"));
    expect(c.receivedBytes).toBeLessThan(3 * 65_536);
  });

  test("Y5 backwards, over what is let go meanwhile", () => {
    const { hub, publish } = setting(rule("h.**", { count: 50 }));
    publish("h.big", 50, new Uint8Array(8192));
    const c = hub.join("slow", true);
    c.send(client.read(1, "h.big", null, 1000, true));
    const first = told(c.take());
    publish("h.big", 30);
    c.see();
    const rest: unknown[] = [];
    for (let page = 0; page < 20; page++) {
      rest.push(...told(c.take()));
      c.see();
    }
    const all = [...first, ...rest];
    expect(all.slice(0, -1)).toEqual(Array.from({ length: all.length - 1 }, (_, i) => 50 - i));
    expect(all.at(-2)).toBe(31);
    expect(all.at(-1)).toEqual([epoch + 1, null, 80]);
  });

  test("Y5 cursors that catch up have their share", () => {
    const { c } = large();
    c.send(client.read(1, "h.big"), client.read(2, "h.big"));
    c.send(client.subscribeWith(3, "h.big", 100));
    const counts = { history: 0, publications: 0 };
    for (let page = 0; page < 12; page++) {
      for (const [op] of c.take())
        if (op === down.HISTORY) counts.history++;
        else if (op === down.PUBLICATION) counts.publications++;
      c.see();
    }
    expect(counts.history).toBeGreaterThan(25);
    expect(counts.publications).toBeGreaterThan(25);
  });

  test("Y5 nothing is left over when the client goes in the middle", () => {
    const { hub, c } = large();
    c.send(client.read(1, "h.big"));
    c.disconnect();
    hub.flush();
    expect(hub.isFlushScheduled).toBe(false);
  });
});

describe("Y6", () => {
  test("Y6 READ takes of what SUBSCRIBE may", () => {
    const few = { perSecond: 1, burst: 2, limit: "subscribePerSecond" };
    const plenty = { perSecond: 1e6, burst: 1e6, limit: "x" };
    const hub = keyedHub({
      ...rule("h.**"),
      rates: {
        publish: plenty,
        publishBytes: plenty,
        subscribe: few,
        auth: plenty,
        ping: plenty,
        excess: plenty,
      },
    });
    const c = hub.joinAs(claimsOf({ sub: ["h.**"] }));
    c.send(client.read(1, "h.a"), client.subscribe(2, "h.a"), client.read(3, "h.a"));
    expect(c.take().map((f) => f.slice(0, 2))).toEqual([
      [down.OK, 1],
      [down.OK, 2],
      [down.REFUSED, 3],
    ]);
  });

  test("Y6 at most 100 wait for an answer", () => {
    const { hub, publish } = setting();
    publish("h.big", 100, new Uint8Array(8192));
    const c = hub.join("slow", true);
    for (let id = 1; id <= 102; id++) c.say(client.read(id, "h.big"));
    hub.flush();
    const refused = c.take().filter(([op]) => op === down.REFUSED);
    expect(refused.map((f) => f.slice(1, 3))).toEqual([
      [101, 300],
      [102, 300],
    ]);
  });
});

describe("Y7", () => {
  /** A topic that keeps state alone: y is 1 at 2, gone is deleted, x is 3 at 4, z is 4 at 5. */
  function stateful(values = 0) {
    const hub = new TestHub({
      pingMs: 1e9,
      topics: [{ match: "s.**" as never, history: null, state: true }],
    });
    const publisher = hub.join("publisher");
    const set = (key: string, value: number | Uint8Array, del = false): void =>
      publisher.send(client.publish(0, "s.a", value, { meta: del ? { key, del: true } : { key } }));
    for (const [key, value] of [
      ["x", 0],
      ["y", 1],
      ["gone", 2],
      ["x", 3],
      ["z", 4],
    ] as const)
      set(key, value);
    set("gone", 5, true);
    for (let i = 0; i < values; i++) set(`k${i}`, new Uint8Array(1024));
    return { hub, set, c: hub.join("reader", true) };
  }

  test.each<[string, [number, number] | null, number, boolean, unknown[]]>([
    ["all", null, 1000, false, [2, 4, 5, [epoch, null, 6]]],
    ["a page", null, 2, false, [2, 4, [epoch, 5, 6]]],
    ["the next page", [epoch, 5], 2, false, [5, [epoch, null, 6]]],
    ["backwards", null, 2, true, [5, 4, [epoch, 2, 6]]],
    ["the page before", [epoch, 2], 2, true, [2, [epoch, null, 6]]],
    ["none", null, 0, false, [[epoch, 2, 6]]],
    ["behind the last", [epoch, 6], 2, false, [[epoch, null, 6]]],
  ])("Y7 %s of what has a value", (_name, from, limit, backwards, expected) => {
    expect(read(stateful().c, 3, "s.a", from, limit, backwards)).toEqual(expected);
  });

  test("Y7 what changes while it is read moves to the end, and nothing that stays is left out", () => {
    const { c, set } = stateful(300);
    const got: unknown[] = [];
    c.send(client.read(1, "s.a"));
    set("k299", 9);
    for (let page = 0; page < 20 && !Array.isArray(got.at(-1)); page++) {
      got.push(...told(c.take()));
      c.see();
    }
    expect(got.slice(0, 3)).toEqual([2, 4, 5]);
    expect(got.slice(3, 302)).toEqual(Array.from({ length: 299 }, (_, i) => i + 7));
    expect(got.slice(302)).toEqual([307, [epoch, null, 307]]);
  });

  test("Y7 a topic that keeps a history too is read by that", () => {
    const { hub } = setting({
      pingMs: 1e9,
      topics: [{ match: "h.**" as never, history, state: true }],
    });
    expect(read(hub.join(), 1, "h.a")).toEqual([1, 2, 3, 4, 5, [epoch, null, 5]]);
  });
});
