// The clients that are compared, as a benchmark uses them: each as its documentation says, on the WebSocket that it takes by itself.

import type { Quote } from "./quotes.ts";

/** A connected client of one of the servers. */
export interface SdkClient {
  /** Subscribes to all of them with one handler, and resolves when all are granted. */
  follow(topics: readonly string[], take: (quote: Quote) => void): Promise<void>;
  /** Subscriptions that are granted now. */
  live(): number;
  /** Publishes to one topic. Resolves when that is answered, where the server answers. */
  publish(topic: string, quotes: readonly Quote[]): Promise<void>;
  close(): Promise<void>;
}

/** Connects to a server on this port of this machine. */
export type OpenSdk = (port: number) => Promise<SdkClient>;

/** How soon a client is back after a cut, in milliseconds: waiting is not what is measured. */
export const BACK = { minMs: 5, maxMs: 50 } as const;
