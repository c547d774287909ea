// What can be seen of a queue: its numbers, and its jobs.

import { decodeEach } from "@fanwire/protocol";
import { type Codec, decode } from "../codec.ts";

/** Where jobs can be looked at. `storing` and `settling` wait for the hub's disk. */
export type JobState = "delayed" | "ready" | "leased" | "dead" | "storing" | "settling";

/** A job that was looked at; that counts nothing. */
export interface LookedJob<T = unknown> {
  readonly seq: number;
  readonly state: JobState;
  readonly id?: string;
  readonly priority: number;
  readonly group?: string;
  /** How often it was given out. */
  readonly attempts: number;
  readonly failures: number;
  /** What the last worker that failed said. */
  readonly error?: string;
  /** When it began to wait, in milliseconds since 1970, as all these times. */
  readonly waitingSince: number;
  /** Of a delayed one: when it is ready. */
  readonly dueAt?: number;
  /** Of a leased one: when that ends, unless it is touched. */
  readonly leasedUntil?: number;
  /** When it is dropped if nobody has begun it. */
  readonly expiresAt?: number;
  /** Of a dead letter: why it died, and in which queue. */
  readonly dead?: string;
  readonly deadFrom?: string;
  /** Of a publication. */
  readonly topic?: string;
  /** With `payload`: when it was sent, by whom, with which headers, and its data; undefined where that cannot be read. */
  readonly time?: number;
  readonly from?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly data?: T | undefined;
}

/** Some jobs of a queue. */
export interface Looked<T = unknown> {
  readonly jobs: readonly LookedJob<T>[];
  /** The number to go on from; undefined: there are no more. */
  readonly next: number | undefined;
  /** The hub's time, to compare theirs with, in milliseconds since 1970. */
  readonly now: number;
}

/** So many a second, over the last ten seconds, minute and five minutes. */
export interface QueueRate {
  readonly over10s: number;
  readonly over1m: number;
  readonly over5m: number;
}

/** How long something took in the last minute or two, in milliseconds; null: nothing did. */
export interface QueueTimes {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** What happens to jobs: taken in, given out, given out again, done, failed, come back without, too late, dead, taken out. */
export type QueueKind =
  | "sent"
  | "given"
  | "regiven"
  | "done"
  | "failed"
  | "released"
  | "expired"
  | "dead"
  | "dropped";

/** The numbers of a queue. */
export interface QueueStats {
  /** How many jobs are where; `storing` and `settling` wait for the hub's disk. */
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
  readonly storing: number;
  readonly settling: number;
  /** Of all of them. */
  readonly bytes: number;
  /** By priority, from 0. */
  readonly readyByPriority: readonly number[];
  /** The age of the oldest job that is ready, in milliseconds; null: none is. */
  readonly oldestReadyMs: number | null;
  readonly consumers: number;
  /** Jobs that all of them work on at a time. */
  readonly concurrency: number;
  readonly groups: number;
  readonly isPaused: boolean;
  /** Since the hub started. */
  readonly totals: Readonly<Record<QueueKind, number>>;
  readonly rates: Readonly<Record<QueueKind, QueueRate>>;
  /** From when a job may begin until it is given out for the first time. */
  readonly wait: QueueTimes;
  /** From when a worker begins with a job until it says what became of it. */
  readonly processing: QueueTimes;
  /** What comes, tries included, a second. */
  readonly offeredPerSecond: number;
  /** Concurrency to keep up, busy three quarters of the time; null: not known yet. */
  readonly workersToKeepUp: number | null;
  /** To work off in a minute what waits, beside what comes; null: not known yet. */
  readonly workersToDrain: number | null;
  /** The larger of the two, while something waits. */
  readonly recommendedWorkers: number;
  /** How long that takes with the concurrency that there is; null: it does not keep up, or nobody knows. */
  readonly drainMs: number | null;
  /** Little's law, tried on the leased jobs: 0 when it holds; null: none were. */
  readonly residual: number | null;
}

/** A job as the hub tells it: `tail` holds the tail of a publication, its elements back to back. */
type Told<T> = LookedJob<T> & { readonly tail?: Uint8Array };

export function readLooked<T>(codec: Codec, { tail, ...job }: Told<T>): LookedJob<T> {
  if (!tail) return job;
  const elements: unknown[] = [];
  decodeEach(tail, (element) => elements.push(element));
  const [time, from, encoding, meta, payload] = elements as [
    number,
    string | null,
    number,
    { readonly h?: Readonly<Record<string, string>> } | null,
    Uint8Array,
  ];
  let data: T | undefined;
  try {
    data = decode(codec, payload, encoding) as T;
  } catch {
    // it is looked at all the same
  }
  return { ...job, time, from: from ?? undefined, headers: meta?.h, data };
}
