import type { CloseName } from "@fanwire/protocol";
import type { Refusal } from "./refusal.ts";

/** What the hub has done since it started, and holds at the moment: numbers that only the core changes. */
export class Counts {
  /** Live sessions of clients. */
  sessions = 0;
  subscriptions = 0;
  publications = 0;
  /** Publications × their subscribers. */
  deliveries = 0;
  /** Requests and publications that were refused. */
  refused = 0;
  receivedBytes = 0;
  sentBytes = 0;
  /** How often a right was looked for in the grants of a token: never for a delivery. */
  decisions = 0;
  /** Connections that the hub closed, by the name of the close code. */
  readonly closed: Record<string, number> = {};
  /** How often each limit was reached, by the name of its option. */
  readonly limited: Record<string, number> = {};

  refuse({ limit }: Refusal): void {
    this.refused++;
    if (limit !== undefined) this.limit(limit);
  }

  close(name: CloseName, limit: string | undefined): void {
    this.closed[name] = (this.closed[name] ?? 0) + 1;
    if (limit !== undefined) this.limit(limit);
  }

  limit(name: string): void {
    this.limited[name] = (this.limited[name] ?? 0) + 1;
  }
}
