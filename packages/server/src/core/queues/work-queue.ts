// A work queue: takes jobs in, gives each to one consumer at a time, and lets go of it when that consumer says so. It knows no clock, no
// disk and no connection: it is told the time, whoever uses it writes down what happens, and a listener is told what nobody asked for.

import { pauseAfter } from "./backoff.ts";
import type { Counts } from "./census.ts";
import type { Consumer } from "./consumer.ts";
import { Hands } from "./hands.ts";
import { type IdRecord, Ids, type Known } from "./ids.ts";
import { Job, type JobDraft, type JobPast, type JobState } from "./job.ts";
import { Jobs, type Page } from "./jobs.ts";
import { heldBy } from "./leases.ts";
import { QueueFigures, type QueueStats } from "./queue-figures.ts";
import {
  type Death,
  type Loss,
  lossTexts,
  type QueueJob,
  type QueueLease,
  type QueueListener,
} from "./queue-listener.ts";
import type { QueueSettings } from "./queue-settings.ts";
import { kind } from "./rates.ts";
import { type Checked, checkVerb, type Verb } from "./verbs.ts";

/** Jobs that had expired, found while one was looked for: so many, and then a tick must come first. */
const STALE_MAX = 256;

/** Jobs that go to make room for one. */
const VICTIMS_MAX = 1000;

/** `O`: who consumers belong to, to whoever made the queue. */
export class WorkQueue<O> {
  readonly name: string;
  #settings: QueueSettings;
  readonly #listener: QueueListener<O>;
  #nextSeq: number;
  #isPaused = false;
  readonly #jobs: Jobs<Consumer<O>>;
  readonly #hands: Hands<O>;
  readonly #ids: Ids;
  readonly #figures: QueueFigures;

  constructor(
    name: string,
    settings: QueueSettings,
    listener: QueueListener<O>,
    firstSeq: number,
    now: number,
  ) {
    this.name = name;
    this.#settings = settings;
    this.#listener = listener;
    this.#nextSeq = firstSeq;
    this.#jobs = new Jobs(settings);
    this.#ids = new Ids(settings.dedupeMs);
    this.#figures = new QueueFigures(now);
    this.#hands = new Hands(settings, this.#figures, (consumer) =>
      listener.activeChanged(consumer),
    );
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  /** The number that the next job gets. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** In the order in which they joined. */
  get consumers(): ReadonlySet<Consumer<O>> {
    return this.#hands.consumers.all;
  }

  get counts(): Counts {
    return this.#jobs.census;
  }

  /** Ready and delayed jobs. */
  get depth(): number {
    return this.#jobs.census.depth;
  }

  // Sending.

  /** What is known of an id of a sender. `hash`: of the payload. */
  lookUp(sender: string | null, id: string, hash: number, now: number): Known {
    const known = this.#ids.find(sender, id, now);
    if (known === undefined) return "new";
    if (known.hash !== hash) return "conflict";
    return { seq: known.seq, isStored: this.find(known.seq)?.state !== "storing" };
  }

  /** The number of the job that a sender sent with an id, as far as that is remembered. */
  seqOf(sender: string | null, id: string, now: number): number | undefined {
    return this.#ids.find(sender, id, now)?.seq;
  }

  /** Whether a job of so many bytes fits. */
  hasRoom(bytes: number): boolean {
    const { jobsMax, bytesMax } = this.#settings;
    const { census } = this.#jobs;
    return census.jobs < jobsMax && census.bytes + bytes <= bytesMax;
  }

  /**
   * Takes out what must go for a job, as the settings say, and returns it; ask {@link hasRoom} then. Nothing goes when it would not be
   * enough, but for one case: what is less urgent than the job stands in a group behind what is more urgent.
   */
  makeRoom(bytes: number, priority: number, now: number): QueueJob<O>[] {
    const victims: QueueJob<O>[] = [];
    if (!this.#jobs.isWorthIt(this.#settings, priority, bytes)) return victims;
    while (victims.length < VICTIMS_MAX && !this.hasRoom(bytes)) {
      const victim = this.#jobs.victim(this.#settings, priority);
      if (victim === null) break;
      this.remove(victim, now);
      victims.push(victim);
    }
    return victims;
  }

  /** Takes a job in; there must be room. Not stored: nobody gets it until {@link stored}. `hash`: of the payload; -1: its id is not remembered. */
  add(draft: JobDraft, hash: number, now: number, isStored: boolean): QueueJob<O> {
    const { ttlMs } = this.#settings;
    const isEndless = draft.expiresAt === Infinity && ttlMs !== null;
    const job = this.#enter(this.#nextSeq, draft, isEndless ? now + ttlMs : draft.expiresAt);
    const { seq, sender, id } = job;
    if (id !== null && hash >= 0) this.#ids.add({ sender, id, hash, seq, at: now }, now);
    this.#count(kind.sent, now);
    if (isStored) this.stored(job, now);
    return job;
  }

  /** The job is on disk. To be said in the order in which jobs were added. */
  stored(job: QueueJob<O>, now: number): void {
    this.#jobs.wait(job, job.base, now);
  }

  /** It could not be stored: it never was. */
  refused(job: QueueJob<O>): void {
    if (job.id !== null) this.#ids.forget(job.sender, job.id, job.seq);
    this.#jobs.shift(job, "gone");
  }

  /** Takes in one that was there before this process began; one with that number that is there already stays as it is. */
  restore(seq: number, draft: JobDraft, past: JobPast, now: number): QueueJob<O> {
    const known = this.find(seq);
    if (known !== undefined) return known;
    const job = this.#enter(seq, draft, draft.expiresAt);
    job.given = 1;
    this.amend(job, past, now);
    return job;
  }

  /** While records are read: what a later one says of a job that was restored. */
  amend(job: QueueJob<O>, past: JobPast, now: number): void {
    this.#jobs.shift(job, "storing");
    job.failures = past.failures;
    job.error = past.error;
    if (past.isDead) this.#jobs.shift(job, "dead", now);
    else this.#jobs.wait(job, Math.max(job.base, past.retryAt), now);
  }

  /** While records are read: an id, whether its job is there or not. */
  remember(record: IdRecord, now: number): void {
    this.#ids.add(record, now);
  }

  /** All ids that are remembered and whose jobs are stored, to be written down; the oldest first. */
  *ids(now: number): Generator<IdRecord> {
    for (const record of this.#ids.all(now))
      if (this.find(record.seq)?.state !== "storing") yield record;
  }

  // Giving out.

  /** Whether somebody is there for a job that is there. Cheap. */
  canGive(now: number): boolean {
    if (this.#isPaused || this.#jobs.isUnfiled) return false;
    return this.#jobs.levels.next !== null && this.#hands.freeAt <= now;
  }

  /**
   * Leases the next job to the next consumer; `job.lease` says to whom, and until when. Undefined when there is nothing to give, and when so
   * many jobs were found expired that a tick must come first: the number of the lease is not used then.
   */
  give(now: number, lease: number): QueueJob<O> | undefined {
    for (let stale = 0; stale < STALE_MAX && this.canGive(now); stale++) {
      const job = this.#jobs.levels.next!;
      if (job.expiresAt > now) return this.#lease(job, lease, now);
      this.#expire(job, now);
    }
    return undefined;
  }

  // Settling.

  /** What may be done about a job that somebody speaks of, under which lease. The other methods take the job, and act at once. */
  check(seq: number, lease: number, verb: Verb, now: number): QueueJob<O> | Checked {
    const job = this.find(seq);
    if (job === undefined)
      return verb === "ack" && seq > 0 && seq < this.#nextSeq ? "done" : "lease-lost";
    return checkVerb(job, lease, verb, now);
  }

  /** It is done. `processingMs`: as the worker measured; null: as it looks from here. */
  ack(job: QueueJob<O>, now: number, processingMs: number | null): void {
    this.#finish(job, now, processingMs);
    this.settled(job, now);
  }

  /**
   * What was said of it is on its way to the disk: nobody gets it, and its worker has a place free. {@link settled}, {@link fail},
   * {@link reject} or {@link unsettled} come next.
   */
  settling(job: QueueJob<O>, now: number, processingMs: number | null): void {
    this.#finish(job, now, processingMs);
    if (job.lease !== null) job.lease.consumer.settling++;
    this.#jobs.shift(job, "settling");
  }

  /** Its acknowledgement is stored: it is gone. */
  settled(job: QueueJob<O>, now: number): void {
    this.#count(kind.done, now);
    this.moved(job);
  }

  /** One that waits, or is parked, is on its way to another queue. {@link moved}, {@link unsettled} or {@link park} come next. */
  moving(job: QueueJob<O>): void {
    this.#jobs.shift(job, "moving");
  }

  /** It is in another queue, and not in this one. */
  moved(job: QueueJob<O>): void {
    this.#forgetLease(job);
    this.#jobs.shift(job, "gone");
  }

  /** It could not be stored: it is leased as before, or waits as before. */
  unsettled(job: QueueJob<O>, now: number): void {
    if (job.lease === null) return this.#jobs.wait(job, job.key, now);
    job.lease.consumer.settling--;
    this.#jobs.shift(job, "leased");
    this.#hands.restore(job, now);
  }

  /** It goes back to its old place, and that is no failure. */
  release(job: QueueJob<O>, now: number): void {
    this.#hands.take(job, now);
    this.#giveBack(job, now);
  }

  /** When it would be due after one more failure; null: it would be dead. Never before its sender wants it. `delayMs` null: as the settings say. */
  retryAt(job: QueueJob<O>, now: number, delayMs: number | null): number | null {
    const { maxFailures } = this.#settings;
    const failures = job.failures + 1;
    if (maxFailures > 0 && failures >= maxFailures) return null;
    return Math.max(now + (delayMs ?? pauseAfter(failures, job.seq, this.#settings)), job.base);
  }

  /** Counts a failure: it waits until {@link retryAt}, or is dead. Returns whether it is; the listener was asked then. */
  fail(job: QueueJob<O>, now: number, delayMs: number | null, error: string | null): boolean {
    this.#finish(job, now, null);
    return this.#fail(job, now, delayMs, error);
  }

  /** It is of no use: it is dead. The listener is asked. */
  reject(job: QueueJob<O>, now: number, error: string | null): void {
    this.#finish(job, now, null);
    job.error = error;
    this.#die(job, "rejected", now);
  }

  /** Its worker needs more time: so much from now on; null: `leaseMs`. */
  touch(job: QueueJob<O>, now: number, ms: number | null): void {
    this.#hands.leases.extend(job.lease!, now + (ms ?? this.#settings.leaseMs));
  }

  // Consumers.

  /** `consumer.isActive` says whether it stands by. */
  addConsumer(consumer: Consumer<O>): void {
    this.#hands.consumers.add(consumer);
  }

  /** It gets no more. It keeps what it holds, until that is settled or runs out, {@link lose} or {@link releaseAll}. */
  removeConsumer(consumer: Consumer<O>): void {
    this.#hands.consumers.remove(consumer);
  }

  setCredit(consumer: Consumer<O>, credit: number): void {
    consumer.credit = credit;
    this.#hands.consumers.refresh(consumer);
  }

  /** It can take nothing at the moment, or can again. */
  block(consumer: Consumer<O>, isBlocked: boolean): void {
    consumer.isBlocked = isBlocked;
    this.#hands.consumers.refresh(consumer);
  }

  /** Something about this queue came from it: it is not stalled. */
  heard(consumer: Consumer<O>): void {
    this.#hands.consumers.stall(consumer, false);
  }

  /** It is gone for good: what it worked at counts a failure, the rest goes back. */
  lose(consumer: Consumer<O>, now: number): void {
    this.#hands.consumers.remove(consumer);
    for (const lease of heldBy(consumer, false)) this.#lose(lease, "gone", now);
  }

  /** It gives everything back, and that is no failure. Returns what it was, the newest first. */
  releaseAll(consumer: Consumer<O>, now: number): QueueJob<O>[] {
    const jobs = heldBy(consumer, false).map(({ job }) => job);
    for (const job of jobs) this.release(job, now);
    return jobs;
  }

  // Time.

  /** When there is something for {@link tick}, or for {@link give}, that is not there yet; Infinity: time alone changes nothing. */
  get dueAt(): number {
    const isWilling = !this.#isPaused && this.#jobs.levels.next !== null;
    const freeAt =
      isWilling && this.#settings.ratePerSecond !== null ? this.#hands.freeAt : Infinity;
    return Math.min(this.#soonest, freeAt);
  }

  /** Does what is due, for about `max` jobs. Returns whether there is more. */
  tick(now: number, max: number): boolean {
    const { ends, delayed } = this.#jobs;
    let left = max;
    while (left > 0 && this.#hands.leases.firstKey <= now)
      left -= this.#runOut(this.#hands.leases.first!, now);
    for (; left > 0 && ends.firstKey <= now; left--) this.#expire(ends.first!.item, now);
    for (; left > 0 && delayed.firstKey <= now; left--) this.#jobs.shift(delayed.first!, "ready");
    if (left > 0 && this.#jobs.isUnfiled) this.#jobs.file(left);
    return this.#soonest <= now;
  }

  // Operating it.

  /** Nothing is given out. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /**
   * Other settings, from now on: for leases, pauses and lives that begin, and for everything else at once. What groups mean is a matter
   * of all jobs: nothing is given out until ticks have looked at each.
   */
  configure(settings: QueueSettings): void {
    const is = this.#settings;
    this.#settings = settings;
    this.#jobs.configure(settings, is, this.#nextSeq);
    this.#hands.configure(settings);
    this.#ids.windowMs = settings.dedupeMs;
  }

  find(seq: number): QueueJob<O> | undefined {
    return this.#jobs.book.find(seq);
  }

  /** Takes out ready and delayed jobs with numbers from `from` and below `before`, `max` at most. */
  purge(from: number, before: number, max: number, now: number): Page<QueueJob<O>> {
    const isWaiting = ({ state }: QueueJob<O>): boolean => state === "ready" || state === "delayed";
    const page = this.#jobs.page(from, before, max, isWaiting);
    for (const job of page.jobs) this.remove(job, now);
    return page;
  }

  /** Jobs in a state, from a number on. Looks at 10,000 at most, so a page may be empty though more follow. Counts nothing. */
  look(state: JobState, from: number, limit: number): Page<QueueJob<O>> {
    return this.#jobs.page(from, Infinity, limit, (job) => job.state === state);
  }

  /** All jobs in the order of their numbers. The queue may be changed meanwhile: what is there all the time comes once. */
  jobs(): Generator<QueueJob<O>> {
    return this.#jobs.book.from(0);
  }

  /** Somebody decides that it is dead: it is parked, whoever holds it. */
  kill(job: QueueJob<O>, now: number, error: string | null): void {
    job.error = error ?? job.error;
    this.#count(kind.dead, now);
    this.park(job, now);
  }

  /** It stays here, and nobody gets it. */
  park(job: QueueJob<O>, now: number): void {
    if (job.state === "leased") this.#hands.take(job, now);
    this.#forgetLease(job);
    this.#jobs.shift(job, "dead", now);
  }

  /** A parked one waits again, as if it had never failed. */
  redrive(job: QueueJob<O>, now: number): void {
    job.failures = 0;
    job.error = null;
    this.#jobs.wait(job, job.base, now);
  }

  /** Takes out one that is ready, delayed or parked. */
  remove(job: QueueJob<O>, now: number): void {
    this.#count(kind.dropped, now);
    this.#jobs.shift(job, "gone");
  }

  stats(now: number): QueueStats {
    const { census, levels, groups } = this.#jobs;
    const { oldest } = levels;
    const { storing, delayed, ready, leased, settling, moving, dead, bytes } = census;
    const counts = { storing, delayed, ready, leased, settling, moving, dead, bytes };
    const present = {
      ...counts,
      readyByPriority: [...census.readyByPriority],
      oldestReadyMs: oldest === null ? null : now - oldest.base,
      consumers: this.#hands.consumers.all.size,
      concurrency: this.#hands.consumers.concurrency,
      groups: groups.size,
      isPaused: this.#isPaused,
    };
    return this.#figures.stats(present, now);
  }

  get #soonest(): number {
    if (this.#jobs.isUnfiled) return -Infinity;
    const { ends, delayed } = this.#jobs;
    return Math.min(this.#hands.leases.firstKey, ends.firstKey, delayed.firstKey);
  }

  #enter(seq: number, draft: JobDraft, expiresAt: number): QueueJob<O> {
    const job = new Job<Consumer<O>>(seq, draft, expiresAt);
    this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
    this.#jobs.shift(job, "storing");
    return job;
  }

  #lease(job: QueueJob<O>, number: number, now: number): QueueJob<O> {
    this.#jobs.groups.serve(job, now);
    this.#jobs.shift(job, "leased");
    this.#count(kind.given, now);
    if (job.given > 0) this.#count(kind.regiven, now);
    this.#hands.give(job, number, now);
    return job;
  }

  /** Its worker has done with it, if one holds it. */
  #finish(job: QueueJob<O>, now: number, processingMs: number | null): void {
    if (job.state === "leased") this.#hands.finish(job, now, processingMs);
  }

  /** Nobody has it, or had it last. */
  #forgetLease(job: QueueJob<O>): void {
    if (job.lease !== null && job.state === "settling") job.lease.consumer.settling--;
    job.lease = null;
  }

  #giveBack(job: QueueJob<O>, now: number): void {
    this.#forgetLease(job);
    this.#count(kind.released, now);
    this.#jobs.wait(job, job.base, now);
  }

  #fail(job: QueueJob<O>, now: number, delayMs: number | null, error: string | null): boolean {
    const dueAt = this.retryAt(job, now, delayMs);
    this.#forgetLease(job);
    job.failures++;
    job.error = error;
    job.isCounted = true;
    this.#count(kind.failed, now);
    if (dueAt === null) this.#die(job, "failures", now);
    else this.#jobs.wait(job, dueAt, now);
    return dueAt === null;
  }

  #die(job: QueueJob<O>, why: Death, now: number): void {
    this.#forgetLease(job);
    this.#count(kind.dead, now);
    this.#jobs.shift(job, "moving");
    const grave = this.#listener.dead(job, why);
    if (grave === "stays") this.park(job, now);
    else if (grave === "moved") this.moved(job);
  }

  #lose(lease: QueueLease<O>, why: Loss, now: number): void {
    const { job, isStarted } = lease;
    this.#hands.take(job, now);
    if (!isStarted) this.#giveBack(job, now);
    this.#listener.lost(lease, why);
    if (isStarted && !this.#fail(job, now, null, lossTexts[why])) this.#listener.failed(job);
  }

  /** A lease is over. Returns how many jobs that concerned. */
  #runOut(lease: QueueLease<O>, now: number): number {
    const { consumer } = lease;
    const isTooLong = this.#hands.leases.isTooLong(lease, now);
    let concerned = 1;
    if (!isTooLong && !consumer.isStalled) {
      this.#hands.consumers.stall(consumer, true);
      for (const other of heldBy(consumer, true)) {
        if (other === lease) continue;
        this.#lose(other, "stalled", now);
        concerned++;
      }
    }
    this.#lose(lease, isTooLong ? "too-long" : "expired", now);
    return concerned;
  }

  #expire(job: QueueJob<O>, now: number): void {
    this.#count(kind.expired, now);
    this.#jobs.shift(job, "gone");
    this.#listener.expired(job);
  }

  #count(which: number, now: number): void {
    this.#figures.rates.count(which, now);
  }
}
