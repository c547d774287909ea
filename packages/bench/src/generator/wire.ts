// The language of a server, as the load generator speaks it.

import type { Message } from "./frame.ts";
import type { Lane } from "./lane.ts";
import type { Ledger, Reader } from "./ledger.ts";

/** What a language may use of a client. */
export interface Client extends Reader {
  /** Where received bytes lie, and since when. */
  readonly lane: Lane;
  readonly ledger: Ledger;
  /** What the language keeps of this client. */
  state: unknown;
  send(...messages: readonly Message[]): void;
  /** The next message, while the client is being set up. Rejects when the connection ends. */
  receive(): Promise<Message>;
}

/** A publication that is to be framed. */
export interface Outgoing {
  readonly topic: string;
  /** The topic's number, as in the list that {@link Wire.announce} was given; −1 when it was not in it. */
  readonly index: number;
  readonly payload: Uint8Array;
}

/** What the load generator must know of a server. */
export interface Wire {
  /** Path of the WebSocket. */
  readonly path: string;
  readonly subprotocol?: string;
  /** Makes the client a subscriber of these, and waits until it is one. */
  subscribe(client: Client, patterns: readonly string[]): Promise<void>;
  /** Makes the client a publisher of these topics, before anybody follows them. */
  announce(client: Client, topics: readonly string[]): Promise<void>;
  /** What a client sends for one publication. */
  publish(publication: Outgoing): readonly Message[];
  /** What a client sends for several at once; a language that has no such thing sends them one by one. */
  publishMany?(publications: readonly Outgoing[]): readonly Message[];
  /** A binary message came to a subscriber or publisher that is set up. It lies in the client's lane. */
  take(client: Client, from: number, to: number): void;
  /** The same for a text message. */
  takeText?(client: Client, body: Uint8Array): void;
  /** Called twice a second for each client. */
  tick?(client: Client, now: number): void;
}
