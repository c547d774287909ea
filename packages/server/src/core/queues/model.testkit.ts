// What a queue should do, as plainly as it can be said: one list of jobs, sorted and searched each time. Nothing in it is clever, so it can be
// read against the rules.

import { pauseAfter } from "./backoff.ts";
import type { JobDraft, JobState } from "./job.ts";
import {
  byAge,
  type ModelConsumer,
  type ModelJob,
  type ModelLease,
  started,
  up,
} from "./model-job.testkit.ts";
import type { Grave } from "./queue-listener.ts";
import type { QueueSettings } from "./queue-settings.ts";
import type { Verb } from "./verbs.ts";

/** A candidate for being given out: a job for itself, or a group with its head. */
interface Candidate {
  job: ModelJob;
  key: number;
  tie: number;
}

const TURNS = 2 ** 52;
export class Model {
  settings: QueueSettings;
  jobs: ModelJob[] = [];
  consumers: ModelConsumer[] = [];
  groups: Map<string, { servedAt: number; turn: number }> = new Map();
  ids: { sender: string | null; id: string; hash: number; seq: number; at: number }[] = [];
  nextSeq = 1;
  isPaused = false;
  /** Jobs that were not looked at since groups became something else. */
  unfiled: ModelJob[] = [];
  isUnfiled = false;
  busyUntil: number = -Infinity;
  turns = 0;
  clock = 0;
  active: ModelConsumer | null = null;
  log: string[] = [];
  readonly graveOf: (seq: number) => Grave;

  constructor(settings: QueueSettings, graveOf: (seq: number) => Grave) {
    this.settings = settings;
    this.graveOf = graveOf;
  }

  in(...states: JobState[]): ModelJob[] {
    return this.jobs.filter(({ state }) => states.includes(state));
  }

  find(seq: number): ModelJob | undefined {
    return this.jobs.find((job) => job.seq === seq);
  }

  lookUp(sender: string | null, id: string, hash: number, now: number): unknown {
    const known = this.ids.findLast((entry) => entry.sender === sender && entry.id === id);
    if (known === undefined || known.at + this.settings.dedupeMs <= now) return "new";
    if (known.hash !== hash) return "conflict";
    return { seq: known.seq, isStored: this.find(known.seq)?.state !== "storing" };
  }

  hasRoom(bytes: number): boolean {
    const all = this.jobs.reduce((sum, { tail }) => sum + tail.length, bytes);
    return this.jobs.length < this.settings.jobsMax && all <= this.settings.bytesMax;
  }

  /** Those that may go for a job, the first to go first. */
  victims(priority: number): ModelJob[] {
    const dead = this.in("dead").toSorted(up((job) => job.parkedAt));
    const ready = this.in("ready").toSorted(byAge);
    const delayed = this.in("delayed").toSorted(up((job) => job.dueAt));
    if (this.settings.overflow === "refuse") return [];
    if (this.settings.overflow === "drop-oldest") return [...dead, ...ready, ...delayed];
    return [...dead, ...ready.filter((job) => job.priority <= priority)];
  }

  makeRoom(bytes: number, priority: number): number[] {
    const gone: number[] = [];
    const all = this.victims(priority);
    const freed = all.reduce((sum, { tail }) => sum + tail.length, 0);
    const rest = this.jobs.reduce((sum, { tail }) => sum + tail.length, bytes) - freed;
    const { jobsMax, bytesMax, overflow } = this.settings;
    if (this.jobs.length - all.length >= jobsMax || rest > bytesMax) return gone;
    while (!this.hasRoom(bytes)) {
      const next = overflow === "drop-lowest" ? this.lowest(priority) : this.victims(priority)[0];
      if (next === undefined) break;
      this.drop(next);
      gone.push(next.seq);
    }
    return gone;
  }

  /** Drops what a queue chose whose groups are being put in order, so their heads may be others; returns whether it could go. */
  dropAny(seqs: readonly number[], priority: number): boolean {
    const chosen = this.victims(priority).filter(({ seq }) => seqs.includes(seq));
    for (const job of chosen) this.drop(job);
    return chosen.length === seqs.length;
  }

  /** A job in a group is behind its head, and as urgent as that. */
  lowest(priority: number): ModelJob | undefined {
    const heads = this.in("ready").filter((job) => this.headOf(job) === job);
    const ready = heads.filter((job) => job.priority <= priority);
    return (
      this.victims(9).find(({ state }) => state === "dead") ??
      ready.toSorted(
        up(
          (job) => job.priority,
          (job) => job.base,
        ),
      )[0]
    );
  }

  add(draft: JobDraft, hash: number, now: number, isStored: boolean): ModelJob {
    const { ttlMs } = this.settings;
    const endsAt = draft.expiresAt < Infinity || ttlMs === null ? draft.expiresAt : now + ttlMs;
    const job = this.enter(this.nextSeq++, draft, endsAt);
    if (draft.id !== null)
      this.ids.push({ sender: draft.sender, id: draft.id, hash, seq: job.seq, at: now });
    if (isStored) this.wait(job, job.base, now);
    return job;
  }

  enter(seq: number, draft: JobDraft, endsAt: number): ModelJob {
    const base = Math.max(draft.sentAt, draft.notBefore);
    const fresh = { failures: 0, given: 0, lastLease: 0, isCounted: false, lease: null };
    const places = { dueAt: 0, parkedAt: 0, state: "storing" as const };
    const job: ModelJob = { ...draft, ...fresh, ...places, seq, base, endsAt };
    this.jobs.push(job);
    return job;
  }

  refused(job: ModelJob): void {
    this.ids = this.ids.filter(({ seq }) => seq !== job.seq);
    this.drop(job);
  }

  wait(job: ModelJob, dueAt: number, now: number): void {
    job.state = dueAt > now ? "delayed" : "ready";
    job.dueAt = dueAt;
    this.update();
  }

  drop(job: ModelJob): void {
    this.jobs = this.jobs.filter((other) => other !== job);
    job.state = "gone";
    this.update();
  }

  groupOf({ group }: ModelJob): string | null {
    return this.settings.groupConcurrency === null ? null : group;
  }

  headOf(job: ModelJob): ModelJob | undefined {
    const group = this.groupOf(job);
    if (group === null) return job;
    const all = this.in("ready").filter((other) => other.group === group);
    return all.toSorted(byAge)[0];
  }

  candidates(): Candidate[] {
    const heads = this.in("ready").filter((job) => this.headOf(job) === job);
    return heads
      .filter((job) => this.#isOpen(job))
      .map((job) => {
        const group = this.groups.get(this.groupOf(job) ?? "");
        if (group === undefined || job.base > group.servedAt)
          return { job, key: job.base, tie: job.seq };
        return { job, key: group.servedAt, tie: TURNS + group.turn };
      });
  }

  next(): ModelJob | undefined {
    const { agingMs } = this.settings;
    const value = ({ job, key }: Candidate): number =>
      agingMs === -1 ? key : key - job.priority * agingMs;
    const rank = ({ job }: Candidate): number => (agingMs === -1 ? -job.priority : 0);
    const sorted = this.candidates().toSorted(
      (a, b) => rank(a) - rank(b) || value(a) - value(b) || a.tie - b.tie,
    );
    return sorted[0]?.job;
  }

  nextConsumer(): ModelConsumer | undefined {
    const waiting = this.consumers.filter(({ waitsSince }) => waitsSince !== null);
    return waiting.toSorted((a, b) => a.waitsSince! - b.waitsSince!)[0];
  }

  /** From when on something may be given. */
  freeAt(): number {
    const consumer = this.nextConsumer();
    const { concurrency, singleActive, ratePerSecond } = this.settings;
    const held = this.in("leased").length;
    if (this.isPaused || this.isUnfiled) return Infinity;
    if (consumer === undefined || this.next() === undefined) return Infinity;
    if (concurrency !== null && held >= concurrency) return Infinity;
    if (singleActive && consumer.holds.length !== held) return Infinity;
    return ratePerSecond === null
      ? -Infinity
      : this.busyUntil - Math.max(20 - 1000 / ratePerSecond, 0);
  }

  give(now: number, number: number): ModelJob | undefined {
    while (this.freeAt() <= now) {
      const job = this.next()!;
      if (job.endsAt > now) return this.#lease(job, number, now);
      this.#expire(job);
    }
    return undefined;
  }

  #lease(job: ModelJob, number: number, now: number): ModelJob {
    const consumer = this.nextConsumer()!;
    const { leaseMs, ratePerSecond } = this.settings;
    const group = this.groups.get(this.groupOf(job) ?? "");
    if (group !== undefined) {
      group.servedAt = now;
      group.turn = ++this.turns;
    }
    job.state = "leased";
    job.given++;
    job.lastLease = number;
    job.isCounted = false;
    job.lease = { number, consumer, dueAt: now + leaseMs, startedAt: -Infinity };
    consumer.holds.push(job);
    consumer.quota--;
    consumer.waitsSince = null;
    if (ratePerSecond !== null)
      this.busyUntil = Math.max(this.busyUntil, now) + 1000 / ratePerSecond;
    if (started(consumer).length < consumer.concurrency) this.#start(job.lease, now);
    this.update();
    return job;
  }

  #start(lease: ModelLease, now: number): void {
    lease.startedAt = now;
    lease.dueAt = Math.min(lease.dueAt, now + (this.settings.maxProcessingMs ?? Infinity));
  }

  check(seq: number, lease: number, verb: Verb, now: number): ModelJob | string {
    const job = this.find(seq);
    const isFinal = ["ack", "fail", "reject"].includes(verb);
    if (job === undefined)
      return verb === "ack" && seq > 0 && seq < this.nextSeq ? "done" : "lease-lost";
    if (job.lease !== null) {
      if (job.lease.number !== lease) return "lease-lost";
      if (job.state === "settling") return "settling";
      return isFinal || job.lease.dueAt > now ? job : "lease-lost";
    }
    const isEarlier = job.lastLease === 0 || lease <= job.lastLease;
    if (!isFinal || job.given === 0 || !isEarlier) return "lease-lost";
    if (["settling", "moving"].includes(job.state)) return "settling";
    if (!["ready", "delayed"].includes(job.state)) return "lease-lost";
    const isOther = job.lastLease !== 0 && lease !== job.lastLease;
    return verb === "fail" && (isOther || job.isCounted) ? "done" : job;
  }

  /** Its consumer holds it no more, and begins with the next one. */
  take(job: ModelJob, now: number): void {
    const { consumer, startedAt } = job.lease!;
    consumer.holds = consumer.holds.filter((other) => other !== job);
    const reserve = consumer.holds.find(({ lease }) => lease!.startedAt === -Infinity);
    const isFree = startedAt > -Infinity && started(consumer).length < consumer.concurrency;
    if (isFree && reserve !== undefined) this.#start(reserve.lease!, now);
    this.update();
  }

  settling(job: ModelJob, now: number): void {
    const wasLeased = job.state === "leased";
    job.state = "settling";
    if (wasLeased) this.take(job, now);
    this.update();
  }

  unsettled(job: ModelJob, now: number): void {
    if (job.lease === null) return this.wait(job, job.dueAt, now);
    job.state = "leased";
    job.lease.consumer.holds.unshift(job);
    if (job.lease.startedAt === -Infinity) job.lease.startedAt = now;
    this.update();
  }

  release(job: ModelJob, now: number): void {
    this.take(job, now);
    job.lease = null;
    this.wait(job, job.base, now);
  }

  fail(job: ModelJob, now: number, delayMs: number | null): boolean {
    if (job.state === "leased") this.take(job, now);
    job.lease = null;
    job.failures++;
    job.isCounted = true;
    const { maxFailures } = this.settings;
    const isDead = maxFailures > 0 && job.failures >= maxFailures;
    const pause = delayMs ?? pauseAfter(job.failures, job.seq, this.settings);
    if (isDead) this.#die(job, "failures", now);
    else this.wait(job, Math.max(now + pause, job.base), now);
    return isDead;
  }

  reject(job: ModelJob, now: number): void {
    if (job.state === "leased") this.take(job, now);
    this.#die(job, "rejected", now);
  }

  #die(job: ModelJob, why: string, now: number): void {
    job.lease = null;
    job.state = "moving";
    this.update();
    this.log.push(`dead ${job.seq} ${why}`);
    const grave = this.graveOf(job.seq);
    if (grave === "moved") this.drop(job);
    else if (grave === "stays") this.park(job, now);
  }

  park(job: ModelJob, now: number): void {
    if (job.state === "leased") this.take(job, now);
    job.lease = null;
    job.state = "dead";
    job.parkedAt = now;
    job.dueAt = now;
    this.update();
  }

  touch(job: ModelJob, now: number, ms: number | null): void {
    const lease = job.lease!;
    const end = lease.startedAt + (this.settings.maxProcessingMs ?? Infinity);
    const dueAt = now + (ms ?? this.settings.leaseMs);
    lease.dueAt = lease.startedAt === -Infinity ? dueAt : Math.min(dueAt, end);
  }

  #lose(job: ModelJob, why: string, now: number): void {
    const { startedAt, number, consumer } = job.lease!;
    this.log.push(`lost ${job.seq} ${number} ${consumer.name} ${why}`);
    if (startedAt === -Infinity) return this.release(job, now);
    if (!this.fail(job, now, null)) this.log.push(`failed ${job.seq}`);
  }

  lose(consumer: ModelConsumer, now: number): void {
    this.leave(consumer);
    for (const job of consumer.holds.toReversed()) this.#lose(job, "gone", now);
  }

  releaseAll(consumer: ModelConsumer, now: number): void {
    for (const job of consumer.holds.toReversed()) this.release(job, now);
  }

  join(consumer: ModelConsumer): void {
    consumer.isJoined = true;
    consumer.isActive = !this.settings.singleActive;
    this.consumers.push(consumer);
    this.elect(consumer);
    this.update();
  }

  leave(consumer: ModelConsumer): void {
    consumer.isJoined = false;
    consumer.isActive = false;
    this.consumers = this.consumers.filter((other) => other !== consumer);
    this.elect(null);
    this.update();
  }

  stall(consumer: ModelConsumer, isStalled: boolean): void {
    if (consumer.isStalled === isStalled) return;
    consumer.isStalled = isStalled;
    this.update();
    if (consumer.isJoined) this.elect(null);
  }

  elect(newcomer: ModelConsumer | null): void {
    if (!this.settings.singleActive) return;
    const former = this.active !== null && this.active.isJoined ? this.active : null;
    if (former !== null && !former.isStalled) return;
    this.active =
      this.consumers.find(({ isStalled }) => !isStalled) ?? former ?? this.consumers[0] ?? null;
    if (this.active === former) return;
    if (former !== null) this.#activate(former, false);
    if (this.active === newcomer && newcomer !== null) newcomer.isActive = true;
    else if (this.active !== null) this.#activate(this.active, true);
  }

  #activate(consumer: ModelConsumer, isActive: boolean): void {
    consumer.isActive = isActive;
    this.log.push(`active ${consumer.name} ${isActive}`);
    this.update();
  }

  #expire(job: ModelJob): void {
    this.log.push(`expired ${job.seq}`);
    this.drop(job);
  }

  due(now: number): [ModelJob[], ModelJob[], ModelJob[]] {
    const leased = this.in("leased").filter(({ lease }) => lease!.dueAt <= now);
    const ended = this.in("ready", "delayed").filter(({ endsAt }) => endsAt <= now);
    const delayed = this.in("delayed").filter(({ dueAt }) => dueAt <= now);
    return [
      leased.toSorted(
        up(
          (job) => job.lease!.dueAt,
          (job) => job.lease!.number,
        ),
      ),
      ended.toSorted(up((job) => job.endsAt)),
      delayed.toSorted(up((job) => job.dueAt)),
    ];
  }

  tick(now: number, max: number): boolean {
    let left = max;
    const first = (kind: 0 | 1 | 2): ModelJob | undefined =>
      left > 0 ? this.due(now)[kind][0] : undefined;
    const work = (kind: 0 | 1 | 2, act: (job: ModelJob) => number): void => {
      for (let job = first(kind); job !== undefined; job = first(kind)) left -= act(job);
    };
    work(0, (job) => this.#runOut(job, now));
    work(1, (job) => (this.#expire(job), 1));
    work(2, (job) => (this.wait(job, job.base, now), 1));
    if (left > 0) this.#file(left);
    return this.isUnfiled || this.due(now).some(({ length }) => length > 0);
  }

  #file(max: number): void {
    const there = this.unfiled.filter(({ state }) => state !== "gone");
    this.unfiled = there.slice(max);
    this.isUnfiled = this.unfiled.length > 0;
  }

  #runOut(job: ModelJob, now: number): number {
    const { consumer, startedAt } = job.lease!;
    const isTooLong = now >= startedAt + (this.settings.maxProcessingMs ?? Infinity);
    const isLong = startedAt > -Infinity && isTooLong;
    let concerned = 1;
    if (!isLong && !consumer.isStalled) {
      this.stall(consumer, true);
      const reserve = consumer.holds.filter(({ lease }) => lease!.startedAt === -Infinity);
      for (const other of reserve.toReversed()) {
        if (other === job) continue;
        this.#lose(other, "stalled", now);
        concerned++;
      }
    }
    this.#lose(job, isLong ? "too-long" : "expired", now);
    return concerned;
  }

  configure(settings: QueueSettings): void {
    const was = this.settings;
    this.settings = settings;
    if ((was.groupConcurrency === null) !== (settings.groupConcurrency === null))
      this.groups.clear();
    if (was.groupConcurrency !== settings.groupConcurrency) {
      this.unfiled = this.jobs.toSorted(up(({ seq }) => seq));
      this.isUnfiled = true;
    }
    if (settings.ratePerSecond === null) this.busyUntil = -Infinity;
    this.update();
    if (was.singleActive === settings.singleActive) return;
    this.active = null;
    for (const consumer of this.consumers) {
      const isActive = !settings.singleActive || consumer === this.consumers[0];
      if (isActive && settings.singleActive) this.active = consumer;
      if (isActive !== consumer.isActive) this.#activate(consumer, isActive);
    }
    this.elect(null);
  }

  /** All that was written down is read again. */
  restart(now: number): void {
    const storing = new Set(this.in("storing").map(({ seq }) => seq));
    this.ids = this.ids.filter(({ seq }) => !storing.has(seq));
    this.jobs = this.jobs.filter(({ state }) => state !== "storing");
    this.consumers = [];
    this.active = null;
    this.busyUntil = -Infinity;
    this.turns = 0;
    this.unfiled = [];
    this.isUnfiled = false;
    this.groups.clear();
    for (const job of this.jobs) {
      Object.assign(job, { given: 1, lastLease: 0, isCounted: false, lease: null });
      if (job.state === "dead") this.park(job, now);
      else this.wait(job, job.state === "delayed" ? job.dueAt : job.base, now);
    }
  }

  #isBusy(job: ModelJob): boolean {
    if (job.state === "leased" || job.state === "settling") return true;
    return job.state === "delayed" && job.failures > 0;
  }

  #isOpen(job: ModelJob): boolean {
    const group = this.groupOf(job);
    if (group === null) return true;
    const busy = this.jobs.filter((other) => other.group === group && this.#isBusy(other));
    return busy.length < this.settings.groupConcurrency!;
  }

  /** What follows from the rest: which groups there are, and who waits for a job. */
  update(): void {
    const present = this.jobs.filter((job) => job.state === "ready" || this.#isBusy(job));
    const names = new Set(present.map((job) => this.groupOf(job)));
    for (const name of this.groups.keys()) if (!names.has(name)) this.groups.delete(name);
    for (const name of names)
      if (name !== null && !this.groups.has(name))
        this.groups.set(name, { servedAt: -Infinity, turn: 0 });
    for (const consumer of this.consumers) {
      const { isActive, isBlocked, isStalled, quota } = consumer;
      const hasRoom = consumer.holds.length < consumer.credit && quota > 0;
      const mayWait = isActive && !isBlocked && !isStalled && hasRoom;
      if (!mayWait) consumer.waitsSince = null;
      else consumer.waitsSince ??= ++this.clock;
    }
  }
}
