import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { flowBounds } from "./flow.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";
import type { Settings } from "./settings.ts";

const KIB = 1024;
const history = { count: 10_000, bytes: 1e9, ageMs: 1e9 };
const kept = (match: string): Partial<Settings> => ({
  topics: [{ match: match as never, history }],
});

/** A hub with a listener that says what it sees, one that is never slow, and a publisher. */
function setting(
  pattern: string,
  settings: Partial<Settings> = {},
  options: Record<string, number> | null = null,
) {
  const hub = new TestHub({ pingMs: 1e9, ...settings });
  const slow = hub.join("slow", true);
  const healthy = hub.join("healthy", true);
  const publisher = hub.join("publisher");
  for (const c of [slow, healthy]) {
    c.send(client.subscribeWith(1, pattern, null, options));
    c.take();
  }
  const publish = (topic: string, count: number, size = 8 * KIB): void => {
    for (let i = 0; i < count; i++) {
      publisher.send(client.publish(0, topic, new Uint8Array(size)));
      healthy.see();
    }
  };
  return { hub, slow, healthy, publisher, publish };
}

/** What came, in short: an offset, or a gap. */
const told = (frames: readonly WireFrame[]): unknown[] =>
  frames.flatMap((f): unknown[] => {
    switch (f[0]) {
      case down.PUBLICATION:
        return [f[2]];
      case down.PATTERN_PUBLICATION:
        return [`${f[2] as string} ${f[4] as number}`];
      case down.GAP:
        return [{ topic: f[2], next: f[4], missed: f[5], reason: f[6] }];
      default:
        return [];
    }
  });

/** Takes and sees until nothing more comes. */
function drain(c: TestClient, hub: TestHub): unknown[] {
  const all: unknown[] = [];
  for (;;) {
    c.see();
    hub.flush();
    const frames = told(c.take());
    if (frames.length === 0) return all;
    all.push(...frames);
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("G1", () => {
  test("G1 a client that says what it sees is behind when more than its window is in flight, whatever the socket says", () => {
    const { hub, slow, publish } = setting("a");
    publish("a", 31);
    expect(slow.session).toMatchObject({ flow: { isBehind: false, inFlight: slow.receivedBytes } });
    expect(hub.broker.counts.closed).toEqual({});
    publish("a", 2);
    expect(slow.session).toMatchObject({ flow: { isBehind: true } });
  });

  test("G1 a client that does not say what it sees is behind when its socket holds more than 256 KiB", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribe(1, "a"));
    const publisher = hub.join();
    for (let i = 0; i < 100; i++) publisher.send(client.publish(0, "a", new Uint8Array(8 * KIB)));
    expect(c.session).toMatchObject({ flow: { isBehind: false } });
    c.unsentBytes = 256 * KIB;
    publisher.send(client.publish(0, "a"));
    expect(c.session).toMatchObject({ flow: { isBehind: false } });
    c.unsentBytes = 256 * KIB + 1;
    publisher.send(client.publish(0, "a"));
    expect(c.session).toMatchObject({ flow: { isBehind: true } });
  });
});

describe("G2", () => {
  test("G2 more than 16 KiB are too much when their oldest byte was sent more than 4 s ago", () => {
    const { hub, slow, publish } = setting("a");
    publish("a", 4); // 32 KiB
    hub.advance(3900);
    publish("a", 1);
    expect(slow.session).toMatchObject({ flow: { isBehind: false } });
    hub.advance(200);
    publish("a", 1);
    expect(slow.session).toMatchObject({ flow: { isBehind: true } });
  });

  test("G2 the last few bytes, of which a client says nothing until it is asked, do not make it late", () => {
    const { hub, slow, publish } = setting("a");
    publish("a", 3);
    slow.send(client.seen(slow.receivedBytes - 8 * KIB + 1));
    hub.advance(10_000);
    publish("a", 2);
    expect(slow.session).toMatchObject({ flow: { isBehind: false } });
  });
});

describe("G3", () => {
  test("G3 a client that sees a whole window within 500 ms is given twice as large a one, up to 4 MiB", () => {
    const { hub, slow, publish } = setting("a");
    const windows: number[] = [];
    for (let i = 0; i < 2000; i++) {
      publish("a", 8);
      hub.advance(5);
      slow.see();
      const flow = slow.session?.phase === "live" ? slow.session.flow : undefined;
      if (windows.at(-1) !== flow!.window) windows.push(flow!.window);
    }
    expect(windows.map((bytes) => bytes / KIB)).toEqual([256, 512, 1024, 2048, 4096]);
  });

  test("G3 after 10 s of less it is small again", () => {
    const { hub, slow, publish } = setting("a");
    for (let i = 0; i < 20; i++) {
      publish("a", 4);
      hub.advance(10);
      slow.see();
    }
    expect(slow.session).toMatchObject({ flow: { window: 512 * KIB } });
    hub.advance(10_001);
    publish("a", 4);
    expect(slow.session).toMatchObject({ flow: { window: 256 * KIB } });
  });

  test("G3 a client that takes 2 MB/s at a round trip of 100 ms is never behind", () => {
    const { hub, slow, publish } = setting("a");
    const onTheWay: { at: number; bytes: number }[] = [];
    let reported = 0;
    for (let ms = 0; ms < 5000; ms += 5) {
      publish("a", 1, 10_000); // 2 MB/s
      hub.advance(5);
      // a client reports each 32 KiB; what it is sent now, the hub hears of 100 ms later
      if (slow.receivedBytes - reported >= 32 * KIB) {
        reported = slow.receivedBytes;
        onTheWay.push({ at: ms + 100, bytes: reported });
      }
      while (onTheWay.length > 0 && onTheWay[0]!.at <= ms)
        slow.send(client.seen(onTheWay.shift()!.bytes));
      expect(slow.session).toMatchObject({ flow: { isBehind: false } });
    }
  });
});

describe("G4", () => {
  test("G4 a session that is behind is sent no publications, whatever is published, and its replies still come", () => {
    const { hub, slow, publish } = setting("a");
    publish("a", 40);
    const sent = slow.receivedBytes;
    publish("a", 500);
    expect(slow.receivedBytes).toBe(sent);
    expect(slow.session).toMatchObject({
      out: null,
      outMore: null,
      lagging: [{ cursor: slow.take().length }],
    });
    slow.send(client.ping(7));
    expect(slow.take()).toEqual([[down.PONG, 7]]);
    expect(hub.broker.counts.closed).toEqual({});
  });

  test("G4 what it subscribes to while it is behind it gets when it has room", () => {
    const { hub, slow, publish } = setting("a", kept("b"));
    publish("a", 40);
    slow.take();
    slow.send(client.subscribe(2, "b"));
    publish("b", 3, 10);
    expect(told(slow.take())).toEqual([]);
    expect(drain(slow, hub)).toEqual(expect.arrayContaining([1, 2, 3]));
  });
});

describe("G5", () => {
  test("G5 it catches up when less than a quarter of its window is in flight, in pages of at most 64 KiB", () => {
    const { hub, slow, publish } = setting("a", kept("a"));
    publish("a", 100);
    const all = slow.receivedBytes;
    slow.take();
    slow.send(client.seen(all - 64 * KIB));
    expect(told(slow.take())).toEqual([]);
    slow.send(client.seen(all - 64 * KIB + 1));
    const page = slow.writes.flat();
    expect(page).toHaveLength(1);
    expect(page[0]!.length).toBeGreaterThan(55 * KIB);
    expect(page[0]!.length).toBeLessThanOrEqual(64 * KIB);
    expect(hub.isFlushScheduled).toBe(false);
  });

  test("G5 a very slow client gets small pages", () => {
    const { hub, slow, publish } = setting("a", kept("a"));
    publish("a", 200, KIB);
    publish("a", 200, KIB);
    slow.take();
    let seen = 0;
    const pages: number[] = [];
    while (seen < slow.receivedBytes) {
      hub.advance(1000);
      seen = Math.min(seen + 10 * KIB, slow.receivedBytes);
      slow.send(client.seen(seen));
      pages.push(...slow.writes.flat().map((message) => message.length));
      slow.take();
    }
    expect(pages.length).toBeGreaterThan(5);
    expect(Math.max(...pages.slice(1))).toBeLessThanOrEqual(9.5 * KIB);
  });

  test("G5 a session's cursors take turns, and so do sessions", () => {
    const { hub, slow, publish } = setting("a", { topics: [{ match: "**" as never, history }] });
    slow.send(client.subscribe(2, "b"));
    publish("a", 40);
    publish("b", 40);
    publish("a", 40);
    slow.take();
    const first = drain(slow, hub);
    expect(first).toHaveLength(40 + 80 - 32);
  });
});

describe("G6", () => {
  test("G6 with lag 0 all that was missed comes from the log, in order and without a gap", () => {
    const { hub, slow, publish } = setting("a", kept("a"));
    publish("a", 300);
    const before = told(slow.take());
    expect([...before, ...drain(slow, hub)]).toEqual(range(1, 300));
    publish("a", 1);
    expect(told(slow.take())).toEqual([301]);
  });

  test("G6 what the log no longer holds is one gap with its exact bounds, then comes the rest", () => {
    const { hub, slow, publish } = setting("a", {
      topics: [{ match: "a" as never, history: { ...history, count: 50 } }],
    });
    publish("a", 300);
    const before = told(slow.take());
    expect(drain(slow, hub)).toEqual([
      { topic: null, next: 251, missed: 250 - before.length, reason: 2 },
      ...range(251, 300),
    ]);
  });

  test("G6 without a log all of it is one gap, and then it is live", () => {
    const { hub, slow, publish } = setting("a");
    publish("a", 100);
    const before = told(slow.take());
    expect(drain(slow, hub)).toEqual([
      { topic: null, next: 101, missed: 100 - before.length, reason: 2 },
    ]);
    publish("a", 2);
    expect(told(slow.take())).toEqual([101, 102]);
  });

  test("G6 publications that come while it catches up follow without hole or double", () => {
    const { hub, slow, publish } = setting("a", kept("a"));
    publish("a", 100);
    const all = told(slow.take());
    for (let i = 0; i < 50; i++) {
      publish("a", 3);
      slow.see();
      all.push(...told(slow.take()));
    }
    all.push(...drain(slow, hub));
    expect(all).toEqual(range(1, 250));
  });
});

describe("G7", () => {
  test("G7 with lag 1 only the latest comes, which is no gap", () => {
    const { hub, slow, publish } = setting("a", {}, { lag: 1 });
    publish("a", 100);
    slow.take();
    expect(drain(slow, hub)).toEqual([100]);
    publish("a", 1);
    expect(told(slow.take())).toEqual([101]);
  });

  test("G7 a latest that could not be kept is told as a gap", () => {
    const { hub, slow, publish } = setting("a", { keptBytesMax: 10 }, { lag: 1 });
    publish("a", 100);
    const before = told(slow.take()).length;
    expect(drain(slow, hub)).toEqual([{ topic: null, next: 101, missed: 100 - before, reason: 2 }]);
  });
});

describe("G8", () => {
  test("G8 with lag 3 a slow session is closed as lagging", () => {
    const { hub, slow, publish } = setting("a", {}, { lag: 3 });
    publish("a", 31);
    expect(slow.closedWith).toBeUndefined();
    publish("a", 2);
    expect(slow.closedWith).toMatchObject({ code: 4002 });
    expect(hub.broker.counts.closed).toEqual({ lagging: 1 });
  });
});

describe("G10", () => {
  test("G10 a pattern catches up from the logs of its topics, merged in the order of shows", () => {
    const { hub, slow, publish } = setting("x.*", kept("x.**"));
    publish("x.a", 40);
    const before = told(slow.take());
    const expected: string[] = [];
    const offsets = { a: 40, b: 0, c: 0 };
    for (let i = 0; i < 60; i++) {
      const name = (["a", "b", "b", "c"] as const)[i % 4]!;
      publish(`x.${name}`, 1, 3 * KIB);
      offsets[name]++;
      expected.push(`x.${name} ${offsets[name]}`);
    }
    const missed = range(before.length + 1, 40).map((offset) => `x.a ${offset}`);
    expect(drain(slow, hub)).toEqual([...missed, ...expected]);
    publish("x.b", 1, 10);
    expect(told(slow.take())).toEqual(["x.b 31"]);
  });

  test("G10 topics without a log get a gap each, with the offset that comes next, at the place of their last lost publication", () => {
    const { hub, slow, publish } = setting("**", kept("h.**"));
    publish("h.1", 40);
    slow.take();
    publish("e.1", 3, 10);
    publish("h.1", 1, 10);
    publish("e.2", 2, 10);
    publish("e.1", 1, 10);
    publish("h.1", 1, 10);
    expect(drain(slow, hub).slice(-5)).toEqual([
      "h.1 40",
      "h.1 41",
      { topic: "e.2", next: 3, missed: null, reason: 2 },
      { topic: "e.1", next: 5, missed: null, reason: 2 },
      "h.1 42",
    ]);
  });

  test("G10 above 256 topics one gap without a topic stands for all of them", () => {
    const { hub, slow, publish } = setting("**");
    publish("a", 40);
    slow.take();
    for (let i = 0; i < 255; i++) publish(`t${i}`, 1, 1);
    expect(drain(slow, hub)).toHaveLength(256);
    publish("a", 80); // by now it has shown that it is fast
    slow.take();
    for (let i = 0; i < 256; i++) publish(`t${i}`, 1, 1);
    expect(drain(slow, hub)).toEqual([{ topic: null, next: null, missed: null, reason: 2 }]);
    publish("t7", 1, 1);
    expect(told(slow.take())).toEqual(["t7 3"]);
  });
});

describe("G11", () => {
  test("G11 with lag 1 a pattern gets the latest of each topic that changed, in the order of their last show", () => {
    const { hub, slow, publish } = setting("*", {}, { lag: 1 });
    publish("a", 40);
    slow.take();
    for (const topic of ["b", "c", "b", "a", "d", "c"]) publish(topic, 1, 10);
    expect(drain(slow, hub)).toEqual(["b 2", "a 41", "d 1", "c 2"]);
  });
});

describe("G12", () => {
  test("G12 when all sockets together hold too much, those furthest behind are closed", () => {
    const hub = new TestHub({ nodeUnsentBytesMax: 1_000_000 });
    const clients = [400_000, 500_000, 300_000].map((unsent) => {
      const c = hub.join();
      c.send(client.subscribe(1, "a"));
      c.unsentBytes = unsent;
      return c;
    });
    hub.join().send(client.publish(0, "a"));
    expect(clients.map((c) => c.closedWith?.code)).toEqual([undefined, 4002, undefined]);
    for (const c of clients) hub.broker.drained(c);
    expect(hub.broker.counts.closed).toEqual({ lagging: 1 });
  });

  test("G12 one large write alone closes nobody", () => {
    const hub = new TestHub({ unsentBytesMax: 100_000 });
    const c = hub.join();
    c.send(client.subscribe(1, "a"));
    c.unsentBytes = 500_000;
    hub.join().send(client.publish(0, "a"));
    expect(c.closedWith).toBeUndefined();
    c.unsentBytes = 0;
    hub.broker.drained(c);
    hub.join().send(client.publish(0, "a"));
    expect(c.closedWith).toBeUndefined();
    expect(flowBounds.windowBytesMin).toBe(262_144);
  });
});
