// A worker, as applications see it.

import type { CallOptions } from "../call.ts";
import { check, checkNumber } from "../check.ts";
import type { ClientError } from "../errors.ts";
import type { Store } from "../store.ts";
import type { Holding, Work } from "./holding.ts";
import type { Job, JobInfo } from "./job.ts";

/** A job that a handler has. */
export interface WorkerJob<T = unknown> extends Job<T> {
  /**
   * The lease lasts at least so many milliseconds from now, at most 12 hours. That is not needed for work that takes long: as long as the handler's promise is
   * pending the client sees to it. It is for work that keeps the process from its turn.
   */
  touch(ms?: number): void;
}

/**
 * Works on a job. Returning, or resolving, acknowledges it. Throwing fails it: that counts, and it comes again later. Throwing `Retry` says when, `Release`
 * gives it back uncounted, `Fatal` makes it a dead letter.
 */
export type Handler<T = unknown> = (job: WorkerJob<T>) => unknown;

/** How to take jobs. */
export interface ConsumeOptions {
  /** How many jobs are worked on at a time: 1 to 1,000. Default 1. */
  readonly concurrency?: number | undefined;
  /** How many jobs this worker holds at most, those included that wait here: up to 4,096. Default twice the concurrency, at most 64. */
  readonly credit?: number | undefined;
  /** Aborting it closes the worker, as `close` does. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Hears what goes wrong: what a handler throws but `Release`, a lease that is lost while its job is at work, a settlement that the hub refuses, a
   * job that cannot be read, why the worker ends. Default: nobody; the hub is told what failed.
   */
  readonly onError?: ((error: unknown, job: JobInfo | undefined) => void) | undefined;
}

/** A worker. It takes jobs until it is drained or closed, over all links. */
export interface Worker extends Disposable, AsyncDisposable {
  /** Whether the hub serves it now: not while there is no link, nor while it stands by for another worker of a queue that serves one alone. */
  readonly active: Store<boolean>;
  /** How many handlers are at work. */
  readonly running: number;
  /**
   * Takes no more jobs, gives back those that have not begun, waits for its handlers and until the hub has confirmed what became of their jobs. Not to be waited for inside
   * a handler. `timeoutMs`: default `Infinity`. Rejects with `timeout` or `aborted`, which leave it draining, or `closed`, when the client is closed first.
   */
  drain(options?: CallOptions): Promise<void>;
  /**
   * Takes no more jobs and gives all back, uncounted; the signals of those at work are aborted, and what their handlers do then is not told.
   * Resolves when the hub knows, or without a link at once.
   */
  close(): Promise<void>;
  /**
   * Resolves when it is over, with the reason if the application did not want it: a {@link ClientError} such as `forbidden`, `not-found`
   * (no such queue), or why the client was closed.
   */
  readonly closed: Promise<ClientError | undefined>;
}

/** Throws a TypeError for options that the hub would refuse. */
export function checkConsume({ concurrency = 1, credit = 0 }: ConsumeOptions): void {
  const isGood = Number.isInteger(concurrency) && concurrency > 0 && concurrency <= 1000;
  check(isGood, "concurrency", "a whole number from 1 to 1,000");
  const isCredit = Number.isInteger(credit) && credit >= 0 && credit <= 4096;
  check(isCredit, "credit", "a whole number from 0 to 4,096");
}

/** What every job at work has. Throws a TypeError for a progress that is none. */
export function jobOf<T>(holding: Holding<T>, work: Work<T>): Job<T> {
  return {
    ...work.info,
    get signal() {
      return work.signal;
    },
    progress(fraction, note) {
      check(fraction >= 0 && fraction <= 1, "fraction", "a number from 0 to 1");
      holding.progress(work, fraction, note);
    },
  };
}

/** What a worker's job has beside. */
export function workerJobOf<T>(holding: Holding<T>, work: Work<T>): WorkerJob<T> {
  return Object.assign(jobOf(holding, work), {
    touch(ms?: number) {
      checkNumber("ms", ms, 1);
      if (work.stand === "running") holding.touch(work, ms);
    },
  });
}
