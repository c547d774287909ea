// One hub subscription as a state machine (SPEC.md, B). Its states are the ones that applications see.

import type { ClientError } from "../errors.ts";

/** Not granted yet. */
export interface Pending {
  readonly state: "pending";
  /** The SUBSCRIBE that asked for it on this link; 0: none. */
  readonly id: number;
}

/** Granted; what comes is replayed. */
interface Replaying {
  readonly state: "replaying";
  /** The number of its stream on this link. */
  readonly sub: number;
}

/** Granted; what comes is new. */
interface LiveStream {
  readonly state: "live";
  readonly sub: number;
}

/** Was granted on an earlier link. */
interface Interrupted {
  readonly state: "interrupted";
  readonly id: number;
  /** Why that link is no more; undefined: the application wanted another. */
  readonly cause: ClientError | undefined;
}

/** Over, for the reason given or because nobody listens any more. */
interface Ended {
  readonly state: "ended";
  readonly cause?: ClientError | undefined;
}

export type Stream = Pending | Replaying | LiveStream | Interrupted | Ended;

export type StreamEvent =
  | { readonly type: "asked"; readonly id: number }
  | {
      readonly type: "granted";
      readonly sub: number;
      /** What follows before it is live: see `replay` of the protocol. */
      readonly replay: number;
    }
  | { readonly type: "caughtUp" }
  | { readonly type: "ended"; readonly cause?: ClientError | undefined }
  /** The link is lost. */
  | { readonly type: "cut"; readonly cause: ClientError | undefined };

type In<S> = Extract<Stream, { state: S }>;
type Of<E> = Extract<StreamEvent, { type: E }>;
type Cell<S, E> = (state: In<S>, event: Of<E>) => Stream;
type Row<States extends readonly unknown[], E> = {
  readonly [I in keyof States]: Cell<States[I], E>;
};

/** The columns of the table. */
const states = ["pending", "replaying", "live", "interrupted", "ended"] as const;

/** A row for each event, a cell for each state: one that is missing does not compile. */
type Table = { readonly [E in StreamEvent["type"]]: Row<typeof states, E> };

export const pending: Pending = { state: "pending", id: 0 };

const stay = <S extends Stream>(state: S): S => state;

const asked = (state: Pending | Interrupted, { id }: Of<"asked">): Stream => ({ ...state, id });

const granted = (_state: Stream, { sub, replay }: Of<"granted">): Stream => ({
  state: replay > 0 ? "replaying" : "live",
  sub,
});

const caughtUp = ({ sub }: Replaying): Stream => ({ state: "live", sub });

const ended = (_state: Stream, { cause }: Of<"ended">): Stream => ({ state: "ended", cause });

const cut = (_state: Stream, { cause }: Of<"cut">): Stream => ({
  state: "interrupted",
  id: 0,
  cause,
});

const unasked = (): Pending => pending;

// prettier-ignore
const table: Table = {
  //          pending   replaying  live   interrupted  ended
  asked:    [asked,    stay,      stay,  asked,       stay],
  granted:  [granted,  stay,      stay,  granted,     stay],
  caughtUp: [stay,     caughtUp,  stay,  stay,        stay],
  ended:    [ended,    ended,     ended, ended,       stay],
  cut:      [unasked,  cut,       cut,   cut,         stay],
};

/** What the subscription becomes. The same object means that nothing changes. */
export function nextStream(state: Stream, event: StreamEvent): Stream {
  const row = table[event.type] as readonly unknown[] as readonly Cell<never, never>[];
  return row[states.indexOf(state.state)]!(state as never, event as never);
}
