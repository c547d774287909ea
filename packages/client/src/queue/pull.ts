// Jobs that the application takes and settles one by one.

import type { limits } from "@fanwire/protocol";
import { type Call, type CallOptions, newCall } from "../call.ts";
import { check, checkNumber } from "../check.ts";
import { ClientError } from "../errors.ts";
import type { User } from "../link.ts";
import type { Desk, Taker } from "./desk.ts";
import { type Holding, openHolding, type Verdict, type Work } from "./holding.ts";
import type { Job } from "./job.ts";
import { verb } from "./settler.ts";
import { textOf } from "./worker.ts";
import { jobOf } from "./working.ts";

const countMax: typeof limits.pullCountMax = 1000;
const waitMax: typeof limits.pullWaitMsMax = 60_000;

/** How to pull. */
export interface PullOptions extends CallOptions {
  /** How many jobs, at most: 1 to 1,000. Default 1. */
  readonly count?: number | undefined;
  /** How long the hub waits for the first of them, in milliseconds, at most 60,000. Default 0. `timeoutMs` is beside that. */
  readonly waitMs?: number | undefined;
}

/**
 * A job that was pulled. Say what became of it, once, before its lease runs out; saying it twice throws a TypeError. Each resolves when the hub has done it, and rejects with
 * a {@link ClientError}: `lease-lost` when another has the job by now, `timeout` and `aborted`, which end the wait alone, or the hub's refusal.
 */
export interface PulledJob<T = unknown> extends Job<T> {
  /** It is done. */
  ack(options?: CallOptions): Promise<void>;
  /** It goes back to its place at once, uncounted. */
  release(options?: CallOptions): Promise<void>;
  /** It has failed: that counts, and it comes again after `delayMs`, else when the queue says. */
  fail(error?: unknown, delayMs?: number, options?: CallOptions): Promise<void>;
  /** It can never be done: it becomes a dead letter. */
  reject(error?: unknown, options?: CallOptions): Promise<void>;
  /** The lease lasts so many milliseconds from now, at most 12 hours. Default: as long as a lease of the queue. */
  touch(ms?: number, options?: CallOptions): Promise<void>;
}

/** Throws a TypeError for options that the hub would refuse. */
export function checkPull({ count = 1, waitMs, timeoutMs }: PullOptions): void {
  const isGood = Number.isInteger(count) && count > 0 && count <= countMax;
  check(isGood, "count", "a whole number from 1 to 1,000");
  checkNumber("waitMs", waitMs, 0);
  check((waitMs ?? 0) <= waitMax, "waitMs", "at most 60,000");
  checkNumber("timeoutMs", timeoutMs, 0);
}

/** One pull, and what it has brought. */
interface Basket<T> {
  readonly holding: Holding<T>;
  /** All has come. */
  filled(): Promise<void>;
  /** Something about what is held has changed. */
  changed(): Promise<void>;
  /** What the application was not given goes back. */
  leave(): void;
}

/** Pulls once, and gives out what has come. */
export async function* pull<T>(
  desk: Desk,
  queue: string,
  options: PullOptions,
): AsyncGenerator<PulledJob<T>, undefined> {
  const { signal } = options;
  const basket = openBasket<T>(desk, queue, options);
  const { holding } = basket;
  try {
    await basket.filled();
    while (holding.hold.waiting.length > 0) {
      if (signal?.aborted) throw new ClientError("aborted", { cause: signal.reason });
      const work = holding.hold.begin();
      if (work) yield pulledJob(desk, holding, work);
      // oxlint-disable-next-line no-await-in-loop -- after a cut it waits until the hub has said which leases stand
      else await basket.changed();
    }
  } finally {
    basket.leave();
  }
}

function openBasket<T>(desk: Desk, queue: string, options: PullOptions): Basket<T> {
  const { link } = desk;
  const { count = 1, waitMs = 0, timeoutMs = 10_000, signal } = options;
  const call = newCall<void>(link, { signal, timeoutMs: timeoutMs + waitMs });
  let next: Call<void> | undefined;
  let isAsked = false;
  let isLeft = false;

  const holding = openHolding<T>(desk, queue, Infinity, false, {
    lost: () => {}, // its signal tells
    unread: () => {},
    changed() {
      next?.end();
      rest();
    },
  });
  const { hold } = holding;

  /** It needs the link as long as it holds something. */
  function rest(): void {
    if (!hold.isEmpty) return link.use(user, hold.touchAt);
    link.release(user);
    if (isLeft && !isAsked) desk.leave(taker);
  }

  const user: User = {
    wake: () => holding.wake(),
    over(cause = new ClientError("closed")) {
      for (const work of hold.jobs) if (hold.step(work, "return") === "running") work.abort(cause);
    },
  };

  const taker: Taker = {
    queue,
    granted([, , number, , leaseMs]) {
      isAsked = false;
      hold.leaseMs = leaseMs;
      // it ends by itself
      desk.forget(number);
    },
    began() {
      call.end();
      rest();
    },
    refused(error) {
      isAsked = false;
      // nothing was given: asking twice does no harm
      if (link.isLive()) call.end(error);
      rest();
    },
    deliver(frame) {
      if (call.isOpen) holding.take(frame);
      else desk.giveBack(queue, frame);
    },
    lose: (lease, error) => holding.lose(lease, error),
    activate: () => {},
    stopped: () => {},
    load() {
      if (isAsked || !call.isOpen) return;
      isAsked = true;
      desk.consume(taker, { pull: count, waitMs: Math.ceil(waitMs) });
    },
    cut: () => hold.doubt(),
  };
  desk.enter(taker);
  link.soon();

  return {
    holding,
    filled: () => call.promise,
    changed() {
      next = newCall<void>(link, { signal, timeoutMs });
      return next.promise;
    },
    leave() {
      isLeft = true;
      for (const work of hold.waiting) holding.giveBack(work, new ClientError("closed"));
      rest();
    },
  };
}

function pulledJob<T>(desk: Desk, holding: Holding<T>, work: Work<T>): PulledJob<T> {
  function settle(verdict: Verdict, options: CallOptions | undefined): Promise<void> {
    if (work.stand !== "running" && work.stand !== "lost")
      throw new TypeError("what became of the job was said before");
    const call = newCall<void>(desk.link, options);
    holding.settle(work, verdict, (error) => call.end(error), true);
    return call.promise;
  }
  return Object.assign(jobOf(holding, work), {
    ack: (options?: CallOptions) => settle([verb.ack], options),
    release: (options?: CallOptions) => settle([verb.release], options),
    fail(error?: unknown, delayMs?: number, options?: CallOptions) {
      checkNumber("delayMs", delayMs, 0);
      const text = error === undefined ? undefined : textOf(error);
      return settle([verb.fail, delayMs && Math.ceil(delayMs), text], options);
    },
    reject(error?: unknown, options?: CallOptions) {
      return settle(
        [verb.reject, undefined, error === undefined ? undefined : textOf(error)],
        options,
      );
    },
    touch(ms?: number, options?: CallOptions) {
      checkNumber("ms", ms, 1);
      const call = newCall<void>(desk.link, options);
      holding.touch(work, ms, (error) => call.end(error));
      return call.promise;
    },
  });
}
