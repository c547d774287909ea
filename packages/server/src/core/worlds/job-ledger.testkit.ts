// What is known of jobs by those who send them and work on them, and what must not happen to them.

import type { Disk, DiskJob } from "./job-disk.testkit.ts";
import { keyOf } from "./job-disk.testkit.ts";
import type { QueueKind } from "./job-queues.testkit.ts";
import type { Tell } from "./places.testkit.ts";

/** When something was, so that it can be said how sure times are: what was set of a clock in one run moves them in the next. */
export interface Stamp {
  readonly run: number;
  /** By how much the clock on the wall was set before that run, in whatever direction. */
  readonly shifted: number;
}

/** A job as it was sent, or a publication that becomes one. Times are those of the world, which go on over restarts. */
export interface SentJob {
  readonly payload: number;
  readonly kind: QueueKind;
  readonly id: string | null;
  readonly group: string | null;
  /** Counted from when it was sent first. */
  readonly dueAt: number;
  readonly endsAt: number;
  /** Counted from when it was sent last. */
  lastEndsAt: number;
  readonly stamp: Stamp;
  /** Of its first confirmation; a number above 0. */
  seq: number | null;
  isRefused: boolean;
}

/** Somebody's part in a queue. */
export interface Taking {
  readonly kind: QueueKind;
  readonly worker: string;
  readonly concurrency: number;
  credit: number;
  /** Pulls get so many. */
  quota: number;
  /** In the order in which it got them. */
  held: Held[];
  /** What it said could not be stored, so it may hold more than it knows. */
  mayHoldMore: boolean;
}

/** A lease that somebody was given. */
export interface Held {
  readonly key: string;
  readonly kind: QueueKind;
  readonly seq: number;
  readonly payload: number;
  readonly lease: number;
  readonly run: number;
  taking: Taking;
  /** It runs out then, … */
  dueAt: number;
  /** … or, when it takes too long, at this time at the earliest. */
  readonly hardAt: number;
  /** Counts as a failure when it is lost. */
  isStarted: boolean;
  /** What was said of it could not be stored: another may have been given in its place. */
  isReopened: boolean;
  /** Whoever had it is gone since then. */
  goneAt: number;
  state: "open" | "acking" | "over";
}

/** Time, and how it may be wrong. */
export interface WorldTime {
  readonly now: number;
  readonly stamp: Stamp;
}

export class Ledger {
  readonly jobs: Map<number, SentJob> = new Map();
  /** Leases that were given. */
  given = 0;
  readonly #tell: Tell;
  readonly #disk: Disk;
  readonly #time: WorldTime;
  /** The last lease of what {@link #identity} names. */
  readonly #last = new Map<string, Held>();
  /** By place. */
  readonly #finished = new Set<string>();
  readonly #told = new Map<string, string>();
  /** Places and payloads of jobs that somebody said to be done, whether that was confirmed or not. */
  readonly #acked = new Set<string | number>();
  readonly #given = new Set<string>();
  readonly #failed = new Map<string, number>();
  readonly #countable = new Map<string, Set<string>>();
  readonly #retryAt = new Map<string, { at: number; stamp: Stamp }>();
  /** They were dead and are not: what they had failed counts no more. */
  readonly #forgiven = new Set<string>();
  #highest = 0;

  constructor(tell: Tell, disk: Disk, time: WorldTime) {
    this.#tell = tell;
    this.#disk = disk;
    this.#time = time;
  }

  get now(): number {
    return this.#time.now;
  }

  /** A job may be earlier or later by this much, as the clock on the wall was set and there was a restart. */
  slackOf({ run, shifted }: Stamp): number {
    const { stamp } = this.#time;
    return stamp.run === run ? 0 : stamp.shifted - shifted + 5;
  }

  /** Its sender was told that it is there. */
  confirmed(job: SentJob, seq: number, isDuplicate: boolean): void {
    const { kind, payload } = job;
    if (job.seq !== null && job.seq !== seq)
      this.#tell("doubled", `${payload} was ${kind.name} ${job.seq}, and is ${seq}`);
    job.seq = seq;
    const key = keyOf(kind.name, seq);
    if (kind.isDurable && this.#disk.find(key)?.payload !== payload)
      this.#tell("shown-early", `${payload} was confirmed as ${key}, which is not on disk`);
    if (!isDuplicate && job.isRefused) this.#tell("invented", `${payload} was refused`);
  }

  /** What is surely held. */
  isOpen(held: Held): boolean {
    const { taking, goneAt, kind } = held;
    let end = Math.min(held.dueAt, held.hardAt, goneAt + kind.resumeMs);
    if (goneAt < Infinity && taking.mayHoldMore) return false;
    // when a lease of it runs out, what it has not begun goes back, and who is away is not told
    if (!held.isStarted)
      for (const { dueAt, hardAt } of taking.held) end = Math.min(end, dueAt, hardAt);
    return held.state === "open" && held.run === this.#time.stamp.run && this.#time.now < end;
  }

  /** Who has a job now, if that is sure. */
  holderOf(held: { readonly key: string; readonly payload: number }): Held | undefined {
    const last = this.#last.get(this.#identity(held.key, held.payload));
    return last !== undefined && this.isOpen(last) ? last : undefined;
  }

  /** Somebody was given a job. */
  give(held: Held, attempt: number, id: unknown): void {
    const { key, payload, lease, kind } = held;
    const job = this.jobs.get(payload);
    if (job === undefined || job.isRefused)
      return this.#tell("invented", `${key} is ${payload}, which nobody has sent`);
    const place = this.#disk.find(key);
    if (kind.isDurable && place?.payload !== payload)
      this.#tell("shown-early", `${key} is ${payload}, which is not on disk`);
    if (lease <= this.#highest)
      this.#tell("went-back", `the lease ${lease} follows on ${this.#highest}`);
    this.#highest = Math.max(this.#highest, lease);
    this.#checkHolders(held);
    if (this.#finished.has(key) || this.#finished.has(this.#identity(key, payload)))
      this.#tell("came-back", `${key} was done`);
    if ((id ?? null) !== job.id) this.#tell("changed", `the id of ${key} is ${String(id)}`);
    if (attempt === 1 && this.#given.has(key))
      this.#tell("wrong-count", `${key} is told as given for the first time`);
    // one that was dead and goes back has no end, and another number
    const isOwn = place === undefined ? kind === job.kind && job.seq === held.seq : !place.isMoved;
    if (isOwn) this.#checkTimes(held, job);
    if (kind.isOrdered && place !== undefined) this.#checkOrder(place);
    this.#given.add(key);
    this.given++;
    this.#last.set(this.#identity(key, payload), held);
    this.#checkBounds(held);
    held.taking.held.push(held);
    start(held.taking);
  }

  /** Its holder has it no more. `counts`: that may be a failure. */
  end(held: Held, counts: boolean, state: "over" | "acking" = "over"): void {
    if (counts) this.mayCount(held);
    held.state = state;
    held.taking.held = held.taking.held.filter((other) => other !== held);
    start(held.taking);
  }

  /** What was said could not be stored: it is held as before. */
  reopen(held: Held): void {
    held.state = "open";
    held.isStarted = true;
    held.isReopened = true;
    held.taking.held.unshift(held);
  }

  mayCount({ key, lease }: Held): void {
    const all = this.#countable.get(key) ?? new Set<string>();
    this.#countable.set(key, all);
    // what a lease of before a restart has counted is not known any more
    all.add(`${lease} ${this.#time.stamp.run}`);
  }

  /** An ack was said. */
  saysDone({ key, payload }: Held): void {
    this.#acked.add(key);
    this.#acked.add(payload);
  }

  /** An ack was answered. */
  acked({ key, payload, kind }: Held): void {
    const place = this.#disk.find(key);
    if (kind.isDurable && (place?.state === "there" || place?.state === "parked"))
      this.#tell("shown-early", `${key} was confirmed as done, which is not on disk`);
    this.#finished.add(key);
    // one that was gone to another queue is there still
    if (place?.state === "done") this.#finished.add(this.#identity(key, payload));
  }

  /** A failure was answered, said by who held the job. `delayMs`: until it is given out again, at least. */
  failed({ key }: Held, saidAt: number, delayMs: number): void {
    this.#failed.set(key, (this.#failed.get(key) ?? 0) + 1);
    this.#retryAt.set(key, { at: saidAt + delayMs, stamp: this.#time.stamp });
  }

  /** What a queue told of one of its jobs that was not done. */
  tellsEnd(key: string, what: string): void {
    this.#told.set(key, what);
    const job = this.#jobAt(key);
    if (what !== "expired" || job === undefined) return;
    if (this.#time.now < job.endsAt - this.slackOf(job.stamp))
      this.#tell("wrong-time", `${key} expired before its time`);
  }

  /** Whether there is a reason why a job is not there any more. */
  isEnded(key: string, payload: number): boolean {
    if (this.#acked.has(key) || this.#told.has(key) || this.#finished.has(key)) return true;
    const job = this.jobs.get(payload);
    return job === undefined || this.#time.now >= job.endsAt - this.slackOf(job.stamp);
  }

  /** The same of a job wherever it is. */
  isDone(payload: number): boolean {
    return this.#acked.has(payload);
  }

  /** A purge was confirmed. */
  purged(keys: readonly string[]): void {
    for (const key of keys) this.#finished.add(key);
  }

  forgive(queue: string): void {
    for (const { key, queue: of } of this.#disk.all()) if (of === queue) this.#forgiven.add(key);
  }

  /** What a look says of a job. */
  looked(key: string, failures: number): void {
    const most = this.#countable.get(key)?.size ?? 0;
    const least = Math.max(this.#failed.get(key) ?? 0, this.#disk.find(key)?.failures ?? 0);
    if (failures > most || (failures < least && !this.#forgiven.has(key)))
      this.#tell("wrong-count", `${key} has failed ${failures} times, not ${least} to ${most}`);
  }

  /** The process is gone: nobody holds anything. */
  restart(): void {
    for (const [identity, held] of this.#last)
      if (!held.kind.isDurable) this.#last.delete(identity);
    for (const job of this.jobs.values()) if (!job.kind.isDurable) this.jobs.delete(job.payload);
    for (const set of [this.#finished, this.#given])
      for (const key of set) if (key.startsWith("memory")) set.delete(key);
    for (const map of [this.#failed, this.#countable, this.#retryAt, this.#told])
      for (const key of map.keys()) if (key.startsWith("memory")) map.delete(key);
  }

  /** A publication may become two jobs, each of which is done for itself. */
  #identity(key: string, payload: number): string {
    const kind = this.jobs.get(payload)?.kind.name;
    return kind === "bound" ? key : `#${payload}`;
  }

  #jobAt(key: string): SentJob | undefined {
    const place = this.#disk.find(key);
    return place === undefined || place.isMoved ? undefined : this.jobs.get(place.payload);
  }

  #checkHolders(held: Held): void {
    const { key, payload, lease } = held;
    const last = this.#last.get(this.#identity(key, payload));
    if (last === undefined) return;
    if (this.isOpen(last))
      this.#tell("two-holders", `${key} is given out as ${lease} and held as ${last.lease}`);
    if (last.state === "acking" && last.run === this.#time.stamp.run)
      this.#tell("came-back", `${key} is given out while its ack is being stored`);
  }

  #checkTimes({ key }: Held, job: SentJob): void {
    const { now } = this.#time;
    const slack = this.slackOf(job.stamp);
    if (now < job.dueAt - slack)
      this.#tell("wrong-time", `${key} is given out ${job.dueAt - now} ms before its time`);
    if (now >= job.lastEndsAt + slack)
      this.#tell("wrong-time", `${key} is given out ${now - job.lastEndsAt} ms behind its end`);
    const retry = this.#retryAt.get(key);
    if (retry === undefined || this.#forgiven.has(key)) return;
    if (now < retry.at - this.slackOf(retry.stamp))
      this.#tell("wrong-time", `${key} is tried again ${retry.at - now} ms before its time`);
  }

  #checkOrder(place: DiskJob): void {
    const { run, shifted } = this.#time.stamp;
    // behind a restart the order is that of the clock on the wall
    if (run > 1 && shifted > 0) return;
    for (const other of this.#disk.inGroup(place.queue, place.group ?? "")) {
      if (other.seq >= place.seq) break;
      if (other.state !== "there") continue;
      this.#tell("out-of-order", `${place.key} of ${place.group} comes before ${other.key}`);
    }
  }

  /** There is one more in the hands of somebody. */
  #checkBounds({ key, kind, taking }: Held): void {
    const others = taking.held.filter(({ isReopened }) => !isReopened);
    if (others.length >= taking.credit || --taking.quota < 0)
      this.#tell("unbounded", `${key} is more than ${taking.worker} may hold`);
    if (!kind.isSingle && kind.concurrency === Infinity) return;
    let out = 0;
    for (const other of this.#last.values()) {
      if (other.kind !== kind || other.key === key || !this.isOpen(other)) continue;
      out++;
      if (kind.isSingle && other.taking !== taking)
        this.#tell("two-holders", `${taking.worker} gets ${key} while another holds ${other.key}`);
    }
    if (out >= kind.concurrency) this.#tell("unbounded", `${key} is more than may be out`);
  }
}

/** A worker works at the oldest of what it holds. */
function start({ held, concurrency }: Taking): void {
  for (let i = 0; i < Math.min(concurrency, held.length); i++) held[i]!.isStarted = true;
}
