// What the link becomes: a table of every event in every state.

import { ClientError } from "../errors.ts";
import { backoff } from "./backoff.ts";
import {
  type Closed,
  type Connecting,
  type Connection,
  type ConnectionEvents,
  idle,
  type Idle,
  type Live,
  type Moment,
  type Waiting,
  type Welcome,
} from "./connection.ts";

/** A link that is not welcomed after this long is given up, in milliseconds. */
export const connectMs = 10_000;

/** A link that lasted this long ends the counting of attempts, in milliseconds. */
export const heldMs = 5000;

/** How long the answer to a probe may take, in milliseconds. */
export const probeMs = 2000;

/** A probe that is judged later than this asks once more, in milliseconds: the process slept, and what came is not read yet. */
export const lateMs = 1000;

/** How long a link that the hub wants to be left is kept for what is unanswered, in milliseconds. */
export const leaveMs = 500;

type In<S> = Extract<Connection, { state: S }>;
/** 0: nothing changes. */
type Cell<S, E extends keyof ConnectionEvents> =
  | 0
  | ((state: In<S>, at: Moment, told: ConnectionEvents[E]) => Connection);
type Row<States extends readonly unknown[], E extends keyof ConnectionEvents> = {
  readonly [I in keyof States]: Cell<States[I], E>;
};

/** The columns of the table. */
const states = ["idle", "connecting", "live", "waiting", "closed"] as const;

/** A row for each event, a cell for each state: one that is missing does not compile. */
type Table = { readonly [E in keyof ConnectionEvents]: Row<typeof states, E> };

const close = (_state: Connection, _at: Moment, cause: ClientError | undefined): Closed => ({
  state: "closed",
  cause,
});

const dial = (attempt: number, { now }: Moment): Connecting => ({
  state: "connecting",
  attempt,
  until: now + connectMs,
  heldAt: Infinity,
  moveAt: Infinity,
});

const first = (_state: Connection, at: Moment): Connecting => dial(1, at);

const again = (state: Connecting | Waiting, at: Moment): Connecting => dial(state.attempt, at);

const start = (state: Idle, at: Moment): Connection => (at.isWanted ? dial(1, at) : state);

const welcomed = (state: Connecting, { now }: Moment, told: Welcome): Live => ({
  ...state,
  ...told,
  state: "live",
  heldAt: now + heldMs,
  asked: 0,
  answerBy: 0,
  isLate: false,
});

/** The next attempt is at the hub's own time, else after a wait. */
function lost(state: Connecting | Live, at: Moment, cause: ClientError): Connection {
  const { heldAt, moveAt } = state;
  if (!cause.retryable) return close(state, at, cause);
  if (!at.isWanted) return idle;
  const attempt = at.now < heldAt ? state.attempt + 1 : 1;
  const until = moveAt < Infinity ? moveAt : at.now + backoff(at, at.chance, attempt);
  return { state: "waiting", attempt, until, cause };
}

const silent = (state: Connecting | Live, at: Moment): Connection =>
  lost(state, at, new ClientError("unreachable", { message: "no answer", retryable: true }));

const moving = (state: Live, { now }: Moment, afterMs: number): Live => ({
  ...state,
  moveAt: now + afterMs,
  heldAt: now,
});

const ask = (state: Live, at: Moment, isLate = false): Live => ({
  ...state,
  asked: at.heard,
  answerBy: at.now + Math.min(probeMs, state.pingTimeoutMs),
  isLate,
});

/** The hub has answered, or was not asked. */
const isAnswered = (state: Live, at: Moment): boolean => at.heard > state.asked;

const probe = (state: Live, at: Moment): Live => (isAnswered(state, at) ? ask(state, at) : state);

/** When the silence of the hub has lasted too long. */
const silentAt = (state: Live, at: Moment): number =>
  isAnswered(state, at)
    ? at.heardAt + state.pingMs + Math.max(state.pingTimeoutMs - probeMs, 0)
    : state.answerBy;

/** When another link is opened: what is unanswered keeps this one a little longer. */
const movesAt = ({ moveAt }: Live, { isBusy }: Moment): number =>
  isBusy ? moveAt + leaveMs : moveAt;

function judge(state: Live, at: Moment): Connection {
  const { now } = at;
  if (now >= movesAt(state, at)) return dial(1, at);
  if (now >= at.idleAt) return idle;
  if (now < silentAt(state, at)) return state;
  if (isAnswered(state, at)) return ask(state, at);
  return now > state.answerBy + lateMs && !state.isLate ? ask(state, at, true) : silent(state, at);
}

const expire = (state: Connecting, at: Moment): Connection =>
  at.now < state.until ? state : silent(state, at);

const wait = (state: Waiting, at: Moment): Connection =>
  at.isWanted ? (at.now < state.until ? state : again(state, at)) : idle;

// prettier-ignore
const table: Table = {
  //         idle   connecting  live     waiting  closed
  tick:    [start, expire,     judge,   wait,    0],
  welcome: [0,     welcomed,   0,       0,       0],
  moving:  [0,     0,          moving,  0,       0],
  lost:    [0,     lost,       lost,    0,       0],
  probe:   [0,     0,          probe,   again,   0],
  renew:   [0,     again,      first,   again,   0],
  close:   [close, close,      close,   close,   0],
};

/** What the link becomes. The same object means that nothing changes. */
export function nextConnection<E extends keyof ConnectionEvents>(
  state: Connection,
  event: E,
  told: ConnectionEvents[E],
  at: Moment,
): Connection {
  const row: readonly unknown[] = table[event];
  const cell = row[states.indexOf(state.state)] as Cell<never, E>;
  return cell ? cell(state as never, at, told) : state;
}

/** When the link wants a `tick`. `Infinity`: not by itself. */
export const connectionDueAt = (link: Connection, at: Moment): number =>
  link.state === "live"
    ? Math.min(silentAt(link, at), movesAt(link, at), at.idleAt)
    : ((link as Waiting).until ?? Infinity);
