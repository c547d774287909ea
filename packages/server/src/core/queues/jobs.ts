// All jobs of a queue, each in the places where its state has it: those that wait in their levels or groups, those that are delayed in
// the order in which they are due, those with an end in the order of their ends. A job changes its state here and nowhere else.

import { Book } from "./book.ts";
import { Census } from "./census.ts";
import { Groups, type Part } from "./groups.ts";
import type { Job, JobState } from "./job.ts";
import { Levels } from "./levels.ts";
import { Line, type Stand } from "./line.ts";
import type { QueueSettings } from "./queue-settings.ts";

/** Jobs that are looked at to find some, in one go. */
const LOOK_MAX = 10_000;

/** Jobs in the order of their numbers, and from which number to go on; null: there is nothing behind it. */
export interface Page<J> {
  readonly jobs: readonly J[];
  readonly next: number | null;
}

export class Jobs<C> {
  readonly census: Census = new Census();
  readonly book: Book<Job<C>> = new Book();
  readonly levels: Levels<C> = new Levels();
  readonly groups: Groups<C>;
  /** By when they are due. */
  readonly delayed: Line<Job<C>> = new Line();
  /** The dead ones that stay here, by when they were parked. */
  readonly parked: Line<Job<C>> = new Line();
  /** Those of ready and delayed jobs. */
  readonly ends: Line<Stand<Job<C>>> = new Line();
  /** From which number on, and below which, jobs may stand where their groups were before. */
  #unfiled = 0;
  #unfiledEnd = 0;

  constructor({ agingMs, groupConcurrency }: QueueSettings) {
    this.levels.agingMs = agingMs;
    this.groups = new Groups(this.levels, groupConcurrency);
  }

  /** `key`: of a delayed job, when it is due; of a dead one, when it was parked. */
  shift(job: Job<C>, state: JobState, key: number = 0): void {
    const was = job.state;
    const from = partOf(job);
    if (was === "delayed") this.delayed.remove(job);
    else if (was === "dead") this.parked.remove(job);
    else if (was === "gone") this.book.add(job);
    this.census.count(was, job.priority, job.bytes, -1);
    this.census.count(state, job.priority, job.bytes, 1);
    job.state = state;
    this.groups.move(job, from, partOf(job));
    if (state === "delayed") this.delayed.add(job, key);
    else if (state === "dead") this.parked.add(job, key);
    else if (state === "gone") this.book.remove(job);
    if (job.end !== null) this.#end(job.end, isMortal(was), isMortal(state));
  }

  /** It waits, from some time on. */
  wait(job: Job<C>, dueAt: number, now: number): void {
    if (dueAt > now) this.shift(job, "delayed", dueAt);
    else this.shift(job, "ready");
  }

  /** `nextSeq`: above the number of every job that is there. */
  configure(
    { agingMs, groupConcurrency }: QueueSettings,
    is: QueueSettings,
    nextSeq: number,
  ): void {
    this.levels.agingMs = agingMs;
    if (groupConcurrency === is.groupConcurrency) return;
    this.groups.concurrency = groupConcurrency;
    this.#unfiled = 0;
    this.#unfiledEnd = nextSeq;
  }

  /** Jobs are not where their groups have them yet: nobody knows who is next. */
  get isUnfiled(): boolean {
    return this.#unfiled < this.#unfiledEnd;
  }

  /** Puts so many jobs where their groups have them. */
  file(max: number): void {
    let left = max;
    for (const job of this.book.from(this.#unfiled)) {
      this.#unfiled = job.seq;
      if (left === 0 || !this.isUnfiled) return;
      this.groups.file(job, partOf(job));
      left--;
    }
    this.#unfiled = this.#unfiledEnd;
  }

  /** Jobs that `isWanted`, with numbers from `from` and below `before`. Looks at so many that it takes no time to speak of. */
  page(
    from: number,
    before: number,
    limit: number,
    isWanted: (job: Job<C>) => boolean,
  ): Page<Job<C>> {
    const jobs: Job<C>[] = [];
    let looked = 0;
    for (const job of this.book.from(from)) {
      if (job.seq >= before) break;
      if (jobs.length >= limit || looked >= LOOK_MAX) return { jobs, next: job.seq };
      looked++;
      if (isWanted(job)) jobs.push(job);
    }
    return { jobs, next: null };
  }

  /** What goes next, to make room for a job of a priority; null: nothing may. Parked ones go first. */
  victim({ overflow }: QueueSettings, priority: number): Job<C> | null {
    if (overflow === "refuse") return null;
    const { parked, levels, delayed } = this;
    if (overflow === "drop-lowest") return parked.first ?? levels.lowest(priority);
    return parked.first ?? levels.oldest ?? delayed.first;
  }

  /** Whether all victims together make room. */
  isWorthIt(settings: QueueSettings, priority: number, bytes: number): boolean {
    const { overflow, jobsMax, bytesMax } = settings;
    const { census } = this;
    if (overflow === "refuse") return false;
    const isAll = overflow === "drop-oldest";
    let jobs = census.dead + (isAll ? census.delayed : 0);
    let freed = census.deadBytes + (isAll ? census.delayedBytes : 0);
    for (let i = 0; i < census.readyByPriority.length; i++) {
      if (!isAll && i > priority) break;
      jobs += census.readyByPriority[i]!;
      freed += census.readyBytesByPriority[i]!;
    }
    return census.jobs - jobs < jobsMax && census.bytes - freed + bytes <= bytesMax;
  }

  #end(end: Stand<Job<C>>, was: boolean, is: boolean): void {
    if (was && !is) this.ends.remove(end);
    else if (is && !was) this.ends.add(end, end.key);
  }
}

/** Whether a job in this state is dropped when its time is over. */
function isMortal(state: JobState): boolean {
  return state === "ready" || state === "delayed";
}

function partOf<C>(job: Job<C>): Part {
  switch (job.state) {
    case "ready":
      return "waiting";
    case "leased":
    case "settling":
      return "held";
    case "delayed":
      return job.isBackingOff ? "resting" : "none";
    case "storing":
    case "moving":
    case "dead":
    case "gone":
      return "none";
  }
}
