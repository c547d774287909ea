import { expect, test } from "vitest";
import { ClientError } from "../errors.ts";
import {
  type Connection,
  type ConnectionEvents,
  idle,
  type Moment,
  type Welcome,
} from "./connection.ts";
import {
  connectionDueAt,
  connectMs,
  heldMs,
  lateMs,
  leaveMs,
  nextConnection,
  probeMs,
} from "./connection-table.ts";

const NOW = 1000;

const moment: Moment = {
  now: NOW,
  chance: 0.5,
  heard: 8,
  heardAt: 900,
  isWanted: true,
  idleAt: Infinity,
  isBusy: false,
  minMs: 250,
  maxMs: 20_000,
};

const cut = new ClientError("unreachable", { retryable: true });
const forbidden = new ClientError("forbidden");

const welcome: Welcome = { session: "s", pingMs: 25_000, pingTimeoutMs: 10_000 };

const connecting = {
  state: "connecting",
  attempt: 3,
  until: 5000,
  heldAt: Infinity,
  moveAt: Infinity,
} as const;

/** The hub was not asked. */
const live = {
  ...connecting,
  ...welcome,
  state: "live",
  heldAt: 5500,
  asked: 0,
  answerBy: 0,
  isLate: false,
} as const;

/** The hub was asked after its eighth message. */
const asked = { ...live, asked: 8, answerBy: 3000 } as const;

type Events = { readonly [E in keyof ConnectionEvents]: ConnectionEvents[E] };

const states: { readonly [S in Connection["state"]]: Extract<Connection, { state: S }> } = {
  idle,
  connecting,
  live,
  waiting: { state: "waiting", attempt: 3, until: 5000, cause: cut },
  closed: { state: "closed", cause: forbidden },
};

const events: Events = {
  tick: undefined,
  welcome,
  moving: 700,
  lost: cut,
  probe: undefined,
  renew: undefined,
  close: forbidden,
};

const same = "same";
const dials = (attempt: number, now = NOW): Connection => ({
  ...connecting,
  attempt,
  until: now + connectMs,
});
const closed = { state: "closed", cause: forbidden } as const;

/** What each cell of the table becomes; a cell that is missing does not compile. */
const expected: {
  readonly [S in Connection["state"]]: {
    readonly [E in keyof ConnectionEvents]: Connection | typeof same;
  };
} = {
  idle: {
    tick: dials(1),
    welcome: same,
    moving: same,
    lost: same,
    probe: same,
    renew: same,
    close: closed,
  },
  connecting: {
    tick: same,
    welcome: { ...live, heldAt: NOW + heldMs },
    moving: same,
    lost: { state: "waiting", attempt: 4, until: NOW + 1000, cause: cut },
    probe: same,
    renew: dials(3),
    close: closed,
  },
  live: {
    tick: same,
    welcome: same,
    moving: { ...live, moveAt: NOW + 700, heldAt: NOW },
    lost: { state: "waiting", attempt: 4, until: NOW + 1000, cause: cut },
    probe: { ...live, asked: 8, answerBy: NOW + probeMs },
    renew: dials(1),
    close: closed,
  },
  waiting: {
    tick: same,
    welcome: same,
    moving: same,
    lost: same,
    probe: dials(3),
    renew: dials(3),
    close: closed,
  },
  closed: {
    tick: same,
    welcome: same,
    moving: same,
    lost: same,
    probe: same,
    renew: same,
    close: same,
  },
};

const stateNames = Object.keys(states) as Connection["state"][];
const eventNames = Object.keys(events) as (keyof ConnectionEvents)[];

for (const s of stateNames)
  for (const e of eventNames)
    test(`N19 ${s} × ${e}`, () => {
      const next = nextConnection(states[s], e, events[e], moment);
      const cell = expected[s][e];
      if (cell === same) expect(next).toBe(states[s]);
      else expect(next).toEqual(cell);
    });

const lost = (state: Connection, at: Partial<Moment>, cause = cut): Connection =>
  nextConnection(state, "lost", cause, { ...moment, ...at });

const tick = (state: Connection, at: Partial<Moment>): Connection =>
  nextConnection(state, "tick", undefined, { ...moment, ...at });

test("N1 an idle link is not opened before something needs it", () => {
  expect(tick(idle, { isWanted: false })).toBe(idle);
});

test("N2 a link that is not welcomed in time is given up", () => {
  expect(tick(connecting, { now: 4999 })).toBe(connecting);
  expect(tick(connecting, { now: 5000 })).toMatchObject({
    state: "waiting",
    attempt: 4,
    cause: { code: "unreachable" },
  });
});

test("N3 the wait is a random part of a bound that doubles up to the largest", () => {
  const waits = (attempt: number, chance: number): unknown => {
    const next = lost({ ...connecting, attempt: attempt - 1 }, { chance });
    return next.state === "waiting" && next.until - NOW;
  };
  expect(waits(2, 0)).toBe(0);
  expect(waits(2, 0.999)).toBeCloseTo(499.5);
  expect(waits(5, 0.5)).toBe(2000);
  expect(waits(60, 0.5)).toBe(10_000);
});

test("N3 a link that lasted ends the counting of attempts", () => {
  expect(lost(live, { now: live.heldAt - 1 })).toMatchObject({ attempt: 4 });
  expect(lost(live, { now: live.heldAt })).toMatchObject({ attempt: 1 });
});

test("N3 the wait ends with another attempt", () => {
  expect(tick(states.waiting, { now: 4999 })).toBe(states.waiting);
  expect(tick(states.waiting, { now: 5000 })).toEqual(dials(3, 5000));
});

test("N4 a loss that says not to come back closes for ever", () => {
  expect(lost(live, {}, forbidden)).toEqual(closed);
  expect(lost(connecting, {}, forbidden)).toEqual(closed);
  expect(lost(live, { isWanted: false }, forbidden)).toEqual(closed);
});

test("N13 a link that nothing needs is not tried again", () => {
  expect(lost(live, { isWanted: false })).toBe(idle);
  expect(lost(connecting, { isWanted: false })).toBe(idle);
  expect(tick(states.waiting, { isWanted: false })).toBe(idle);
});

test("N13 a link that nothing needs is closed at its time", () => {
  expect(tick(live, { isWanted: false, now: 3999, idleAt: 4000 })).toBe(live);
  expect(tick(live, { isWanted: false, now: 4000, idleAt: 4000 })).toBe(idle);
});

test("N8 a silence is asked about so that the answer can come in time", () => {
  const quiet = moment.heardAt + 33_000;
  expect(tick(live, { now: quiet - 1 })).toBe(live);
  const asking = tick(live, { now: quiet });
  expect(asking).toEqual({ ...live, asked: 8, answerBy: quiet + probeMs });
  expect(tick(asking, { now: quiet + 1999 })).toBe(asking);
  expect(tick(asking, { now: quiet + 2000 })).toMatchObject({
    state: "waiting",
    cause: { code: "unreachable", retryable: true },
  });
});

test("N8 whatever comes is an answer", () => {
  const heardAt = 2900;
  expect(tick(asked, { now: 3000, heard: 9, heardAt })).toBe(asked);
  const again = tick(asked, { now: heardAt + 33_000, heard: 9, heardAt });
  expect(again).toMatchObject({ state: "live", asked: 9, answerBy: heardAt + 35_000 });
});

test("N8 the hub's times decide, and a short one leaves no longer grace than it is", () => {
  const short = { ...live, pingMs: 3000, pingTimeoutMs: 500 };
  const quiet = moment.heardAt + 3000;
  expect(tick(short, { now: quiet - 1 })).toBe(short);
  expect(tick(short, { now: quiet })).toMatchObject({ answerBy: quiet + 500 });
});

test("N9 an answer that is judged late is waited for once more, and only once", () => {
  const late = tick(asked, { now: 3001 + lateMs });
  expect(late).toEqual({ ...asked, answerBy: 3001 + lateMs + probeMs, isLate: true });
  expect(tick(late, { now: 90_000 }).state).toBe("waiting");
});

test("N10 a hub that leaves is left at its time, and not before", () => {
  const moving = { ...live, moveAt: 4000, heldAt: NOW };
  const heardAt = 3999;
  expect(tick(moving, { now: 3999, heardAt })).toBe(moving);
  expect(tick(moving, { now: 4000, heardAt })).toEqual(dials(1, 4000));
  expect(lost(moving, { now: 2000 })).toMatchObject({ attempt: 1, until: 4000 });
});

test("N10 what is unanswered keeps it there, until it is answered or another 0.5 s have passed", () => {
  const moving = { ...live, moveAt: 4000, heldAt: NOW };
  const at = { heardAt: 3999, isBusy: true };
  expect(tick(moving, { ...at, now: 4000 })).toBe(moving);
  expect(tick(moving, { ...at, now: 4200, isBusy: false })).toEqual(dials(1, 4200));
  expect(tick(moving, { ...at, now: 4000 + leaveMs - 1 })).toBe(moving);
  expect(tick(moving, { ...at, now: 4000 + leaveMs })).toEqual(dials(1, 4000 + leaveMs));
  expect(lost(moving, { ...at, now: 4100 })).toMatchObject({ attempt: 1, until: 4000 });
});

test("N11 a link that was asked and has not answered is not asked again", () => {
  const probe = (heard: number): Connection =>
    nextConnection(asked, "probe", undefined, { ...moment, heard });
  expect(probe(8)).toBe(asked);
  expect(probe(9)).toEqual({ ...asked, asked: 9 });
});

test("N20 each state says when it wants a tick", () => {
  const due = (state: Connection, at: Partial<Moment> = {}): number =>
    connectionDueAt(state, { ...moment, ...at });
  expect(stateNames.map((name) => due(states[name]))).toEqual([
    Infinity,
    5000,
    moment.heardAt + 33_000,
    5000,
    Infinity,
  ]);
  expect(due(asked)).toBe(3000);
  expect(due(live, { idleAt: 2400 })).toBe(2400);
  expect(due({ ...live, moveAt: 2500 })).toBe(2500);
  expect(due({ ...live, moveAt: 2500 }, { isBusy: true })).toBe(2500 + leaveMs);
});
