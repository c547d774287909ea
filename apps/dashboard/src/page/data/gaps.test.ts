import type { Gap } from "@fanwire/client";
import { expect, test } from "vitest";
import { Losses, type Followed } from "./gaps.ts";

const gap = (of: Partial<Gap>): Gap => ({
  topic: undefined,
  missed: undefined,
  next: undefined,
  reason: "unknown",
  ...of,
});
const host = (topics: number): Followed => ({
  name: "host.a.**",
  topics: () => topics,
  isCharted: true,
});
const hub: Followed = { name: "$sys.hub", topics: () => 1, isCharted: false };

function lost(followed: Followed, ...gaps: Partial<Gap>[]): Losses {
  const losses = new Losses();
  for (const one of gaps) losses.add(followed, gap(one));
  return losses;
}
const words = (losses: Losses): string | undefined => losses.all[0]?.words;

test("a gap is told with its number where there is one, and of a pattern with its topics", () => {
  expect(words(lost(host(5), { topic: "host.a.load", missed: 1_037 }))).toBe("1,037 not kept");
  expect(words(lost(host(5), {}))).toBe("5 topics, some not kept");
  expect(words(lost(host(1), {}))).toBe("some not kept");
  expect(words(lost(hub, { topic: "$sys.hub", reason: "epoch" }))).toBe("some not kept");
});

test("gaps of one loss are told together", () => {
  const [a, b] = [
    { topic: "host.a.load", missed: 30 },
    { topic: "host.a.memory", missed: 7 },
  ];
  expect(words(lost(host(5), a, b))).toBe("2 topics, 37 not kept");
  expect(words(lost(host(5), a, { topic: "host.a.load" }))).toBe("some not kept");
  expect(words(lost(host(5), a, {}))).toBe("5 topics, some not kept");
});

test("the first of a name is told from those that follow", () => {
  const losses = new Losses();
  expect(losses.add(hub, gap({}))).toBe(true);
  expect(losses.add(hub, gap({}))).toBe(false);
  expect(losses.add(host(3), gap({}))).toBe(true);
  expect([losses.has("$sys.hub"), losses.has("board.*")]).toEqual([true, false]);
  expect(losses.charted).toBe("3 topics, some not kept");
  expect(lost(hub, {}).charted).toBeUndefined();
});

test("the sentence names the topic, or what is followed, and the reason", () => {
  const sentence = (losses: Losses) => losses.all[0]?.sentence;
  const load = { topic: "host.a.load", missed: 3, reason: "trimmed" } as const;
  expect(sentence(lost(host(5), load))).toBe("host.a.load: 3 not kept (no longer kept).");
  expect(sentence(lost(host(5), {}))).toBe(
    "host.a.**: 5 topics, some not kept (the hub cannot tell how many).",
  );
  expect(
    sentence(lost(host(5), load, { topic: "host.a.memory", missed: 4, reason: "trimmed" })),
  ).toBe("host.a.**: 2 topics, 7 not kept (no longer kept).");
});
