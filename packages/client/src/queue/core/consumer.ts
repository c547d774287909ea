// The life of a worker's consumer as a state machine: a table of every event in every state (SPEC.md, QC). Pure: the time comes in with
// each event, and a deadline is data. The worker makes the world as the state says.

import type { ClientError } from "../../errors.ts";

/** The hub knows of no consumer, and is to be asked for one. */
export interface Away {
  readonly state: "away";
  /** Not before that. */
  readonly dueAt: number;
  /** Refusals since it was last granted. */
  readonly refusals: number;
}

/** CONSUME is said and not answered. */
interface Asked extends Omit<Away, "state" | "dueAt"> {
  readonly state: "asked";
}

/** Jobs come. */
export interface Live {
  readonly state: "live";
  /** Its number on this link. */
  readonly consumer: number;
}

/** No more jobs are wanted. */
export interface Leaving {
  readonly state: "leaving";
  /** The hub is to say that no more come of that one. */
  readonly consumer: number | undefined;
  /** CONSUME is said and not answered. */
  readonly isAsked: boolean;
  /** What is at work is given up, too. */
  readonly isHasty: boolean;
  /** Why, if the application did not want it. */
  readonly cause: ClientError | undefined;
}

/** For ever. */
interface Ended {
  readonly state: "ended";
  readonly cause: ClientError | undefined;
}

export type Consumer = Away | Asked | Live | Leaving | Ended;

/** Each event, with what is told of it. */
export interface ConsumerEvents {
  /** The link can be spoken over; told is the time. */
  ask: number;
  /** The hub has granted it, under a number. */
  granted: number;
  /** The hub refuses it for now; told is when to ask again. */
  refused: number;
  /** The hub refuses it for good, or has ended it. */
  stopped: ClientError;
  /** The hub has heard that no more jobs are wanted. */
  cancelled: undefined;
  /** The link is gone. */
  cut: undefined;
  /** What is at work is to be the last. */
  drain: undefined;
  /** What is at work is to be given up, too. */
  close: undefined;
  /** Nothing is left to be done. */
  done: undefined;
  /** There will be no link any more. */
  over: ClientError | undefined;
}

type In<S> = Extract<Consumer, { state: S }>;
/** 0: nothing changes. */
type Cell<S, E extends keyof ConsumerEvents> =
  | 0
  | ((state: In<S>, told: ConsumerEvents[E]) => Consumer);
type Row<States extends readonly unknown[], E extends keyof ConsumerEvents> = {
  readonly [I in keyof States]: Cell<States[I], E>;
};

/** The columns of the table. */
const states = ["away", "asked", "live", "leaving", "ended"] as const;

/** A row for each event, a cell for each state: one that is missing does not compile. */
type Table = { readonly [E in keyof ConsumerEvents]: Row<typeof states, E> };

/** To be asked for at once. */
export const away: Away = { state: "away", dueAt: 0, refusals: 0 };

const left = (state: Consumer, isHasty: boolean, cause: ClientError | undefined): Leaving => ({
  state: "leaving",
  consumer: (state as Live).consumer,
  isAsked: state.state === "asked" || ((state as Leaving).isAsked ?? false),
  isHasty,
  cause: (state as Leaving).cause ?? cause,
});

const ask = (state: Away, now: number): Consumer =>
  now < state.dueAt ? state : { state: "asked", refusals: state.refusals };

const granted = (_state: Asked, consumer: number): Live => ({ state: "live", consumer });

const grantedLate = (state: Leaving, consumer: number): Leaving => ({
  ...state,
  consumer,
  isAsked: false,
});

const refused = ({ refusals }: Asked, dueAt: number): Away => ({
  state: "away",
  dueAt,
  refusals: refusals + 1,
});

const gone = (state: Leaving): Leaving => ({ ...state, consumer: undefined, isAsked: false });

const stopped = (state: Consumer, cause: ClientError): Leaving => gone(left(state, false, cause));

const again = (): Away => away;

const drain = (state: Consumer): Leaving => left(state, false, undefined);

const close = (state: Consumer): Leaving => left(state, true, undefined);

const hasten = (state: Leaving): Leaving => (state.isHasty ? state : close(state));

const end = ({ cause }: Leaving): Ended => ({ state: "ended", cause });

const over = (state: Consumer, cause: ClientError | undefined): Ended => ({
  state: "ended",
  cause: (state as Leaving).cause ?? cause,
});

// prettier-ignore
const table: Table = {
  //          away    asked    live     leaving      ended
  ask:       [ask,    0,       0,       0,           0],
  granted:   [0,      granted, 0,       grantedLate, 0],
  refused:   [0,      refused, 0,       gone,        0],
  stopped:   [0,      stopped, stopped, gone,        0],
  cancelled: [0,      0,       0,       gone,        0],
  cut:       [0,      again,   again,   gone,        0],
  drain:     [drain,  drain,   drain,   0,           0],
  close:     [close,  close,   close,   hasten,      0],
  done:      [0,      0,       0,       end,         0],
  over:      [over,   over,    over,    over,        0],
};

/** What the consumer becomes. The same object means that nothing changes. */
export function nextConsumer<E extends keyof ConsumerEvents>(
  state: Consumer,
  event: E,
  told: ConsumerEvents[E],
): Consumer {
  const row: readonly unknown[] = table[event];
  const cell = row[states.indexOf(state.state)] as Cell<never, E>;
  return cell ? cell(state as never, told) : state;
}

/** Whether nothing keeps it any more. `isEmpty`: no job is held. */
export const isDone = (state: Consumer, isEmpty: boolean): boolean =>
  state.state === "leaving" &&
  !state.isAsked &&
  state.consumer === undefined &&
  (state.isHasty || isEmpty);
