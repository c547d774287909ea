// A job on its way from one queue to another, in one record: at no time is it in both, or in none.

import type { Refusal } from "../refusal.ts";
import type { Kept, Storing } from "../storing.ts";
import type { LiveJob } from "./live-job.ts";

/** A queue, as far as a job leaves it or comes to it. */
interface MovingQueue {
  readonly isUnstored: boolean;
  readonly whyGone: Refusal | null;
  readonly work: {
    moved(job: LiveJob): void;
    stored(job: LiveJob, now: number): void;
    refused(job: LiveJob): void;
  };
  knows(job: LiveJob): void;
  tell(job: LiveJob): void;
  changed(): void;
}

/** Is told where the job is. */
export interface MoveListener {
  moved(): void;
  /** It is where it was, and settling. */
  stays(why: Refusal): void;
}

export class Moving implements Kept {
  readonly tail = null;
  readonly #storing: Storing;
  readonly #clock: { readonly now: number };
  readonly #from: MovingQueue;
  readonly #job: LiveJob;
  readonly #to: MovingQueue;
  /** The same job in the other queue. */
  readonly #there: LiveJob;
  readonly #listener: MoveListener;

  constructor(
    { storing, clock }: { readonly storing: Storing; readonly clock: { readonly now: number } },
    [from, job]: readonly [MovingQueue, LiveJob],
    [to, there]: readonly [MovingQueue, LiveJob],
    listener: MoveListener,
  ) {
    this.#storing = storing;
    this.#clock = clock;
    this.#from = from;
    this.#job = job;
    this.#to = to;
    this.#there = there;
    this.#listener = listener;
    storing.waits(job.tail.length);
  }

  stored(): void {
    const to = this.#to;
    // the queue itself could not be stored: whoever reads this back parks the job where it was
    if (to.isUnstored) return this.refused(to.whyGone!);
    this.#storing.waits(-this.#job.tail.length);
    this.#from.work.moved(this.#job);
    to.work.stored(this.#there, this.#clock.now);
    this.#listener.moved();
    to.tell(this.#there);
    to.changed();
    this.#from.changed();
  }

  refused(why: Refusal): void {
    this.#storing.waits(-this.#job.tail.length);
    this.#to.work.refused(this.#there);
    this.#from.knows(this.#job);
    this.#listener.stays(why);
    this.#from.changed();
  }
}
