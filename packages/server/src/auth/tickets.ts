// One-time tickets, for clients that cannot set a header and should not put a token into an address: good once, for a moment, and from
// the page that they were made for.

import { randomBytes } from "node:crypto";
import type { Claims } from "../ports/authenticator.ts";

/** How long a ticket is good, in milliseconds. */
export const ticketMs = 30_000;

/** Tickets that wait to be used. */
const TICKETS_MAX = 10_000;

interface Ticket {
  readonly claims: Claims;
  /** Of the page; null: of no page. */
  readonly origin: string | null;
  readonly goodUntil: number;
}

export class Tickets {
  readonly #tickets = new Map<string, Ticket>();
  readonly #now: () => number;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A ticket of 128 random bits; undefined when too many wait to be used. */
  issue(claims: Claims, origin: string | null): string | undefined {
    const now = this.#now();
    for (const [ticket, { goodUntil }] of this.#tickets) {
      if (goodUntil > now) break; // they lie in the order in which they were made
      this.#tickets.delete(ticket);
    }
    if (this.#tickets.size >= TICKETS_MAX) return undefined;
    const ticket = randomBytes(16).toString("base64url");
    this.#tickets.set(ticket, { claims, origin, goodUntil: now + ticketMs });
    return ticket;
  }

  /** What stands behind a ticket, once; undefined when it is not good, or not for a page of this origin. */
  redeem(ticket: string, origin: string | null): Claims | undefined {
    const found = this.#tickets.get(ticket);
    if (found === undefined) return undefined;
    this.#tickets.delete(ticket);
    return found.goodUntil > this.#now() && found.origin === origin ? found.claims : undefined;
  }
}
