import { covers } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { layoutOf } from "./layout.ts";
import type { ConnectOrder } from "./orders.ts";

const order: ConnectOrder = {
  wire: "fanwire",
  port: 1,
  seed: 1,
  topics: 1,
  subscribers: 1,
  payloadBytes: 128,
};

test("each topic has its subscribers", () => {
  const { topics, places, subscribers } = layoutOf({ ...order, topics: 3, subscribers: 2 });
  expect(topics).toEqual(["t.0", "t.1", "t.2"]);
  expect(places.map(({ topic }) => topic)).toEqual([0, 0, 1, 1, 2, 2]);
  expect(subscribers).toBe(2);
});

test.each([
  [1, 1000],
  [500, 1000],
  [333, 1000],
])("%i of %i clients are slow, spread over the list", (count, subscribers) => {
  const slow = { count, stalled: count, bytesPerSecond: 0 };
  const layout = layoutOf({ ...order, subscribers, slow });
  expect(layout.places.filter(({ isSlow }) => isSlow).length).toBe(count);
  expect(layout.subscribers).toBe(subscribers - count);
  const half = layout.places.slice(0, subscribers / 2).filter(({ isSlow }) => isSlow).length;
  expect(Math.abs(half - count / 2)).toBeLessThanOrEqual(1);
});

test.each([
  [0, 0],
  [5000, 0],
  [5000, 1],
  [5000, 1000],
])("of %i patterns %i match the topic, each of a client of its own", (count, matching) => {
  const layout = layoutOf({ ...order, patterns: { count, matching, perClient: 50 } });
  const all = layout.places.flatMap(({ patterns }) => patterns).filter((p) => p.includes("*"));
  expect(new Set(all).size).toBe(Math.max(count, matching));
  const matched = all.filter((pattern) => covers(pattern as never, layout.topics[0] as never));
  expect(matched.length).toBe(matching);
  const getting = layout.places.filter(({ topic }) => topic === 0);
  expect([getting.length, layout.subscribers]).toEqual([
    Math.max(1, matching),
    Math.max(1, matching),
  ]);
  expect(Math.max(...layout.places.map(({ patterns }) => patterns.length))).toBeLessThanOrEqual(50);
});

test("a topic that has never been is matched by one pattern", () => {
  const load = { count: 1000, matching: 1, perClient: 50, fresh: true };
  const layout = layoutOf({ ...order, patterns: load });
  const all = layout.places.flatMap(({ patterns }) => patterns);
  expect(all.filter((pattern) => covers(pattern as never, layout.freshTopic!(7) as never))).toEqual(
    ["m.**"],
  );
  expect(layout.freshTopic!(7)).not.toBe(layout.freshTopic!(8));
});
