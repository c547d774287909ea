// Dead jobs go back to where they came from, a few at a time: jobs of a queue for the dead, and those that are parked in a queue.

import type { Clock } from "../clock.ts";
import type { JobState } from "../queues/job.ts";
import type { Refusal } from "../refusal.ts";
import type { Storing } from "../storing.ts";
import type { Chore, Chores } from "./chores.ts";
import { writeRevivedRecord } from "./job-records.ts";
import { draftOf } from "./job-writing.ts";
import type { LiveJob } from "./live-job.ts";
import type { LiveQueue } from "./live-queue.ts";
import { JobOrigin, revivedOrigin } from "./origin.ts";

interface World {
  readonly clock: Clock;
  readonly storing: Storing;
  readonly chores: Chores;
  readonly queues: { find(name: string): LiveQueue | undefined };
}

/** What is to be done. */
export interface RedriveAsked {
  /** Null: each goes to the queue that it died in. */
  readonly to: LiveQueue | null;
  readonly max: number;
  /** Whether whoever asks may move jobs into a queue. */
  readonly mayMoveTo: (queue: LiveQueue) => boolean;
  /** `why`: of those that could not be stored, and stay; null: there are none. */
  readonly done: (moved: number, why: Refusal | null) => void;
}

/** Jobs that are looked at in one go, and bytes of jobs that are on their way to the disk at a time. */
const PAGE = 256;
const BYTES_MAX = 4_194_304;

/** Those that wait first: a parked one that is revived waits too. */
const STATES: readonly JobState[] = ["ready", "delayed", "dead"];

export class Redriving implements Chore {
  readonly #world: World;
  readonly #queue: LiveQueue;
  readonly #asked: RedriveAsked;
  readonly #candidates: Iterator<LiveJob>;
  readonly #allowed = new Map<LiveQueue, boolean>();
  /** Jobs that are on their way, and their bytes. */
  #count = 0;
  #bytes = 0;
  #moved = 0;
  #why: Refusal | null = null;
  #isThrough = false;
  #isWaiting = false;

  constructor(world: World, queue: LiveQueue, asked: RedriveAsked) {
    this.#world = world;
    this.#queue = queue;
    this.#asked = asked;
    this.#candidates = this.#all(queue.work.nextSeq);
  }

  step(): boolean {
    for (let left = PAGE; left > 0; left--) {
      if (this.#bytes > BYTES_MAX) {
        this.#isWaiting = true;
        return false;
      }
      const next = this.#moved + this.#count < this.#asked.max ? this.#candidates.next() : null;
      if (next === null || next.done === true) {
        this.#isThrough = true;
        this.#queue.changed();
        this.#finish();
        return false;
      }
      this.#one(next.value);
    }
    return true;
  }

  /** Those that were there when it began; what comes back meanwhile has a higher number. */
  *#all(before: number): Generator<LiveJob> {
    const { work } = this.#queue;
    for (const state of STATES)
      for (let from: number | null = 0; from !== null && from < before;) {
        const page = work.look(state, from, PAGE);
        for (const job of page.jobs) if (job.state === state && job.seq < before) yield job;
        from = page.next;
      }
  }

  /** Those that cannot go stay. */
  #one(job: LiveJob): void {
    const { queues } = this.#world;
    const queue = this.#queue;
    const source = job.origin instanceof JobOrigin ? job.origin.deadFrom : undefined;
    const to = this.#asked.to ?? (source === undefined ? undefined : queues.find(source));
    if (to === undefined || to === queue) {
      if (job.state === "dead") this.#revive(job);
      return;
    }
    if (!to.work.hasRoom(job.tail.length) || !this.#mayMoveTo(to)) return;
    this.#begin(job);
    queue.moveWaiting(job, to, draftOf(job, revivedOrigin(job.origin)), (why) =>
      this.#went(job, why),
    );
  }

  #revive(job: LiveJob): void {
    const { clock, storing } = this.#world;
    const queue = this.#queue;
    queue.work.redrive(job, clock.now);
    queue.tell(job);
    this.#begin(job);
    if (!queue.isDurable) return this.#went(job, null);
    writeRevivedRecord(storing.begin(), queue.number, job.seq);
    storing.insist({
      stored: () => this.#went(job, null),
      refused: (why) => this.#went(job, why),
    });
  }

  #mayMoveTo(queue: LiveQueue): boolean {
    let isAllowed = this.#allowed.get(queue);
    if (isAllowed === undefined) {
      isAllowed = this.#asked.mayMoveTo(queue);
      this.#allowed.set(queue, isAllowed);
    }
    return isAllowed;
  }

  #begin({ tail }: LiveJob): void {
    this.#count++;
    this.#bytes += tail.length;
  }

  #went({ tail }: LiveJob, why: Refusal | null): void {
    this.#count--;
    this.#bytes -= tail.length;
    if (why === null) this.#moved++;
    else this.#why = why;
    if (this.#isWaiting && this.#bytes === 0) {
      this.#isWaiting = false;
      this.#world.chores.begin(this);
    }
    this.#finish();
  }

  #finish(): void {
    if (this.#isThrough && this.#count === 0) this.#asked.done(this.#moved, this.#why);
  }
}
