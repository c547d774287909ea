// All that waits in a queue is taken out, a little at a time.

import type { Clock } from "../clock.ts";
import type { Refusal } from "../refusal.ts";
import type { Chore } from "./chores.ts";
import type { LiveQueue } from "./live-queue.ts";

/** Jobs that are taken out in one go. */
const PAGE = 1000;

export class Purging implements Chore {
  readonly #clock: Clock;
  readonly #queue: LiveQueue;
  readonly #done: (purged: number, why: Refusal | null) => void;
  /** What is sent from now on stays. */
  readonly #before: number;
  #from: number | null = 0;
  #purged = 0;
  #why: Refusal | null = null;

  /** `why`: what is not written down yet: until there is room for that it is there again after a restart. */
  constructor(clock: Clock, queue: LiveQueue, done: (purged: number, why: Refusal | null) => void) {
    this.#clock = clock;
    this.#queue = queue;
    this.#done = done;
    this.#before = queue.work.nextSeq;
  }

  step(): boolean {
    const { jobs, next } = this.#queue.work.purge(
      this.#from ?? 0,
      this.#before,
      PAGE,
      this.#clock.now,
    );
    this.#purged += jobs.length;
    this.#queue.gone(jobs, "purged", { refused: (why) => (this.#why = why) });
    this.#from = next;
    if (next !== null) return true;
    this.#queue.confirm((why) => this.#done(this.#purged, this.#why ?? why));
    return false;
  }
}
