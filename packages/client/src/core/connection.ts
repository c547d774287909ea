// The link to the hub as a state machine: what it is, what happens to it. Pure: time and chance come in with each event, and a
// deadline is data. The link makes the world as the state says (SPEC.md, N).

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
  /** When it has lasted, so that attempts are counted anew. */
  readonly heldAt: number;
  /** From when on the hub wants to be left. `Infinity`: it does not. */
  readonly moveAt: number;
}

/** The hub has welcomed the client. */
export interface Live extends Omit<Connecting, "state" | "until">, Welcome {
  readonly state: "live";
  /** How many messages had come when the hub was asked for one: it has answered when there are more. */
  readonly asked: number;
  /** When its answer must have come. */
  readonly answerBy: number;
  /** It is waited for once more, as it was judged too late. */
  readonly isLate: boolean;
}

/** There will be another attempt. */
export interface Waiting {
  readonly state: "waiting";
  /** The number of that attempt. */
  readonly attempt: number;
  /** When it is made. */
  readonly until: number;
  readonly cause: ClientError;
}

/** There will be no link any more. */
export interface Closed {
  readonly state: "closed";
  readonly cause: ClientError | undefined;
}

export type Connection = Idle | Connecting | Live | Waiting | Closed;

/** What the hub told, in milliseconds. */
export interface Welcome {
  readonly session: string;
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
}

/** Each event, with what is told of it. */
export interface ConnectionEvents {
  /** Time has passed, or something needs the link, or nothing does any more. */
  tick: undefined;
  welcome: Welcome;
  /** After so many milliseconds the hub wants to be left. */
  moving: number;
  /** The socket is gone; not retryable: do not come back. */
  lost: ClientError;
  /** The network or the page woke: ask whether the link still stands. */
  probe: undefined;
  /** A new link, at once. */
  renew: undefined;
  /** No link any more; undefined: the application is done. */
  close: ClientError | undefined;
}

/** What is so at the time of an event. Times are in milliseconds on one clock that only goes forward. */
export interface Moment {
  readonly now: number;
  /** At least 0, below 1. */
  readonly chance: number;
  /** How many messages have come, and when the last one did. */
  readonly heard: number;
  readonly heardAt: number;
  /** Something needs the link. */
  readonly isWanted: boolean;
  /** When a link that nothing needs is closed. `Infinity`: it stays. */
  readonly idleAt: number;
  /** Something that was asked is not answered. */
  readonly isBusy: boolean;
  readonly minMs: number;
  readonly maxMs: number;
}

export const idle: Idle = { state: "idle" };
