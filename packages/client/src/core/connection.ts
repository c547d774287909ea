// The link to the hub as a state machine: what it is, what happens to it, what it becomes. Pure: time and chance come in with
// each event, and a deadline is data. The driver makes the world as the state says (SPEC.md, N).

import type { ClientError } from "../errors.ts";

/** Nothing needs the link, and there is none. */
export interface Idle {
  readonly state: "idle";
}

/** A socket is being opened, or open and not welcomed yet. */
export interface Connecting {
  readonly state: "connecting";
  /** Counts the attempts since a link last held; the first is 1. */
  readonly attempt: number;
  /** When it is given up. */
  readonly until: number;
}

/** The hub has welcomed the client. Deadlines that do not stand are `Infinity`. */
export interface Live {
  readonly state: "live";
  readonly attempt: number;
  readonly session: string;
  readonly since: number;
  /** A silence of this length is asked about, in milliseconds. */
  readonly quietMs: number;
  /** How long the answer may take, in milliseconds. */
  readonly graceMs: number;
  /** When the answer to a probe must have come. */
  readonly answerBy: number;
  /** It is waited for once more, as it was judged too late. */
  readonly isLate: boolean;
  /** When the hub wants the client to come back. */
  readonly moveAt: number;
  /** When a link that nothing needs is closed. */
  readonly idleAt: number;
}

/** There will be another attempt. */
export interface Waiting {
  readonly state: "waiting";
  /** The number of that attempt. */
  readonly attempt: number;
  readonly retryAt: number;
  readonly cause: ClientError;
}

/** The client closes, when what was sent is answered. */
interface Draining {
  readonly state: "draining";
  readonly until: number;
}

/** There will be no link any more. */
export interface Closed {
  readonly state: "closed";
  readonly cause?: ClientError | undefined;
}

export type Connection = Idle | Connecting | Live | Waiting | Draining | Closed;

export type ConnectionEvent =
  /** Something needs the link; nothing needs it any more. */
  | { readonly type: "use" }
  | { readonly type: "rest" }
  | {
      readonly type: "welcome";
      readonly session: string;
      /** What the hub told, in milliseconds. */
      readonly pingMs: number;
      readonly pingTimeoutMs: number;
    }
  /** A message came while a probe was out. */
  | { readonly type: "heard" }
  | { readonly type: "moving"; readonly afterMs: number }
  /** The socket is gone; not retryable: do not come back. */
  | { readonly type: "lost"; readonly cause: ClientError }
  /** The network or the page woke: ask whether the link still stands. */
  | { readonly type: "probe" }
  /** A new link, at once. */
  | { readonly type: "renew" }
  | { readonly type: "tick" }
  /** Close when nothing needs the link any more; close now. */
  | { readonly type: "end" }
  | { readonly type: "abort"; readonly cause: ClientError };

/** What is so at the time of an event. Times are in milliseconds on one clock that only goes forward. */
export interface Moment {
  readonly now: number;
  /** At least 0, below 1. */
  readonly chance: number;
  /** When the last message came. */
  readonly heardAt: number;
  /** Something needs the link. */
  readonly isWanted: boolean;
  readonly minMs: number;
  readonly maxMs: number;
  readonly idleMs: number;
}

export const idle: Idle = { state: "idle" };

/** When the link wants a `tick`, if no message comes before. `Infinity`: not by itself. */
export function connectionDueAt(link: Connection, heardAt: number): number {
  switch (link.state) {
    case "connecting":
    case "draining":
      return link.until;
    case "waiting":
      return link.retryAt;
    case "live":
      return Math.min(
        link.answerBy < Infinity ? link.answerBy : heardAt + link.quietMs,
        link.moveAt,
        link.idleAt,
      );
    default:
      return Infinity;
  }
}
