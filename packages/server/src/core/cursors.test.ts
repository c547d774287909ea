import { down, type From } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { type TestClient, TestHub } from "./hub.testkit.ts";
import { decodeMark, encodeMark } from "./mark.ts";
import type { Settings } from "./settings.ts";

const history = { count: 1000, bytes: 1e9, ageMs: 1e9 };
const kept: Partial<Settings> = { pingMs: 1e9, topics: [{ match: "h.**" as never, history }] };

/** A hub with a topic that keeps five publications, h.a, and one that keeps none, e.a. */
function setting(settings: Partial<Settings> = {}) {
  const hub = new TestHub({ ...kept, ...settings });
  const publisher = hub.join("publisher");
  const publish = (...topics: string[]): void => {
    for (const topic of topics) publisher.send(client.publish(0, topic, 7));
  };
  publish("h.a", "h.a", "e.a", "h.a", "e.a", "h.a", "h.a");
  return { hub, publisher, publish };
}

/** Subscribes, and tells what came: the outcome, then offsets, gaps and CAUGHT_UP in short. */
function subscribe(
  c: TestClient,
  pattern: string,
  from: From,
  options: Record<string, number> | null = null,
): { outcome: WireFrame; frames: unknown[] } {
  c.send(client.subscribeWith(1, pattern, from, options));
  const [grant, ...rest] = c.take();
  return { outcome: (grant![2] as WireFrame[])[0]!, frames: told(rest) };
}

const told = (frames: readonly WireFrame[]): unknown[] =>
  frames.flatMap((f): unknown[] => {
    switch (f[0]) {
      case down.PUBLICATION:
        return [f[2]];
      case down.PATTERN_PUBLICATION:
        return [`${f[2] as string} ${f[4] as number}`];
      case down.GAP:
        return [{ topic: f[2], next: f[4], missed: f[5], reason: f[6] }];
      case down.CAUGHT_UP:
        return [f[4] === null ? `caught up at ${f[3] as number}` : "caught up"];
      default:
        return [];
    }
  });

describe("K1", () => {
  const epoch = 5000;

  test.each<[string, string, From, number, unknown[]]>([
    ["the last 3", "h.a", 3, 1, [3, 4, 5, "caught up at 5"]],
    ["more than there are", "h.a", 50, 1, [1, 2, 3, 4, 5, "caught up at 5"]],
    ["all that is kept", "h.a", { epoch: 0, offset: 0 }, 1, [1, 2, 3, 4, 5, "caught up at 5"]],
    ["all after a position", "h.a", { epoch, offset: 3 }, 1, [4, 5, "caught up at 5"]],
    ["all after the first", "h.a", { epoch, offset: 0 }, 1, [1, 2, 3, 4, 5, "caught up at 5"]],
    ["all after the last", "h.a", { epoch, offset: 5 }, 0, []],
    ["from now", "h.a", null, 0, []],
    ["from now without state", "h.a", 0, 0, []],
    ["the last 3 of what keeps nothing", "e.a", 3, 0, []],
    ["all of what keeps nothing", "e.a", { epoch: 0, offset: 0 }, 0, []],
    ["all of a topic that is new", "h.new", { epoch: 0, offset: 0 }, 0, []],
  ])("K1 %s", (_name, topic, from, replay, frames) => {
    const { hub, publish } = setting();
    const c = hub.join();
    const got = subscribe(c, topic, from);
    expect(got.outcome.at(-1)).toBe(replay);
    expect(got.frames).toEqual(frames);
    const head = got.outcome[3] as number;
    publish(topic);
    expect(told(c.take())).toEqual([head + 1]);
  });
});

describe("K2", () => {
  test("K2 a position that the log no longer reaches: one gap with its bounds, then the rest", () => {
    const { hub } = setting({
      topics: [{ match: "h.**" as never, history: { ...history, count: 2 } }],
    });
    const { outcome, frames } = subscribe(hub.join(), "h.a", { epoch: 5000, offset: 1 });
    expect(outcome.at(-1)).toBe(2);
    expect(frames).toEqual([
      { topic: null, next: 4, missed: 2, reason: 1 },
      4,
      5,
      "caught up at 5",
    ]);
  });

  test("K2 a position of a topic that keeps nothing", () => {
    const { hub } = setting();
    const { outcome, frames } = subscribe(hub.join(), "e.a", { epoch: 5001, offset: 1 });
    expect(outcome.at(-1)).toBe(2);
    expect(frames).toEqual([{ topic: null, next: 3, missed: 1, reason: 1 }, "caught up at 2"]);
  });

  test("K2 another epoch: one gap, then all that is kept of this one", () => {
    const { hub } = setting();
    const { outcome, frames } = subscribe(hub.join(), "h.a", { epoch: 4999, offset: 3 });
    expect(outcome.at(-1)).toBe(2);
    expect(frames).toEqual([
      { topic: null, next: 1, missed: null, reason: 3 },
      1,
      2,
      3,
      4,
      5,
      "caught up at 5",
    ]);
  });

  test("K2 an offset ahead of the log: a gap, and never a new epoch", () => {
    const { hub } = setting();
    const c = hub.join();
    const { outcome, frames } = subscribe(c, "h.a", { epoch: 5000, offset: 99 });
    expect(outcome.slice(2)).toEqual([5000, 5, null, 2]);
    expect(frames).toEqual([{ topic: null, next: 6, missed: 0, reason: 4 }, "caught up at 5"]);
  });
});

describe("K3", () => {
  test("K3 with lag 1 a position is served by the latest alone, the last n are served whole", () => {
    const { hub, publish } = setting();
    const [a, b] = [hub.join(), hub.join()];
    expect(subscribe(a, "h.a", { epoch: 5000, offset: 1 }, { lag: 1 }).frames).toEqual([
      5,
      "caught up at 5",
    ]);
    expect(subscribe(b, "h.a", 3, { lag: 1 }).frames).toEqual([3, 4, 5, "caught up at 5"]);
    publish("h.a");
    expect([told(a.take()), told(b.take())]).toEqual([[6], [6]]);
  });
});

describe("K4", () => {
  test("K4 a second SUBSCRIBE replaces the options, keeps the cursor, and loses and doubles nothing", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    subscribe(c, "h.a", null);
    publish("h.a");
    expect(told(c.take())).toEqual([6]);
    const changed = subscribe(c, "h.a", null, { lag: 1, intervalMs: 500 });
    expect(changed).toEqual({ outcome: [0, expect.any(Number), 5000, 6, null, 0], frames: [] });
    publish("h.a", "h.a");
    expect(told(c.take())).toEqual([]);
    hub.advance(600);
    expect(told(c.take())).toEqual([8]);
    subscribe(c, "h.a", null);
    publish("h.a", "h.a");
    expect(told(c.take())).toEqual([9, 10]);
    expect(hub.broker.counts.subscriptions).toBe(1);
  });

  test("K4 a second SUBSCRIBE from a position moves the cursor", () => {
    const { hub } = setting();
    const c = hub.join();
    subscribe(c, "h.a", null);
    expect(subscribe(c, "h.a", { epoch: 5000, offset: 3 }).frames).toEqual([
      4,
      5,
      "caught up at 5",
    ]);
  });
});

describe("V1", () => {
  test("V1 at most one delivery a tick: the latest", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    subscribe(c, "e.a", null, { lag: 1, intervalMs: 100 });
    publish("e.a", "e.a", "e.a");
    expect(told(c.take())).toEqual([]);
    hub.advance(110);
    expect(told(c.take())).toEqual([5]);
    hub.advance(1000);
    expect(told(c.take())).toEqual([]);
    publish("e.a");
    hub.advance(110);
    expect(told(c.take())).toEqual([6]);
  });

  test("V1 an interval is rounded up to one of a few", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    subscribe(c, "e.a", null, { lag: 1, intervalMs: 101 });
    hub.advance(1000 - (hub.clock.now % 1000));
    publish("e.a");
    hub.advance(190);
    expect(told(c.take())).toEqual([]);
    hub.advance(20);
    expect(told(c.take())).toEqual([3]);
  });

  test("V1 a pattern gets the latest of each topic that changed", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    subscribe(c, "**", null, { lag: 1, intervalMs: 50 });
    publish("x", "h.a", "y", "x");
    hub.advance(60);
    expect(told(c.take())).toEqual(["h.a 6", "y 1", "x 2"]);
  });
});

describe("V2", () => {
  test("V2 all of the same stream and interval are given the same bytes", () => {
    const { hub, publish } = setting();
    const all = Array.from({ length: 4 }, () => hub.join());
    for (const c of all) subscribe(c, "e.a", null, { lag: 1, intervalMs: 100 });
    for (let tick = 0; tick < 3; tick++) {
      publish("e.a");
      hub.advance(110);
    }
    expect(new Set(all.map((c) => c.buffers[0])).size).toBe(1);
    expect(all.map((c) => told(c.take()))).toEqual([
      [3, 4, 5],
      [3, 4, 5],
      [3, 4, 5],
      [3, 4, 5],
    ]);
  });

  test("V2 who joins is not given what was published before", () => {
    const { hub, publish } = setting();
    const [early, late] = [hub.join(), hub.join()];
    subscribe(early, "e.a", null, { lag: 1, intervalMs: 100 });
    publish("e.a");
    subscribe(late, "e.a", null, { lag: 1, intervalMs: 100 });
    hub.advance(110);
    expect([told(early.take()), told(late.take())]).toEqual([[3], []]);
    publish("e.a");
    hub.advance(110);
    expect([told(early.take()), told(late.take())]).toEqual([[4], [4]]);
  });

  test("V2 a slow one leaves its cohort and comes back to it", () => {
    const { hub, publish } = setting();
    const c = hub.join("slow", true);
    subscribe(c, "e.a", null, { lag: 1, intervalMs: 16 });
    subscribe(c, "big", null);
    const publisher = hub.join();
    for (let i = 0; i < 40; i++) publisher.send(client.publish(0, "big", new Uint8Array(8192)));
    c.take();
    publish("e.a");
    hub.advance(50);
    expect(told(c.take())).toEqual([]);
    c.see();
    hub.advance(20);
    expect(told(c.take())).toEqual(expect.arrayContaining([3]));
    publish("e.a");
    hub.advance(20);
    expect(told(c.take())).toEqual([4]);
  });
});

describe("M1", () => {
  const markOf = (frame: WireFrame): number => decodeMark(frame[2] as Uint8Array)!.show;

  test("M1 a pattern's grant carries a mark, and a busy pattern gets one a second", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    const { outcome } = subscribe(c, "**", null);
    expect(decodeMark(outcome[4] as Uint8Array)).toEqual({ era: 0, run: 7, show: 7, lsn: 0 });
    const marks: number[] = [];
    for (let i = 0; i < 50; i++) {
      publish("h.a");
      hub.advance(100);
      marks.push(...c.takeOnly(down.MARK).map(markOf));
    }
    expect(marks.length).toBeGreaterThanOrEqual(4);
    expect(marks.length).toBeLessThanOrEqual(6);
    expect(marks.toSorted((a, b) => a - b)).toEqual(marks);
  });

  test("M1 and one each 256 KiB", () => {
    const { hub } = setting();
    const [c, publisher] = [hub.join(), hub.join()];
    subscribe(c, "**", null);
    for (let i = 0; i < 70; i++) publisher.send(client.publish(0, "big", new Uint8Array(8192)));
    expect(c.takeOnly(down.MARK)).toHaveLength(2);
  });

  test("M1 a quiet one gets one each time that a client would be pinged", () => {
    const { hub, publish } = setting({ pingMs: 10_000, pingTimeoutMs: 1e9 });
    const c = hub.join();
    subscribe(c, "x.*", null);
    for (let i = 0; i < 45; i++) {
      publish("other");
      hub.advance(1000);
    }
    const marks = c.takeOnly(down.MARK).map(markOf);
    expect(marks.length).toBeGreaterThanOrEqual(3);
    expect(marks.length).toBeLessThanOrEqual(5);
    expect(marks.at(-1)).toBeGreaterThan(30);
  });
});

describe("M2", () => {
  const mark = (show: number, run = 7): Uint8Array => encodeMark({ era: 0, run, show, lsn: 0 });

  test("M2 a mark goes on where everything before it has been sent", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    const { outcome, frames } = subscribe(c, "h.*", { mark: mark(3), topics: [] });
    expect(outcome.slice(2)).toEqual([null, null, null, 1]);
    expect(frames).toEqual(["h.a 3", "h.a 4", "h.a 5", "caught up"]);
    publish("h.b");
    expect(told(c.take())).toEqual(["h.b 1"]);
  });

  test("M2 what came after the mark stands beside it, and is not sent again", () => {
    const { hub } = setting();
    const topics = [
      { topic: "h.a", epoch: 5000, offset: 4 },
      { topic: "h.never", epoch: 5, offset: 9 },
    ];
    const { frames } = subscribe(hub.join(), "h.*", { mark: mark(1), topics });
    expect(frames).toEqual(["h.a 5", "caught up"]);
  });

  test("M2 topics that keep nothing are told as gaps", () => {
    const { hub } = setting();
    const { frames } = subscribe(hub.join(), "**", { mark: mark(4), topics: [] });
    expect(frames).toEqual([
      { topic: "e.a", next: 3, missed: null, reason: 1 },
      "h.a 4",
      "h.a 5",
      "caught up",
    ]);
  });

  test("M2 the newest mark needs no replay", () => {
    const { hub } = setting();
    const { outcome, frames } = subscribe(hub.join(), "**", { mark: mark(7), topics: [] });
    expect([outcome.at(-1), frames]).toEqual([0, []]);
  });

  test("M2 a mark of another run: a gap without a topic", () => {
    const { hub, publish } = setting();
    const c = hub.join();
    const { outcome, frames } = subscribe(c, "h.*", { mark: mark(3, 8), topics: [] });
    expect(outcome.at(-1)).toBe(2);
    expect(frames).toEqual([{ topic: null, next: null, missed: null, reason: 6 }, "caught up"]);
    publish("h.a");
    expect(told(c.take())).toEqual(["h.a 6"]);
  });

  test("M2 a mark that was tampered with, or of what was not shown yet, is refused", () => {
    const { hub } = setting();
    for (let i = 0; i < 27; i++) {
      const bad = mark(3);
      bad[i]! ^= 1;
      expect(subscribe(hub.join(), "h.*", { mark: bad, topics: [] }).outcome[0], `byte ${i}`).toBe(
        105,
      );
    }
    expect(subscribe(hub.join(), "h.*", { mark: mark(8), topics: [] }).outcome[0]).toBe(105);
    expect(
      subscribe(hub.join(), "h.*", { mark: mark(3).slice(0, 20), topics: [] }).outcome[0],
    ).toBe(105);
  });

  test("M2 of 1,024 topics beside a mark all are read, one more is refused", () => {
    const { hub } = setting();
    const topics = Array.from({ length: 1025 }, (_, i) => ({
      topic: `h.${i}`,
      epoch: 1,
      offset: 1,
    }));
    expect(
      subscribe(hub.join(), "h.*", { mark: mark(7), topics: topics.slice(1) }).outcome[0],
    ).toBe(0);
    expect(subscribe(hub.join(), "h.*", { mark: mark(7), topics }).outcome[0]).toBe(105);
  });

  test("M2 marks of any show number come back as they were", () => {
    for (const show of [0, 1, 255, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER])
      expect(decodeMark(encodeMark({ era: 1, run: 2 ** 32 - 1, show, lsn: show }))).toEqual({
        era: 1,
        run: 2 ** 32 - 1,
        show,
        lsn: show,
      });
  });

  test("M2 a long catch-up gives a mark behind each page", () => {
    const hub = new TestHub(kept);
    const [c, publisher] = [hub.join("slow", true), hub.join()];
    for (let i = 0; i < 40; i++)
      publisher.send(client.publish(0, `h.${i % 3}`, new Uint8Array(8192)));
    c.send(client.subscribeWith(1, "h.*", { mark: mark(0), topics: [] }));
    const [, ...frames] = c.take();
    const at = frames.findIndex(([op]) => op === down.MARK);
    const before = frames.slice(0, at).filter(([op]) => op === down.PATTERN_PUBLICATION).length;
    expect(decodeMark(frames[at]![2] as Uint8Array)!.show).toBe(before);
    const again = hub.join("again", true);
    again.send(client.subscribeWith(1, "h.*", { mark: frames[at]![2] as Uint8Array, topics: [] }));
    const first = again.take().find(([op]) => op === down.PATTERN_PUBLICATION)!;
    expect([first[2], first[4]]).toEqual([`h.${before % 3}`, Math.floor(before / 3) + 1]);
  });
});

describe("H1", () => {
  test("H1 the first rule that matches a topic holds, and without one nothing is kept", () => {
    const hub = new TestHub({
      topics: [
        { match: "h.none" as never, history: null },
        { match: "h.*" as never, history: { ...history, count: 2 } },
        { match: "**" as never, history: { ...history, count: 5 } },
      ],
    });
    const publisher = hub.join();
    for (const topic of ["h.none", "h.x", "other"])
      for (let i = 0; i < 10; i++) publisher.send(client.publish(0, topic));
    const lengths = ["h.none", "h.x", "other"].map(
      (topic) => subscribe(hub.join(), topic, { epoch: 0, offset: 0 }).frames.length,
    );
    expect(lengths).toEqual([0, 3, 6]);
  });
});

describe("H3", () => {
  test("H3 when histories take more than keptBytesMax, what would be kept is refused, and what is not kept goes on", () => {
    const { hub, publisher } = setting({ keptBytesMax: 3000 });
    publisher.send(
      client.publish(1, "h.b", new Uint8Array(2000)),
      client.publish(2, "h.b", new Uint8Array(2000)),
      client.publish(3, "e.b", new Uint8Array(2000)),
    );
    expect(publisher.take().map((f) => [f[0], f[1], f[0] === down.REFUSED ? f[2] : 0])).toEqual([
      [down.OK, 1, 0],
      [down.REFUSED, 2, 305],
      [down.OK, 3, 0],
    ]);
    expect(subscribe(hub.join(), "h.b", { epoch: 0, offset: 0 }).frames).toEqual([
      1,
      "caught up at 1",
    ]);
  });

  test("H3 there is room again when histories grow old", () => {
    const hub = new TestHub({
      pingMs: 1e9,
      keptBytesMax: 3000,
      topics: [{ match: "h.**" as never, history: { ...history, ageMs: 5000 } }],
    });
    const publisher = hub.join();
    publisher.send(client.publish(1, "h.b", new Uint8Array(2500)));
    hub.advance(5500);
    publisher.send(client.publish(2, "h.b", new Uint8Array(2500)));
    expect(publisher.take().map(([op]) => op)).toEqual([down.OK, down.OK]);
  });
});

describe("X1", () => {
  const MINUTES = 60_000;

  test("X1 a topic that holds nothing is forgotten 10 to 20 min after its last use, and comes back with another epoch", () => {
    const hub = new TestHub({ pingMs: 1e9 });
    const publisher = hub.join();
    publisher.send(client.publish(1, "a"));
    hub.advance(9 * MINUTES);
    publisher.send(client.publish(2, "a"));
    hub.advance(9.9 * MINUTES);
    expect(hub.broker.topics).toBe(1);
    hub.advance(10.2 * MINUTES);
    expect(hub.broker.topics).toBe(0);
    publisher.send(client.publish(3, "a"));
    expect(publisher.takeOnly(down.OK).map((f) => f.slice(3, 5))).toEqual([
      [5000, 1],
      [5000, 2],
      [5001, 1],
    ]);
  });

  test("X1 one that somebody follows by name, or that keeps something, is not", () => {
    const hub = new TestHub(kept);
    const [c, publisher] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "followed", "**"));
    publisher.send(client.publish(0, "h.kept"), client.publish(0, "only.by.pattern"));
    hub.advance(30 * MINUTES);
    expect(hub.broker.topics).toBe(2);
    c.send(client.unsubscribe(2, "followed"));
    hub.advance(11 * MINUTES);
    expect(hub.broker.topics).toBe(1);
  });

  test("X1 a topic that comes back under a live pattern begins at offset 1 and is no gap", () => {
    const hub = new TestHub({ pingMs: 1e9 });
    const [c, publisher] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "*"));
    publisher.send(client.publish(0, "a"), client.publish(0, "a"));
    hub.advance(21 * MINUTES);
    publisher.send(client.publish(0, "a"));
    expect(told(c.take())).toEqual(["a 1", "a 2", "a 1"]);
  });

  test("X1 a mark from before something was forgotten gets one gap without a topic, and then the rest", () => {
    const { hub, publish } = setting();
    hub.advance(21 * MINUTES);
    publish("h.a");
    const mark = encodeMark({ era: 0, run: 7, show: 4, lsn: 0 });
    const { frames } = subscribe(hub.join(), "**", { mark, topics: [] });
    expect(frames).toEqual([
      { topic: null, next: null, missed: null, reason: 1 },
      "h.a 4",
      "h.a 5",
      "h.a 6",
      "caught up",
    ]);
  });
});
