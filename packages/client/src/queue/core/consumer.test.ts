import { expect, test } from "vitest";
import { ClientError } from "../../errors.ts";
import { away, type Consumer, type ConsumerEvents, isDone, nextConsumer } from "./consumer.ts";

const cause = new ClientError("forbidden");
const leaving = {
  state: "leaving" as const,
  consumer: 7,
  isAsked: false,
  isHasty: false,
  cause: undefined,
};

const states = {
  away: { state: "away", dueAt: 100, refusals: 1 },
  asked: { state: "asked", refusals: 1 },
  live: { state: "live", consumer: 7 },
  leaving,
  "leaving, asked": { ...leaving, consumer: undefined, isAsked: true },
  "leaving in haste": { ...leaving, isHasty: true },
  ended: { state: "ended", cause: undefined },
} as const satisfies Record<string, Consumer>;

const told: ConsumerEvents = {
  ask: 100,
  granted: 8,
  refused: 300,
  stopped: cause,
  cancelled: undefined,
  cut: undefined,
  drain: undefined,
  close: undefined,
  done: undefined,
  over: cause,
};

const gone = { ...leaving, consumer: undefined };
const ended = { state: "ended", cause };

/** What each event makes of each state; what is left out changes nothing. */
const cells: { [E in keyof ConsumerEvents]: Partial<Record<keyof typeof states, unknown>> } = {
  ask: { away: { state: "asked", refusals: 1 } },
  granted: {
    asked: { state: "live", consumer: 8 },
    leaving: { ...leaving, consumer: 8 },
    "leaving, asked": { ...leaving, consumer: 8 },
    "leaving in haste": { ...leaving, consumer: 8, isHasty: true },
  },
  refused: {
    asked: { state: "away", dueAt: 300, refusals: 2 },
    leaving: gone,
    "leaving, asked": gone,
    "leaving in haste": { ...gone, isHasty: true },
  },
  stopped: {
    asked: { ...gone, cause },
    live: { ...gone, cause },
    leaving: gone,
    "leaving, asked": gone,
    "leaving in haste": { ...gone, isHasty: true },
  },
  cancelled: {
    leaving: gone,
    "leaving, asked": gone,
    "leaving in haste": { ...gone, isHasty: true },
  },
  cut: {
    asked: away,
    live: away,
    leaving: gone,
    "leaving, asked": gone,
    "leaving in haste": { ...gone, isHasty: true },
  },
  drain: {
    away: gone,
    asked: { ...gone, isAsked: true },
    live: leaving,
  },
  close: {
    away: { ...gone, isHasty: true },
    asked: { ...gone, isAsked: true, isHasty: true },
    live: { ...leaving, isHasty: true },
    leaving: { ...leaving, isHasty: true },
    "leaving, asked": { ...gone, isAsked: true, isHasty: true },
  },
  done: {
    leaving: { state: "ended", cause: undefined },
    "leaving, asked": { state: "ended", cause: undefined },
    "leaving in haste": { state: "ended", cause: undefined },
  },
  over: {
    away: ended,
    asked: ended,
    live: ended,
    leaving: ended,
    "leaving, asked": ended,
    "leaving in haste": ended,
  },
};

const events = Object.keys(told) as (keyof ConsumerEvents)[];
const names = Object.keys(states) as (keyof typeof states)[];

test.each(events.flatMap((event) => names.map((name) => [event, name] as const)))(
  "QC13 %s in %s does what the table says",
  (event, name) => {
    const state = states[name];
    const next = nextConsumer(state, event, told[event]);
    const expected = cells[event][name];
    if (expected === undefined) expect(next).toBe(state);
    else expect(next).toEqual(expected);
  },
);

test("QC13 it is not asked for before its time", () => {
  expect(nextConsumer(states.away, "ask", 99)).toBe(states.away);
});

test("QC13 the first reason to leave is the one that is told", () => {
  const stopped = nextConsumer(states.live, "stopped", cause);
  const hasty = nextConsumer(stopped, "close", undefined);
  expect(nextConsumer(hasty, "over", new ClientError("closed"))).toEqual(ended);
  expect(nextConsumer(hasty, "done", undefined)).toEqual(ended);
});

test.each([
  ["live", true, false],
  ["leaving", true, false],
  ["leaving, asked", true, false],
  ["leaving in haste", true, false],
] as const)("QC13 %s is not done before the hub has heard", (name, isEmpty, expected) => {
  expect(isDone(states[name], isEmpty)).toBe(expected);
});

test("QC13 a drain is done when nothing is held, a close at once", () => {
  const drained = nextConsumer(states.leaving, "cancelled", undefined);
  expect([isDone(drained, false), isDone(drained, true)]).toEqual([false, true]);
  const closed = nextConsumer(states["leaving in haste"], "cancelled", undefined);
  expect(isDone(closed, false)).toBe(true);
});
