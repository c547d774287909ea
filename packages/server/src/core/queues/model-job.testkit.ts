// What the plain model of a queue knows of a job, its lease and its consumer.

import type { JobDraft, JobState } from "./job.ts";

export interface ModelLease {
  number: number;
  consumer: ModelConsumer;
  dueAt: number;
  startedAt: number;
}

export interface ModelJob extends JobDraft {
  seq: number;
  base: number;
  endsAt: number;
  state: JobState;
  dueAt: number;
  parkedAt: number;
  failures: number;
  given: number;
  lastLease: number;
  isCounted: boolean;
  lease: ModelLease | null;
}

export interface ModelConsumer {
  name: number;
  concurrency: number;
  credit: number;
  quota: number;
  isJoined: boolean;
  isBlocked: boolean;
  isStalled: boolean;
  isActive: boolean;
  /** Since when it waits for its turn; null: it may not be given anything. */
  waitsSince: number | null;
  /** What it holds, in order. */
  holds: ModelJob[];
}

/** Sorts jobs by one thing after the other, and by their numbers in the end. */
export function up(...keys: ((job: ModelJob) => number)[]): (a: ModelJob, b: ModelJob) => number {
  return (a: ModelJob, b: ModelJob): number => {
    const key = keys.find((of) => of(a) !== of(b));
    return key === undefined ? a.seq - b.seq : key(a) - key(b);
  };
}

/** By when they began to wait. */
export const byAge: (a: ModelJob, b: ModelJob) => number = up((job) => job.base);

/** What a consumer works at; it has the rest in reserve. */
export function started(consumer: ModelConsumer): ModelJob[] {
  return consumer.holds.filter(({ lease }) => lease!.startedAt > -Infinity);
}
