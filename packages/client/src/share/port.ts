// What a tab and the relay say to each other: over a port of a SharedWorker, a BroadcastChannel, or in one tab.

import type { TokenReason } from "../auth.ts";
import type { ErrorCode } from "../errors.ts";

/** One end of what connects a tab with the relay. What is posted comes once and in order, as long as both are there. */
export interface Port<Told> {
  post(told: Told): void;
}

/** A tab speaks. `socket` is the number of one of its sockets, never used twice by the same tab. */
export type FromTab =
  /** Bytes of frames. `kept`: patterns that it asks to go on with, and knows what it had of. */
  | {
      readonly kind: "up";
      readonly socket: number;
      readonly bytes: Uint8Array;
      readonly kept: readonly string[];
    }
  | { readonly kind: "close"; readonly socket: number }
  /** It has taken so many bytes. */
  | { readonly kind: "seen"; readonly socket: number; readonly bytes: number }
  /** The network or the page woke: it is to be seen whether the link still stands. */
  | { readonly kind: "probe" }
  /** A new link is wanted. */
  | { readonly kind: "renew" }
  | {
      readonly kind: "token";
      readonly ask: number;
      readonly token?: string | undefined;
      readonly error?: PlainError | undefined;
    }
  /** The tab is gone. */
  | { readonly kind: "bye" };

/** The relay speaks. */
export type FromRelay =
  | { readonly kind: "down"; readonly socket: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "closed";
      readonly socket: number;
      readonly code: number;
      readonly reason: string;
    }
  /** A token is wanted. */
  | { readonly kind: "token"; readonly ask: number; readonly reason: TokenReason }
  /** There is no relay here any more. */
  | { readonly kind: "over" }
  /** It is not wanted any more. */
  | { readonly kind: "enough"; readonly ask: number };

/** An error that is told to another tab. */
export interface PlainError {
  readonly message: string;
  readonly code: ErrorCode | undefined;
  readonly retryable: boolean;
}

/** Tells a tab, over a channel of the platform, that it is heard from now on. */
export interface Here {
  readonly kind: "here";
}
