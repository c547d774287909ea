// A session's part in a queue: one consumer of it, and all of them together.

import { Consumer } from "../queues/consumer.ts";
import type { WorkQueue } from "../queues/work-queue.ts";

/** A CONSUME that waits until it was given its jobs, or for its time. */
export interface Pull {
  /** Of the CONSUME: its OK is owed. */
  readonly id: number;
  /** Jobs that it was given. */
  count: number;
}

/** A consumer of a queue, and the session it belongs to. `S`: the session. */
export class Taking<S> {
  /** Another one when it goes on after its connection was lost. */
  session: S;
  /** Stands for it on the connection. */
  number: number;
  readonly work: WorkQueue<Taking<S>>;
  readonly consumer: Consumer<Taking<S>>;
  /** Null when it takes jobs until it is cancelled. */
  pull: Pull | null;
  /** When a pull waits no longer; in the clock's `now`. */
  dueAt: number = Infinity;

  constructor(
    session: S,
    number: number,
    work: WorkQueue<Taking<S>>,
    asked: { readonly concurrency: number; readonly credit: number; readonly quota: number },
    pull: Pull | null,
  ) {
    this.session = session;
    this.number = number;
    this.work = work;
    this.consumer = new Consumer<Taking<S>>(this, asked.concurrency, asked.credit, asked.quota);
    this.pull = pull;
  }

  /** It holds nothing and takes nothing. */
  get isOver(): boolean {
    const { isJoined, held, settling } = this.consumer;
    return !isJoined && held + settling === 0;
  }
}

/** What a session takes of queues. */
export class Worker<S> {
  /** By number; also those that are cancelled and hold jobs still. */
  readonly takings: Map<number, Taking<S>> = new Map();
  #next = 1;

  get nextNumber(): number {
    return this.#next++;
  }

  /** Those that the session has of one queue. */
  *of(work: WorkQueue<Taking<S>>): Generator<Taking<S>> {
    for (const taking of this.takings.values()) if (taking.work === work) yield taking;
  }

  /** Those that are over are forgotten. */
  tidy(): void {
    for (const [number, taking] of this.takings) if (taking.isOver) this.takings.delete(number);
  }
}
