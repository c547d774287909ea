// What the link becomes: a table of every event in every state.

import { ClientError } from "../errors.ts";
import {
  type Closed,
  type Connecting,
  type Connection,
  type ConnectionEvent,
  idle,
  type Idle,
  type Live,
  type Moment,
  type Waiting,
} from "./connection.ts";

/** A link that is not welcomed after this long is given up, in milliseconds. */
export const connectMs = 10_000;

/** A link that lasted this long ends the counting of attempts, in milliseconds. */
export const heldMs = 5000;

/** How long the answer to a probe may take, in milliseconds. */
export const probeMs = 2000;

/** A probe that is judged later than this asks once more, in milliseconds: the process slept, and what came is not read yet. */
export const lateMs = 1000;

/** How long closing waits for answers, in milliseconds. */
export const drainMs = 10_000;

type In<S> = Extract<Connection, { state: S }>;
type Of<E> = Extract<ConnectionEvent, { type: E }>;
type Cell<S, E> = (state: In<S>, at: Moment, event: Of<E>) => Connection;
type Row<States extends readonly unknown[], E> = {
  readonly [I in keyof States]: Cell<States[I], E>;
};

/** The columns of the table. */
const states = ["idle", "connecting", "live", "waiting", "draining", "closed"] as const;

/** A row for each event, a cell for each state: one that is missing does not compile. */
type Table = { readonly [E in ConnectionEvent["type"]]: Row<typeof states, E> };

const stay = <S extends Connection>(state: S): S => state;

const rest = (): Idle => idle;

const close = (): Closed => ({ state: "closed" });

const abort = (_state: Connection, _at: Moment, { cause }: { cause: ClientError }): Closed => ({
  state: "closed",
  cause,
});

const dial = (attempt: number, at: Moment): Connecting => ({
  state: "connecting",
  attempt,
  until: at.now + connectMs,
});

const first = (_state: Connection, at: Moment): Connecting => dial(1, at);

const again = (state: Connecting | Waiting, at: Moment): Connecting => dial(state.attempt, at);

const welcomed: Cell<"connecting", "welcome"> = (state, at, { session, pingMs, pingTimeoutMs }) => {
  const graceMs = Math.min(probeMs, pingTimeoutMs);
  return {
    state: "live",
    attempt: state.attempt,
    session,
    since: at.now,
    quietMs: pingMs + pingTimeoutMs - graceMs,
    graceMs,
    answerBy: Infinity,
    isLate: false,
    moveAt: Infinity,
    idleAt: at.isWanted ? Infinity : at.now + at.idleMs,
  };
};

/** Waits for the next attempt: until the hub's own time, else by full jitter, any part of a bound that doubles with each. */
function retry(attempt: number, at: Moment, cause: ClientError, moveAt: number): Connection {
  if (!cause.retryable) return { state: "closed", cause };
  if (!at.isWanted) return idle;
  const delayMs = at.chance * Math.min(at.maxMs, at.minMs * 2 ** (attempt - 1));
  const retryAt = moveAt < Infinity ? Math.max(at.now, moveAt) : at.now + delayMs;
  return { state: "waiting", attempt, retryAt, cause };
}

const failed = (state: Connecting, at: Moment, { cause }: { cause: ClientError }): Connection =>
  retry(state.attempt + 1, at, cause, Infinity);

function lost(state: Live, at: Moment, { cause }: { cause: ClientError }): Connection {
  const { attempt, since, moveAt } = state;
  const isHeld = moveAt < Infinity || at.now - since >= heldMs;
  return retry(isHeld ? 1 : attempt + 1, at, cause, moveAt);
}

const silence = (): { cause: ClientError } => ({
  cause: new ClientError("unreachable", { retryable: true }),
});

const used: Cell<"live", "use"> = (state) => ({ ...state, idleAt: Infinity });

const unused: Cell<"live", "rest"> = (state, at) => ({ ...state, idleAt: at.now + at.idleMs });

const heard: Cell<"live", "heard"> = (state) => ({ ...state, answerBy: Infinity });

const moving: Cell<"live", "moving"> = (state, at, { afterMs }) => ({
  ...state,
  moveAt: at.now + afterMs,
});

const end: Cell<"live", "end"> = (_state, at) =>
  at.isWanted ? { state: "draining", until: at.now + drainMs } : close();

const ask = (state: Live, at: Moment, isLate: boolean): Live => ({
  ...state,
  answerBy: at.now + state.graceMs,
  isLate,
});

const probe: Cell<"live", "probe"> = (state, at) =>
  state.answerBy < Infinity ? state : ask(state, at, false);

function judge(state: Live, at: Moment): Connection {
  const { answerBy } = state;
  if (at.now >= state.moveAt) return dial(1, at);
  if (at.now >= state.idleAt) return idle;
  if (answerBy === Infinity)
    return at.now < at.heardAt + state.quietMs ? state : ask(state, at, false);
  if (at.now < answerBy) return state;
  return at.now > answerBy + lateMs && !state.isLate
    ? ask(state, at, true)
    : lost(state, at, silence());
}

const expire: Cell<"connecting", "tick"> = (state, at) =>
  at.now < state.until ? state : failed(state, at, silence());

const wait: Cell<"waiting", "tick"> = (state, at) =>
  at.now < state.retryAt ? state : again(state, at);

const drain: Cell<"draining", "tick"> = (state, at) => (at.now < state.until ? state : close());

// prettier-ignore
const table: Table = {
  //         idle   connecting  live       waiting  draining  closed
  use:     [first, stay,       used,      stay,    stay,     stay],
  rest:    [stay,  stay,       unused,    rest,    close,    stay],
  welcome: [stay,  welcomed,   stay,      stay,    stay,     stay],
  heard:   [stay,  stay,       heard,     stay,    stay,     stay],
  moving:  [stay,  stay,       moving,    stay,    stay,     stay],
  lost:    [stay,  failed,     lost,      stay,    close,    stay],
  probe:   [stay,  stay,       probe,     again,   stay,     stay],
  renew:   [stay,  again,      first,     again,   stay,     stay],
  tick:    [stay,  expire,     judge,     wait,    drain,    stay],
  end:     [close, close,      end,       close,   stay,     stay],
  abort:   [abort, abort,      abort,     abort,   abort,    stay],
};

/** What the link becomes. The same object means that nothing changes. */
export function nextConnection(state: Connection, event: ConnectionEvent, at: Moment): Connection {
  const row = table[event.type] as readonly unknown[] as readonly Cell<never, never>[];
  return row[states.indexOf(state.state)]!(state as never, at, event as never);
}
