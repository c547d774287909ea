import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { flowBounds } from "./flow.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";
import { encodeMark } from "./mark.ts";
import type { Settings } from "./settings.ts";

const history = { count: 1000, bytes: 1e9, ageMs: 1e9 };

/** Pages of a few publications, and a topic that keeps three. */
const small: Partial<Settings> = {
  pingMs: 1e9,
  flow: { ...flowBounds, windowBytesMin: 600, pageBytes: 300, smallPageBytes: 300 },
  topics: [
    { match: "h.**" as never, history },
    { match: "t.**" as never, history: { ...history, count: 3 } },
  ],
};

const mark = (show: number): Uint8Array => encodeMark({ era: 0, run: 7, show, lsn: 0 });

const told = (frames: readonly WireFrame[]): unknown[] =>
  frames.flatMap((f): unknown[] => {
    if (f[0] === down.PATTERN_PUBLICATION) return [`${f[2] as string} ${f[4] as number}`];
    if (f[0] === down.GAP) return [`gap of ${f[2] as string} before ${f[4] as number}`];
    return f[0] === down.CAUGHT_UP ? ["caught up"] : [];
  });

describe("M2", () => {
  const bytes = new Uint8Array(100);

  function slowly(): { hub: TestHub; c: TestClient; publish: (...topics: string[]) => void } {
    const hub = new TestHub(small);
    const [c, p] = [hub.join("c", true), hub.join()];
    const publish = (...topics: string[]): void => {
      for (const topic of topics) p.send(client.publish(0, topic, bytes));
    };
    return { hub, c, publish };
  }

  /** All that comes of a pattern, a page after the other. */
  function readAll(c: TestClient): unknown[] {
    const all: unknown[] = [];
    for (let page = c.take(); page.length > 0; page = c.take()) {
      all.push(...told(page));
      c.see();
    }
    return all;
  }

  test("M2 a page that tells nothing of a pattern tells no mark, which would stand for less than the client has had", () => {
    const { hub, c, publish } = slowly();
    c.send(client.subscribe(1, "**"));
    const from = (c.take()[0]![2] as unknown[][])[0]![4] as Uint8Array;
    publish("h.a", "h.a", "h.a", "h.a", "h.b");
    c.disconnect();
    const d = hub.join("d", true);
    const topics = [{ topic: "h.a", epoch: 5000, offset: 1 }];
    d.send(
      client.subscribeWith(1, "h.a", { epoch: 0, offset: 0 }),
      client.subscribeWith(2, "**", { mark: from, topics }),
    );
    const first = d.take();
    expect(first.filter(([op]) => op === down.PATTERN_PUBLICATION)).toEqual([]);
    expect(first.filter(([op]) => op === down.MARK)).toEqual([]);
  });

  test("M2 what came after the mark is behind the client when it has caught up once, however much follows", () => {
    const { hub, c, publish } = slowly();
    publish("t.a", "t.a", "t.a", "h.a", "h.a", "h.a", "h.a");
    const topics = [{ topic: "t.a", epoch: 5000, offset: 1 }];
    c.send(client.subscribeWith(1, "**", { mark: mark(0), topics }));
    const first = told(c.take());
    c.see();
    first.push(...told(c.take()));
    expect(first).toEqual(["t.a 2", "t.a 3"]);
    publish("t.a", "t.a");
    c.see();
    expect(readAll(c)).toEqual([
      ...[1, 2, 3, 4].map((offset) => `h.a ${offset}`),
      "t.a 4",
      "t.a 5",
      "caught up",
    ]);
    expect(hub.broker.topics).toBe(2);
  });
});

describe("G10", () => {
  test("G10 what is let go while a catch-up waits for room is told by the same gap", () => {
    const hub = new TestHub(small);
    const [c, p] = [hub.join("c", true), hub.join()];
    const publish = (topic: string, count: number): void => {
      for (let i = 0; i < count; i++) p.send(client.publish(0, topic, new Uint8Array(100)));
    };
    publish("h.a", 5);
    publish("t.a", 5);
    c.send(client.subscribeWith(1, "**", { mark: mark(0), topics: [] }));
    const frames = c.take();
    expect(frames.some(([op]) => op === down.GAP)).toBe(false);
    publish("t.a", 2);
    for (let page = frames; page.length > 0; frames.push(...page)) {
      c.see();
      page = c.take();
    }
    const ofTopic = frames.filter(([, , topic]) => topic === "t.a");
    const [gap, ...rest] = ofTopic;
    expect(gap!.slice(0, 5)).toEqual([down.GAP, gap![1], "t.a", gap![3], 5]);
    expect(rest.map(([op, , , , offset]) => [op, offset])).toEqual(
      [5, 6, 7].map((offset) => [down.PATTERN_PUBLICATION, offset]),
    );
  });
});
