// The seam between connections and the core. An edge tells the desk what happened; the hub speaks back through the wire.

import type { Credentials } from "../core/credentials.ts";
import type { Link } from "../core/link.ts";
import type { Session } from "../core/session.ts";

export type { Credentials } from "../core/credentials.ts";

/** One connection, as the hub uses it. An edge implements it; none of its methods may call the desk before it returns. */
export interface Wire extends Link<Session> {
  /** Writes whole WebSocket messages from one buffer, which nobody changes afterwards. Returns the bytes not yet taken by the network. */
  write(messages: Uint8Array): number;
  /** The same from several buffers, as one write. The list is not kept. */
  writeAll(messages: readonly Uint8Array[]): number;
  /** The client was let in. */
  welcomed(): void;
  /** Closes after what was written, with a close code and a sentence. */
  shut(code: number, text: string): void;
}

/** What an edge tells the hub. Calls for one wire come in the order of what happened, and never from inside a method of a wire. */
export interface Desk {
  /** The WebSocket is open, and this is what the client presented with it. First. */
  opened(wire: Wire, credentials: Credentials): void;
  /** A binary message came: part of some bytes, which may be used again when this returns. */
  received(wire: Wire, bytes: Uint8Array, from: number, to: number): void;
  /** A text message came. */
  receivedText(wire: Wire): void;
  /** A write has told that bytes were not taken, and now all of them are. */
  drained(wire: Wire): void;
  /** The connection is gone. Last. */
  closed(wire: Wire): void;
}
