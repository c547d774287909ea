// When a client says what it has received. Often enough that the hub's window never fills up while the client keeps pace, and no
// oftener: each report costs the hub a read of a few bytes.

import { seenAfterMs, seenBytes, seenLateBytes } from "./limits.ts";

/** What was received in a time of this length, in milliseconds, tells how large the hub's window has become. */
const PERIOD_MS = 500;

/** A report after at most this share of that … */
const SHARE = 0.5;

/** … of at most so many bytes, a quarter of the hub's largest window … */
const BYTES_MAX = 1_048_576;

/** … and at least this part of it: clients of one stream would otherwise report all at the same moment. */
const SPREAD = 0.75;

/** Counts what a client receives and says when to report it. Time is in milliseconds of any clock. */
export class SeenPace {
  /** Payload bytes of messages received since WELCOME: what SEEN carries. */
  received = 0;
  #reported = 0;
  /** When so much was unreported that it must be told in time; −1 while it is less. */
  #lateSince = -1;
  #periodAt = 0;
  #periodBytes = 0;
  #before = 0;
  readonly #share: number;

  /** `chance`: a random number from 0 to 1, another one for each client. */
  constructor(chance: number) {
    this.#share = SHARE * (SPREAD + (1 - SPREAD) * chance);
    this.#reported = (SPREAD - 1) * chance * seenBytes;
  }

  /** A message came. Returns whether to report now. */
  add(now: number, bytes: number): boolean {
    if (now - this.#periodAt >= PERIOD_MS) {
      this.#before = now - this.#periodAt < 2 * PERIOD_MS ? this.#periodBytes : 0;
      this.#periodAt = now;
      this.#periodBytes = 0;
    }
    this.#periodBytes += bytes;
    this.received += bytes;
    return this.isDue(now);
  }

  /** Whether to report, also when nothing came. */
  isDue(now: number): boolean {
    const unreported = this.received - this.#reported;
    if (unreported < seenLateBytes) return false;
    const share = Math.min(this.#before * this.#share, BYTES_MAX);
    if (unreported >= Math.max(seenBytes, share)) return true;
    if (this.#lateSince < 0) this.#lateSince = now;
    return now - this.#lateSince >= seenAfterMs;
  }

  /** What is reported now. */
  report(): number {
    this.#lateSince = -1;
    this.#reported = this.received;
    return this.received;
  }
}
