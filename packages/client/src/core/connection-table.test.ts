import { expect, test } from "vitest";
import { ClientError } from "../errors.ts";
import {
  type Connection,
  type ConnectionEvent,
  connectionDueAt,
  idle,
  type Moment,
} from "./connection.ts";
import { connectMs, drainMs, heldMs, lateMs, nextConnection, probeMs } from "./connection-table.ts";

const NOW = 1000;

const moment: Moment = {
  now: NOW,
  chance: 0.5,
  heardAt: 900,
  isWanted: true,
  minMs: 250,
  maxMs: 20_000,
  idleMs: 30_000,
};

const cut = new ClientError("unreachable", { retryable: true });
const forbidden = new ClientError("forbidden");

const live = {
  state: "live",
  attempt: 3,
  session: "s",
  since: 500,
  quietMs: 33_000,
  graceMs: 2000,
  answerBy: Infinity,
  isLate: false,
  moveAt: Infinity,
  idleAt: Infinity,
} as const;

type States = { readonly [S in Connection["state"]]: Extract<Connection, { state: S }> };
type Events = { readonly [E in ConnectionEvent["type"]]: Extract<ConnectionEvent, { type: E }> };

const states: States = {
  idle,
  connecting: { state: "connecting", attempt: 3, until: 5000 },
  live,
  waiting: { state: "waiting", attempt: 3, retryAt: 5000, cause: cut },
  draining: { state: "draining", until: 5000 },
  closed: { state: "closed", cause: forbidden },
};

const events: Events = {
  use: { type: "use" },
  rest: { type: "rest" },
  welcome: { type: "welcome", session: "s", pingMs: 25_000, pingTimeoutMs: 10_000 },
  heard: { type: "heard" },
  moving: { type: "moving", afterMs: 700 },
  lost: { type: "lost", cause: cut },
  probe: { type: "probe" },
  renew: { type: "renew" },
  tick: { type: "tick" },
  end: { type: "end" },
  abort: { type: "abort", cause: forbidden },
};

const same = "same";
const dials = (attempt: number): Connection => ({
  state: "connecting",
  attempt,
  until: NOW + connectMs,
});
const closed = { state: "closed" } as const;
const aborted = { state: "closed", cause: forbidden } as const;

/** What each cell of the table becomes; a cell that is missing does not compile. */
const expected: {
  readonly [S in Connection["state"]]: {
    readonly [E in ConnectionEvent["type"]]: Connection | typeof same;
  };
} = {
  idle: {
    use: dials(1),
    rest: same,
    welcome: same,
    heard: same,
    moving: same,
    lost: same,
    probe: same,
    renew: same,
    tick: same,
    end: closed,
    abort: aborted,
  },
  connecting: {
    use: same,
    rest: same,
    welcome: { ...live, since: NOW },
    heard: same,
    moving: same,
    lost: { state: "waiting", attempt: 4, retryAt: NOW + 1000, cause: cut },
    probe: same,
    renew: dials(3),
    tick: same,
    end: closed,
    abort: aborted,
  },
  live: {
    use: live,
    rest: { ...live, idleAt: NOW + 30_000 },
    welcome: same,
    heard: live,
    moving: { ...live, moveAt: NOW + 700 },
    lost: { state: "waiting", attempt: 4, retryAt: NOW + 1000, cause: cut },
    probe: { ...live, answerBy: NOW + 2000 },
    renew: dials(1),
    tick: same,
    end: { state: "draining", until: NOW + drainMs },
    abort: aborted,
  },
  waiting: {
    use: same,
    rest: idle,
    welcome: same,
    heard: same,
    moving: same,
    lost: same,
    probe: dials(3),
    renew: dials(3),
    tick: same,
    end: closed,
    abort: aborted,
  },
  draining: {
    use: same,
    rest: closed,
    welcome: same,
    heard: same,
    moving: same,
    lost: closed,
    probe: same,
    renew: same,
    tick: same,
    end: same,
    abort: aborted,
  },
  closed: {
    use: same,
    rest: same,
    welcome: same,
    heard: same,
    moving: same,
    lost: same,
    probe: same,
    renew: same,
    tick: same,
    end: same,
    abort: same,
  },
};

const stateNames = Object.keys(states) as Connection["state"][];
const eventNames = Object.keys(events) as ConnectionEvent["type"][];

for (const s of stateNames)
  for (const e of eventNames)
    test(`N19 ${s} × ${e}`, () => {
      const next = nextConnection(states[s], events[e], moment);
      const cell = expected[s][e];
      if (cell === same) expect(next).toBe(states[s]);
      else expect(next).toEqual(cell);
    });

const lost = (state: Connection, at: Partial<Moment>, cause = cut): Connection =>
  nextConnection(state, { type: "lost", cause }, { ...moment, ...at });

const tick = (state: Connection, at: Partial<Moment>): Connection =>
  nextConnection(state, { type: "tick" }, { ...moment, ...at });

test("N2 a link that is not welcomed in time is given up", () => {
  const { until } = dials(1) as { until: number };
  expect(tick(dials(1), { now: until - 1 }).state).toBe("connecting");
  const given = tick(dials(1), { now: until });
  expect(given).toMatchObject({ state: "waiting", attempt: 2, cause: { code: "unreachable" } });
});

test("N3 the wait is a random part of a bound that doubles up to the largest", () => {
  const waits = (attempt: number, chance: number): unknown => {
    const next = lost({ state: "connecting", attempt: attempt - 1, until: 0 }, { chance });
    return next.state === "waiting" && next.retryAt - NOW;
  };
  expect(waits(2, 0)).toBe(0);
  expect(waits(2, 0.999)).toBeCloseTo(499.5);
  expect(waits(5, 0.5)).toBe(2000);
  expect(waits(60, 0.5)).toBe(10_000);
});

test("N3 a link that lasted ends the counting of attempts", () => {
  expect(lost(live, { now: live.since + heldMs - 1 })).toMatchObject({ attempt: 4 });
  expect(lost(live, { now: live.since + heldMs })).toMatchObject({ attempt: 1 });
});

test("N4 a loss that says not to come back closes for ever", () => {
  expect(lost(live, {}, forbidden)).toEqual({ state: "closed", cause: forbidden });
  expect(lost(states.connecting, {}, forbidden)).toEqual({ state: "closed", cause: forbidden });
});

test("N13 a link that nothing needs is not tried again", () => {
  expect(lost(live, { isWanted: false })).toBe(idle);
  expect(lost(states.connecting, { isWanted: false })).toBe(idle);
});

test("N13 a link that nothing needs is closed after its time", () => {
  const resting = { ...live, idleAt: 4000 };
  expect(tick(resting, { now: 3999 })).toBe(resting);
  expect(tick(resting, { now: 4000 })).toBe(idle);
  const next = nextConnection(states.connecting, events.welcome, { ...moment, isWanted: false });
  expect(next).toMatchObject({ idleAt: NOW + 30_000 });
});

test("N8 a silence is asked about so that the answer can come in time", () => {
  const quiet = moment.heardAt + live.quietMs;
  expect(tick(live, { now: quiet - 1 })).toBe(live);
  const asking = tick(live, { now: quiet });
  expect(asking).toMatchObject({ answerBy: quiet + probeMs, isLate: false });
  expect(tick(asking, { now: quiet + 1999 })).toBe(asking);
  expect(tick(asking, { now: quiet + 2000 })).toMatchObject({
    state: "waiting",
    cause: { code: "unreachable", retryable: true },
  });
});

test("N8 the hub's times decide, and a short one leaves no longer grace than it is", () => {
  const next = nextConnection(
    states.connecting,
    { ...events.welcome, pingMs: 3000, pingTimeoutMs: 500 },
    moment,
  );
  expect(next).toMatchObject({ quietMs: 3000, graceMs: 500 });
});

test("N9 an answer that is judged late is waited for once more, and only once", () => {
  const asking = { ...live, answerBy: 3000 };
  const late = tick(asking, { now: 3001 + lateMs });
  expect(late).toMatchObject({ state: "live", answerBy: 3001 + lateMs + probeMs, isLate: true });
  expect(tick(late, { now: 90_000 }).state).toBe("waiting");
});

test("N10 a hub that leaves is left at its time, and not before", () => {
  const moving = { ...live, moveAt: 4000 };
  expect(tick(moving, { now: 3999, heardAt: 3999 })).toBe(moving);
  expect(tick(moving, { now: 4000, heardAt: 3999 })).toMatchObject({
    state: "connecting",
    attempt: 1,
  });
  expect(lost(moving, { now: 2000 })).toMatchObject({ attempt: 1, retryAt: 4000 });
  expect(lost(moving, { now: 5000 })).toMatchObject({ attempt: 1, retryAt: 5000 });
});

test("N14 draining ends at its time; with nothing to wait for it is not begun", () => {
  expect(tick(states.draining, { now: 4999 })).toBe(states.draining);
  expect(tick(states.draining, { now: 5000 })).toEqual(closed);
  expect(nextConnection(live, events.end, { ...moment, isWanted: false })).toEqual(closed);
});

test("N3 the wait ends with another attempt", () => {
  expect(tick(states.waiting, { now: 4999 })).toBe(states.waiting);
  expect(tick(states.waiting, { now: 5000 })).toEqual({
    state: "connecting",
    attempt: 3,
    until: 5000 + connectMs,
  });
});

test("N20 each state says when it wants a tick", () => {
  const due = (state: Connection): number => connectionDueAt(state, moment.heardAt);
  expect(stateNames.map((name) => due(states[name]))).toEqual([
    Infinity,
    5000,
    moment.heardAt + live.quietMs,
    5000,
    5000,
    Infinity,
  ]);
  expect(due({ ...live, answerBy: 3000 })).toBe(3000);
  expect(due({ ...live, moveAt: 2500 })).toBe(2500);
  expect(due({ ...live, idleAt: 2400 })).toBe(2400);
});
