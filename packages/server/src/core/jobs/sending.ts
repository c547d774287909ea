// A job on its way to the disk.

import type { Refusal } from "../refusal.ts";
import type { Kept, Storing } from "../storing.ts";
import type { LiveJob } from "./live-job.ts";
import type { SendAnswer } from "./send-answer.ts";

/** Who has sent a job again while it was being stored. */
export interface Joined {
  readonly place: number;
  readonly answer: SendAnswer;
}

/** The queue that it is for. */
interface SendingQueue {
  readonly whyGone: Refusal | null;
  readonly work: { refused(job: LiveJob): void };
  sent(job: LiveJob): void;
  unbound(job: LiveJob): void;
  takeJoined(seq: number): readonly Joined[];
}

export class Sending implements Kept {
  readonly tail = null;
  readonly #queue: SendingQueue;
  readonly #storing: Storing;
  readonly #job: LiveJob;
  readonly #place: number;
  readonly #answer: SendAnswer;

  constructor(
    queue: SendingQueue,
    storing: Storing,
    job: LiveJob,
    place: number,
    answer: SendAnswer,
  ) {
    this.#queue = queue;
    this.#storing = storing;
    this.#job = job;
    this.#place = place;
    this.#answer = answer;
    storing.waits(job.tail.length);
  }

  stored(): void {
    const queue = this.#queue;
    // it is in no queue that there will be
    if (queue.whyGone !== null) return this.refused(queue.whyGone);
    const { seq } = this.#job;
    this.#end();
    this.#answer.taken(this.#place, seq, false);
    for (const { place, answer } of queue.takeJoined(seq)) answer.taken(place, seq, true);
    queue.sent(this.#job);
  }

  refused(why: Refusal): void {
    this.#end();
    this.#queue.work.refused(this.#job);
    this.#answer.refused(this.#place, why);
    for (const { place, answer } of this.#queue.takeJoined(this.#job.seq))
      answer.refused(place, why);
  }

  #end(): void {
    this.#storing.waits(-this.#job.tail.length);
    this.#queue.unbound(this.#job);
  }
}
