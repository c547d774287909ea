// How a queue behaves, as applications say it and as it stands in a frame.

import { check, checkNumber } from "../check.ts";

/** How a queue behaves; what is left out is the default, or stays as it is. */
export interface QueueConfiguration {
  /** Jobs survive the hub: each is on disk before it is confirmed. Default true; it cannot be changed. */
  readonly durable?: boolean | undefined;
  /** How long a job belongs to a worker that is not heard of, in milliseconds: 1,000 to 12 hours. Default 30,000. */
  readonly leaseMs?: number | undefined;
  /** How long the jobs of a lost connection are kept for its return, in milliseconds: at most 300,000. Default 30,000. */
  readonly resumeMs?: number | undefined;
  /** The longest that a worker may take for a job, whatever it says, in milliseconds: 1,000 to a week. Default null: no bound. */
  readonly maxProcessingMs?: number | null | undefined;
  /** The failure that makes a job a dead letter: at most 1,000. Default 5; 0: none does. */
  readonly maxFailures?: number | undefined;
  /** How long a job waits after its first failure, in milliseconds. Default 1,000. */
  readonly backoffMs?: number | undefined;
  /** By how much longer after each further one: 1 to 10. Default 2. */
  readonly backoffFactor?: number | undefined;
  /** The longest of these waits, in milliseconds. Default 300,000. */
  readonly backoffMaxMs?: number | undefined;
  /** By which part of itself a wait may be longer or shorter: 0 to 1, in hundredths. Default 0.2. */
  readonly backoffJitter?: number | undefined;
  /** A job of one priority more goes before those that were sent so many milliseconds earlier. Default 30,000; 0: priorities do nothing; `Infinity`: they are strict. */
  readonly agingMs?: number | undefined;
  /** How many jobs of a group are worked on at a time: 1 to 1,000; 1 keeps their order. Default null: groups do nothing. */
  readonly groupConcurrency?: number | null | undefined;
  /** How many jobs are worked on at a time, by all workers. Default null: no bound. */
  readonly concurrency?: number | null | undefined;
  /** How many jobs are given out a second, to all workers. Default null: no bound. */
  readonly ratePerSecond?: number | null | undefined;
  /** How many jobs it holds. Default 100,000. */
  readonly jobsMax?: number | undefined;
  /** How many bytes they may take. Default 1 GiB. */
  readonly bytesMax?: number | undefined;
  /** What becomes of one job more: it is refused as `queue-full` (default), or the oldest, or the least important, is dropped for it. */
  readonly overflow?: "refuse" | "drop-oldest" | "drop-lowest" | undefined;
  /** How long a job may wait, unless its sender says, in milliseconds. Default null: for ever. */
  readonly ttlMs?: number | null | undefined;
  /** How long ids of jobs are remembered, in milliseconds. Default 120,000. */
  readonly dedupeMs?: number | undefined;
  /** The queue for dead letters. Default the name with `~dead` behind it; null: they stay in this one. */
  readonly deadLetter?: string | null | undefined;
  /** One worker alone is served, others stand by. Default false. */
  readonly singleActive?: boolean | undefined;
}

/** The configuration as the hub takes it: integers alone. Throws a TypeError for a number that is none there. */
export function wireOf(configuration: QueueConfiguration): Record<string, unknown> {
  const { backoffJitter, agingMs, ...others } = configuration;
  checkNumber("backoffJitter", backoffJitter, 0);
  checkNumber("agingMs", agingMs, 0);
  for (const [key, value] of Object.entries(others))
    check(typeof value !== "number" || Number.isSafeInteger(value), key, "a whole number");
  return {
    ...others,
    backoffJitterPercent: backoffJitter && Math.round(backoffJitter * 100),
    agingMs: agingMs === Infinity ? -1 : agingMs && Math.round(agingMs),
  };
}
