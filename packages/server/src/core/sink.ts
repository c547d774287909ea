import type { Link } from "./link.ts";
import type { Session } from "./session.ts";

/**
 * Everything that the core can do to the world. Methods, not a list of effects, so that the way of a delivery allocates
 * nothing. None of them may call back into the core before it returns.
 */
export interface Sink {
  /** Memory for bytes that will be sent. Its content is not defined. */
  allocate(bytes: number): Uint8Array;
  /** Writes whole WebSocket messages, in one write. Returns how many bytes the socket holds that the network has not taken. */
  send(link: Link<Session>, messages: Uint8Array): number;
  /** The same for messages that lie in several places; the list is the caller's again when it returns. */
  sendAll(link: Link<Session>, messages: readonly Uint8Array[]): number;
  /** Closes the connection after what was sent, with a code of the table and a sentence. */
  close(link: Link<Session>, code: number, text: string): void;
  /** The client is let in: it counts as a session from now on. */
  welcomed(link: Link<Session>): void;
  /** Asks for a token to be verified; `Broker.verified` is told the outcome, with the same `id`. */
  verify(link: Link<Session>, id: number, token: string): void;
  /** Gives a record to the store: the bytes up to `to`, which are the caller's again when it returns. `Broker.stored` is told when it is stored. */
  append(record: Uint8Array, to: number): void;
  /** Asks for a round at the end of the turn. */
  scheduleFlush(): void;
  /** Asks to be told the time no later than this, in the clock's `now`; Infinity asks for nothing. */
  wakeAt(now: number): void;
}
