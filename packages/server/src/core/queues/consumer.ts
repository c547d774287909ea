import type { Lease } from "./job.ts";

/** Somebody who works for a queue. `O`: who that is to whoever made the queue. */
export class Consumer<O = unknown> {
  readonly owner: O;
  /** Jobs that it works at at a time. What it holds beyond that, it holds in reserve. */
  readonly concurrency: number;
  /** The most that it may hold. */
  credit: number;
  /** How many more it is given; Infinity: no end. */
  quota: number;
  held = 0;
  /** Jobs that it has done with, as far as it goes: it holds them again when that cannot be stored. */
  settling = 0;
  /** Of those that it holds: the oldest ones, `concurrency` of them. */
  started = 0;
  /** It gets nothing at the moment, whatever the reason. */
  isBlocked = false;
  /** A lease of it ran out: it gets nothing until something is heard from it. */
  isStalled = false;
  /** It gets jobs; false for a standby of a queue with a single active consumer. */
  isActive = false;
  /** It is among the consumers of the queue. One that is not may hold jobs still. */
  isJoined = false;
  // What it holds, in the order in which it was given.
  oldest: Lease<Consumer<O>> | null = null;
  newest: Lease<Consumer<O>> | null = null;
  lastStarted: Lease<Consumer<O>> | null = null;
  // In the ring of those that may be given a job.
  isAvailable = false;
  previous: Consumer<O> | null = null;
  next: Consumer<O> | null = null;

  constructor(owner: O, concurrency: number, credit: number, quota: number = Infinity) {
    this.owner = owner;
    this.concurrency = concurrency;
    this.credit = credit;
    this.quota = quota;
  }
}
