// Histories that are wrong in one way each: a checker that finds nothing wrong proves nothing before it has found these.

import { describe, expect, test } from "vitest";
import { Checker } from "./checker.ts";
import type { FaultKind } from "./faults.ts";
import { type Event, keyOf, payloadOf, payloadText } from "./history.ts";
import type { TopicPromise } from "./topic-judge.ts";

const promises: readonly TopicPromise[] = [
  { match: "d.**", durable: true, kept: 100 },
  { match: "short.**", durable: true, kept: 2 },
  { match: "m.**", durable: false, kept: 100 },
  { match: "s.**", durable: true, state: true, kept: 100 },
];

const EPOCH = 7;

const sent = (n: number, topic = "d.a"): Event => ({ kind: "sent", topic, payload: `p-${n}:8` });

const confirmed = (n: number, offset: number | null = n, more: object = {}): Event => ({
  kind: "confirmed",
  topic: "d.a",
  payload: `p-${n}:8`,
  level: 1,
  epoch: EPOCH,
  offset,
  duplicate: false,
  ...more,
});

const givenUp = (n: number): Event => ({ kind: "givenUp", topic: "d.a", payload: `p-${n}:8` });

const published = (...ns: readonly number[]): Event[] => ns.flatMap((n) => [sent(n), confirmed(n)]);

const follows = (pattern = "d.a", fromFirst = true): Event => ({
  kind: "follows",
  who: "s",
  pattern,
  fromFirst,
});

const delivered = (n: number, offset = n, more: object = {}): Event => ({
  kind: "delivered",
  who: "s",
  topic: "d.a",
  epoch: EPOCH,
  offset,
  payload: `p-${n}:8`,
  ...more,
});

const gap = (next: number | null, missed: number | null = null, more: object = {}): Event => ({
  kind: "gap",
  who: "s",
  topic: "d.a",
  epoch: EPOCH,
  next,
  missed,
  reason: "trimmed",
  ...more,
});

const vague: Event = gap(null, null, { topic: null, epoch: null, reason: "unknown" });
const killed: Event = { kind: "killed" };
const settled: Event = { kind: "settled", who: "s" };

/** What the hub says that it keeps. */
const kept = (head: number, ns: readonly number[], epoch = EPOCH, topic = "d.a"): Event[] => [
  { kind: "reading", topic },
  ...ns.map((n): Event => ({ kind: "read", topic, epoch, offset: n, payload: `p-${n}:8` })),
  { kind: "readTo", topic, epoch, from: 1, head },
];

const valued = (n: number, offset = n, key = keyOf(`p-${n}:8`)): Event => ({
  kind: "value",
  topic: "s.a",
  key,
  epoch: EPOCH,
  offset,
  payload: `p-${n}:8`,
});

/** What a newcomer to a state topic is told. */
const told = (...values: readonly Event[]): Event[] => [
  { kind: "asksForValues", topic: "s.a" },
  ...values,
  { kind: "valuesTold", topic: "s.a" },
];

/** Eight publications: the last has the key of the first. */
const changes: readonly Event[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [sent(n, "s.a"), confirmed(n, n, { topic: "s.a" })]),
  ...kept(8, [1, 2, 3, 4, 5, 6, 7, 8], EPOCH, "s.a"),
];

const six = [2, 3, 4, 5, 6, 7].map((n) => valued(n));

/** The kinds of faults that are found. */
function judged(...events: readonly Event[]): FaultKind[] {
  const checker = new Checker(promises);
  for (const event of events) checker.add(event);
  checker.finish();
  return Array.from(checker.found.keys());
}

describe("what is right", () => {
  test.each<[string, readonly Event[]]>([
    ["nothing", []],
    [
      "published, delivered, read",
      [follows(), ...published(1, 2), delivered(1), delivered(2), settled, ...kept(2, [1, 2])],
    ],
    [
      "an unknown outcome that was there, and is a duplicate when it is sent again",
      [
        sent(1),
        killed,
        { kind: "unknown", topic: "d.a", payload: "p-1:8" },
        sent(1),
        confirmed(1, 1, { duplicate: true }),
        ...kept(1, [1]),
      ],
    ],
    [
      "other epochs of a durable topic of which nothing was stored, kill after kill",
      [
        follows(),
        killed,
        gap(1, null, { epoch: 8, reason: "epoch" }),
        killed,
        gap(1, null, { epoch: EPOCH, reason: "epoch" }),
        ...published(1),
        delivered(1),
        settled,
        ...kept(1, [1]),
      ],
    ],
    [
      "delivered before the kill, confirmed after it",
      [follows(), sent(1), delivered(1), killed, sent(1), confirmed(1), settled, ...kept(1, [1])],
    ],
    [
      "refused and not there",
      [sent(1), { kind: "refused", topic: "d.a", payload: "p-1:8", code: 305 }],
    ],
    [
      "a gap of what is no longer kept, of exactly so many",
      [
        follows("short.a"),
        ...[1, 2, 3, 4].flatMap((n) => [sent(n, "short.a"), confirmed(n, n, { topic: "short.a" })]),
        gap(3, 2, { topic: "short.a" }),
        delivered(3, 3, { topic: "short.a" }),
        delivered(4, 4, { topic: "short.a" }),
        settled,
        ...kept(4, [3, 4], EPOCH, "short.a"),
      ],
    ],
    [
      "another epoch of a topic in memory, behind a gap",
      [
        follows("m.a"),
        sent(1, "m.a"),
        confirmed(1, 1, { topic: "m.a", level: 0 }),
        delivered(1, 1, { topic: "m.a" }),
        killed,
        sent(2, "m.a"),
        gap(1, null, { topic: "m.a", epoch: 8, reason: "epoch" }),
        delivered(2, 1, { topic: "m.a", epoch: 8 }),
        confirmed(2, 1, { topic: "m.a", epoch: 8, level: 0 }),
      ],
    ],
    [
      "a gap without a topic, of a pattern that has more than durable topics, after a kill",
      [
        follows("*.a"),
        ...published(1, 2),
        delivered(1),
        killed,
        vague,
        delivered(2),
        settled,
        ...kept(2, [1, 2]),
      ],
    ],
    [
      "another epoch of a durable topic in which there was nothing",
      [...kept(0, [], 8), killed, ...published(1), ...kept(1, [1])],
    ],
    ["given up, and there", [sent(1), givenUp(1), ...published(2), ...kept(2, [1, 2])]],
    [
      "given up, and not there",
      [
        sent(1),
        givenUp(1),
        sent(2),
        confirmed(2, 1),
        { kind: "reading", topic: "d.a" },
        { kind: "read", topic: "d.a", epoch: EPOCH, offset: 1, payload: "p-2:8" },
        { kind: "readTo", topic: "d.a", epoch: EPOCH, from: 1, head: 1 },
      ],
    ],
    ["the latest of each key, told to a newcomer", [...changes, ...told(...six, valued(8))]],
    [
      "the latest of each key, told to who begins anew",
      [
        follows(),
        follows("**", false),
        ...changes,
        ...[2, 5, 8].map((n) => delivered(n, n, { topic: "s.a", replayed: true })),
        settled,
      ],
    ],
  ])("%s", (_what, events) => {
    expect(judged(...events)).toEqual([]);
  });
});

describe("what is wrong is found", () => {
  const all = [...published(1, 2, 3), ...kept(3, [1, 2, 3])];
  test.each<[string, FaultKind, readonly Event[]]>([
    ["confirmed and not there", "lost", [...published(1, 2, 3), killed, ...kept(3, [1, 3])]],
    ["confirmed last and not there", "went-back", [...published(1, 2), killed, ...kept(1, [1])]],
    ["confirmed and nowhere", "lost", [sent(1), confirmed(1, null)]],
    ["confirmed and never read again", "lost", published(1)],
    ["confirmed, and the topic is gone", "lost", [...published(1), killed, ...kept(0, [], 0)]],
    [
      "shown and not there",
      "went-back",
      [follows(), sent(1), delivered(1), killed, sent(1), ...kept(0, [])],
    ],
    [
      "stored twice",
      "doubled",
      [sent(1), killed, sent(1), confirmed(1, 2), delivered(1, 1)].toSpliced(0, 0, follows()),
    ],
    [
      "confirmed at two places",
      "doubled",
      [sent(1), confirmed(1), confirmed(1, 2), ...kept(1, [1])],
    ],
    [
      "another payload at an offset",
      "changed",
      [...published(1), sent(2), confirmed(2, 1), ...kept(1, [1])],
    ],
    [
      "the epoch kept, offsets lost and given again",
      "changed",
      [follows(), ...published(1, 2), delivered(1), delivered(2), killed, sent(3), confirmed(3, 2)],
    ],
    [
      "another epoch of a durable topic",
      "epoch",
      [...published(1), killed, sent(2), confirmed(2, 1, { epoch: 8 }), ...kept(1, [1])],
    ],
    [
      "a gap to another epoch",
      "epoch",
      [follows(), ...all, delivered(1), gap(1, null, { epoch: 8 })],
    ],
    [
      "another epoch of a durable topic in which nothing is left",
      "epoch",
      [...published(1), ...kept(1, [1]), killed, ...kept(0, [], 8)],
    ],
    ["delivered twice", "again", [follows(), ...all, delivered(1), delivered(2), delivered(2)]],
    [
      "delivered twice, the second time after a restart",
      "again",
      [follows(), ...all, delivered(1), delivered(2), killed, delivered(1), delivered(2)],
    ],
    [
      "delivered in another order",
      "out-of-order",
      [follows(), ...all, delivered(1), delivered(3), delivered(2)],
    ],
    ["left out without a gap", "silent-loss", [follows(), ...all, delivered(1), delivered(3)]],
    ["the first left out", "silent-loss", [follows(), ...all, delivered(2)]],
    [
      "left out behind what a newcomer is told",
      "silent-loss",
      [
        follows("**", false),
        ...changes,
        delivered(2, 2, { topic: "s.a", replayed: true }),
        delivered(5, 5, { topic: "s.a" }),
      ],
    ],
    [
      "left out of what a newcomer to a topic without keys is told",
      "silent-loss",
      [
        follows("**", false),
        ...all,
        delivered(1, 1, { replayed: true }),
        delivered(3, 3, { replayed: true }),
      ],
    ],
    [
      "another epoch without a gap",
      "silent-loss",
      [
        follows("m.a"),
        sent(1, "m.a"),
        sent(2, "m.a"),
        delivered(1, 1, { topic: "m.a" }),
        delivered(2, 1, { topic: "m.a", epoch: 8 }),
      ],
    ],
    [
      "left out of a durable topic behind a gap without a topic",
      "silent-loss",
      [follows("*.a"), ...all, delivered(1), killed, vague, delivered(3)],
    ],
    ["a gap where nothing was missed", "false-gap", [follows(), ...all, delivered(1), gap(2, 0)]],
    [
      "a gap of what is kept",
      "false-gap",
      [follows(), ...all, delivered(1), gap(3, 1), delivered(3)],
    ],
    ["a gap of all of a durable pattern", "false-gap", [follows("d.*"), ...all, killed, vague]],
    ["a gap of all of a pattern, and no kill", "false-gap", [follows("*.a"), vague]],
    [
      "a gap with a wrong number",
      "wrong-gap",
      [
        follows("short.a"),
        ...[1, 2, 3, 4].flatMap((n) => [sent(n, "short.a")]),
        gap(3, 1, { topic: "short.a" }),
      ],
    ],
    ["never delivered", "behind", [follows(), ...all, delivered(1), delivered(2), settled]],
    ["delivered and never published", "invented", [follows(), delivered(1)]],
    ["delivered of another topic", "invented", [follows(), sent(1, "d.b"), delivered(1)]],
    [
      "refused and there",
      "invented",
      [
        follows(),
        sent(1),
        { kind: "refused", topic: "d.a", payload: "p-1:8", code: 305 },
        delivered(1),
      ],
    ],
    [
      "delivered with other bytes",
      "invented",
      [follows(), ...all, delivered(1, 1, { payload: payloadOf("p-1:8  p-1") })],
    ],
    [
      "confirmed before it is on disk",
      "level",
      [sent(1), confirmed(1, 1, { level: 0 }), ...kept(1, [1])],
    ],
    [
      "one publisher's in another order",
      "publisher-order",
      [sent(1), sent(2), confirmed(1, 2), confirmed(2, 1)],
    ],
    ["a value that was replaced before", "stale", [...changes, killed, ...told(valued(1), ...six)]],
    ["a key without its value", "lost", [...changes, killed, ...told(...six)]],
    ["the value of another key", "changed", [...changes, ...told(...six, valued(8, 8, "k3"))]],
    ["values in another order", "out-of-order", [...changes, ...told(valued(8), ...six)]],
    ["a value that nobody has published", "invented", [...changes, ...told(...six, valued(15))]],
    [
      "given up, and at two places",
      "doubled",
      [follows(), sent(1), givenUp(1), delivered(1), delivered(1, 2)],
    ],
    ["no answer in the end", "unanswered", [sent(1)]],
    [
      "a subscription that ended",
      "ended",
      [follows(), { kind: "ended", who: "s", code: "internal" }],
    ],
    ["a hub that ended", "ended", [{ kind: "exited", code: 1, said: "" }]],
    ["a failed disk and another exit code", "ended", [{ kind: "failed", code: 1, closeCodes: [] }]],
    [
      "a failed disk of which clients were not told",
      "ended",
      [{ kind: "failed", code: 74, closeCodes: [4004, 1006] }],
    ],
  ])("%s: %s", (_what, kind, events) => {
    expect(judged(...events)).toContain(kind);
  });
});

test("a payload is known by its text, and by no other", () => {
  for (const payload of ["p0-1:8", "p0-12:3", "p0-123:500"])
    expect(payloadOf(payloadText(payload))).toBe(payload);
  expect(payloadText("p0-1:500")).toHaveLength(500);
  expect(payloadOf(payloadText("p0-1:500").slice(1))).toMatch(/^damaged/u);
  expect(payloadOf(payloadText("p0-1:500").slice(0, -1))).toMatch(/^damaged/u);
  expect(payloadOf(undefined)).toBe("not a text: undefined");
});
