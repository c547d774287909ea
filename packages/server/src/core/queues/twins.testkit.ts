// A queue and its model, told the same things in an order of chance, and held against each other after each.

import { catchInto, type Fault, type Live, SeededRandom } from "@fanwire/testkit";
import { Consumer } from "./consumer.ts";
import type { JobDraft, JobState } from "./job.ts";
import { Model } from "./model.testkit.ts";
import type { ModelConsumer, ModelJob } from "./model-job.testkit.ts";
import type { Grave, QueueJob, QueueListener } from "./queue-listener.ts";
import { defaultsFor, type QueueSettings } from "./queue-settings.ts";
import type { Verb } from "./verbs.ts";
import { WorkQueue } from "./work-queue.ts";

const GRAVES: readonly Grave[] = ["moved", "stays", "moving"];
const VERBS: readonly Verb[] = ["ack", "ack", "ack", "release", "fail", "reject", "touch"];
const STATES: readonly JobState[] = ["delayed", "ready", "leased", "dead"];

/** How the queue is wrong; null: not at all. Each is a mistake that somebody could make, and must be found. */
export type Mistake = null | "newest-first" | "late-touch" | "group-forgets" | "purges-leased";

const graveOf = (seq: number): Grave => GRAVES[seq % 3]!;

class Twins {
  readonly random: SeededRandom;
  readonly model: Model;
  queue: WorkQueue<number>;
  now: number = 1000.5;
  lease: number = 2 ** 32;
  given = 0;
  /** How often each thing happened that the listener is told. */
  readonly happened: Map<string, number> = new Map();
  /** What was told to both, to be read when they differ. */
  readonly told: string[] = [];
  readonly #mistake: Mistake;
  readonly #log: string[] = [];
  readonly #listener: QueueListener<number>;
  #pairs: [Consumer<number>, ModelConsumer][] = [];

  constructor(seed: number, mistake: Mistake = null) {
    this.random = new SeededRandom(seed);
    this.#mistake = mistake;
    const settings = this.#settings();
    this.#listener = {
      lost: ({ job, number, consumer }, why) =>
        this.#log.push(`lost ${job.seq} ${number} ${consumer.owner} ${why}`),
      failed: ({ seq }) => this.#log.push(`failed ${seq}`),
      dead: ({ seq }, why) => {
        this.#log.push(`dead ${seq} ${why}`);
        return graveOf(seq);
      },
      expired: ({ seq }) => this.#log.push(`expired ${seq}`),
      activeChanged: ({ owner, isActive }) => this.#log.push(`active ${owner} ${isActive}`),
    };
    this.model = new Model(settings, graveOf);
    this.queue = new WorkQueue("q", settings, this.#listener, 1, this.now);
    this.#join();
  }

  /** Returns in what they differ afterwards; undefined when in nothing. */
  act(): string | undefined {
    const all: readonly [number, string, () => unknown][] = [
      [18, "send", () => this.#send()],
      [14, "give", () => this.#give()],
      [10, "settle", () => this.#settle()],
      [6, "finish", () => this.#finish()],
      [6, "pass", () => this.#pass()],
      [5, "consumer", () => this.#consumer()],
      [3, "operate", () => this.#operate()],
    ];
    let roll = this.random.below(all.reduce((sum, [weight]) => sum + weight, 0));
    const [, name, act] = all.find(([weight]) => (roll -= weight) < 0)!;
    this.told.push(name);
    act();
    return this.#difference();
  }

  #settings(): QueueSettings {
    const { random } = this;
    const maybe = (value: number): number | null => (random.below(3) === 0 ? value : null);
    return {
      ...defaultsFor("q"),
      leaseMs: 1000,
      maxProcessingMs: maybe(1500),
      maxFailures: random.of([0, 1, 3]),
      backoffMs: random.of([0, 200, 1000]),
      agingMs: random.of([0, -1, 100, 1000]),
      groupConcurrency: random.of([null, 1, 1, 2]),
      concurrency: random.of([null, null, null, 3]),
      ratePerSecond: random.of([null, null, null, 2, 100]),
      jobsMax: random.of([6, 20, 1000, 1000]),
      bytesMax: random.of([40, 1000, 1000]),
      overflow: random.of(["refuse", "drop-oldest", "drop-lowest"]),
      ttlMs: maybe(3000),
      dedupeMs: random.of([0, 500, 5000]),
      singleActive: random.below(6) === 0,
    };
  }

  #draft(): JobDraft {
    const { random, now } = this;
    return {
      id: random.of([null, null, "a", "b"]),
      sender: random.of([null, "x", "y"]),
      priority: random.of([0, 4, 4, 9]),
      group: random.of([null, null, "g", "h"]),
      sentAt: random.below(8) === 0 ? now - 300 : now,
      notBefore: random.below(4) === 0 ? now + random.below(1500) : -Infinity,
      expiresAt: random.below(4) === 0 ? now + 1 + random.below(2500) : Infinity,
      tail: new Uint8Array(random.below(10)),
      origin: null,
    };
  }

  #send(): void {
    const { random, model, queue, now } = this;
    const draft = this.#draft();
    const { id, sender, priority, tail } = draft;
    const hash = random.below(2);
    if (id !== null) {
      const known = queue.lookUp(sender, id, hash, now);
      this.#same("known", known, model.lookUp(sender, id, hash, now));
      if (known !== "new") return;
    }
    if (!queue.hasRoom(tail.length)) {
      const victims = queue.makeRoom(tail.length, priority, now).map(({ seq }) => seq);
      if (model.isUnfiled && model.settings.overflow === "drop-lowest")
        this.#same("victims", model.dropAny(victims, priority), true);
      else this.#same("victims", victims, model.makeRoom(tail.length, priority));
    }
    this.#same("room", queue.hasRoom(tail.length), model.hasRoom(tail.length));
    if (!queue.hasRoom(tail.length)) return;
    const isStored = random.below(2) === 0;
    const job = queue.add(draft, hash, now, isStored);
    this.told.push(`add ${job.seq} group ${draft.group} priority ${priority}`);
    model.add(draft, hash, now, isStored);
  }

  #give(): void {
    const { queue, model, now, random } = this;
    if (random.below(2) === 0) this.#hear();
    for (let i = 1 + random.below(4); i > 0; i--) {
      const job =
        this.#mistake === "newest-first" ? this.#giveNewest() : queue.give(now, this.lease);
      this.#same("given", job?.seq, model.give(now, this.lease++)?.seq);
      if (job === undefined) return;
      this.told.push(`gave ${job.seq} to ${job.lease!.consumer.owner}`);
      this.given++;
      if (this.#mistake === "group-forgets" && job.group !== null && job.given > 1)
        queue.release(job, now);
    }
  }

  #giveNewest(): QueueJob<number> | undefined {
    const [first] = this.queue.look("ready", 1, 1).jobs;
    const { jobs } = this.queue.look("ready", 1, 100);
    if (first !== undefined && jobs.length > 3) this.queue.moving(first);
    const job = this.queue.give(this.now, this.lease);
    if (first?.state === "moving") this.queue.unsettled(first, this.now);
    return job;
  }

  /** A job, and a lease that it has, had, or never had. */
  #any(): [QueueJob<number>, ModelJob, number] | undefined {
    const { random, model } = this;
    if (model.jobs.length === 0) return undefined;
    const held = model.in("leased", "settling");
    const twin = random.of(held.length > 0 && random.below(3) > 0 ? held : model.jobs);
    const leases = [twin.lastLease, twin.lastLease, twin.lastLease, twin.lastLease - 1, this.lease];
    return [this.queue.find(twin.seq)!, twin, random.of(leases)];
  }

  #settle(): void {
    const { queue, model, now, random } = this;
    const any = this.#any();
    if (any === undefined) return;
    const [job, twin, lease] = any;
    const verb = random.of(VERBS);
    let checked = queue.check(job.seq, lease, verb, now);
    if (this.#mistake === "late-touch" && verb === "touch" && job.state === "leased") checked = job;
    const modelled = model.check(job.seq, lease, verb, now);
    this.told.push(`${verb} ${job.seq}`);
    this.#same("checked", checked === job ? "job" : checked, modelled === twin ? "job" : modelled);
    if (checked !== job) return;
    if (random.below(2) === 0 && verb !== "touch" && verb !== "release") {
      queue.settling(job, now, null);
      model.settling(twin, now);
    } else this.#say(verb, job, twin);
  }

  #say(verb: Verb, job: QueueJob<number>, twin: ModelJob): void {
    const { queue, model, now, random } = this;
    const delayMs = random.of([null, 0, 700]);
    if (verb === "ack") {
      queue.ack(job, now, null);
      if (twin.state === "leased") model.settling(twin, now);
      model.drop(twin);
    } else if (verb === "release") {
      queue.release(job, now);
      model.release(twin, now);
    } else if (verb === "fail")
      this.#same("fails", queue.fail(job, now, delayMs, "e"), model.fail(twin, now, delayMs));
    else if (verb === "reject") {
      queue.reject(job, now, "e");
      model.reject(twin, now);
    } else {
      const ms = random.of([null, 200, 3000]);
      queue.touch(job, now, ms);
      model.touch(twin, now, ms);
    }
  }

  /** The disk has answered. */
  #finish(): void {
    const { queue, model, now, random } = this;
    const stored = model.in("storing")[0];
    if (stored !== undefined) {
      const job = queue.find(stored.seq)!;
      if (random.below(5) > 0) {
        queue.stored(job, now);
        model.wait(stored, stored.base, now);
      } else {
        queue.refused(job);
        model.refused(stored);
      }
    }
    const twin = model.in("settling", "moving")[0];
    if (twin === undefined) return;
    const job = queue.find(twin.seq)!;
    const roll = random.below(6);
    this.told.push(`${twin.state} ${twin.seq} ends ${roll}`);
    if (roll === 0) {
      queue.unsettled(job, now);
      model.unsettled(twin, now);
    } else if (twin.state === "moving") {
      if (roll === 1) {
        queue.park(job, now);
        model.park(twin, now);
      } else {
        queue.moved(job);
        model.drop(twin);
      }
    } else if (roll < 3) this.#say(random.of(["fail", "reject"]), job, twin);
    else {
      queue.settled(job, now);
      model.drop(twin);
    }
  }

  #pass(): void {
    const { random } = this;
    this.now += random.of([0, 1, 50, 50, 300, 300, 1000, 2500]);
    if (random.below(4) === 0 && this.queue.dueAt < Infinity)
      this.now = Math.max(this.now, this.queue.dueAt);
    this.told.push(`now ${this.now}`);
    for (let i = random.below(4); i >= 0; i--) {
      const max = 1 + random.below(3);
      this.#same("more", this.queue.tick(this.now, max), this.model.tick(this.now, max));
    }
  }

  #consumer(): void {
    const { queue, model, random, now } = this;
    const roll = random.below(14);
    if (this.#pairs.length < 3 || roll === 0) return this.#join();
    const [consumer, twin] = random.of(this.#pairs);
    this.told.push(`consumer ${consumer.owner} ${roll}`);
    if (roll < 3) {
      if (roll === 1) queue.lose(consumer, now);
      else queue.removeConsumer(consumer);
      if (roll === 1) model.lose(twin, now);
      else if (twin.isJoined) model.leave(twin);
      if (roll === 1) this.#pairs = this.#pairs.filter(([other]) => other !== consumer);
    } else if (roll < 4) {
      queue.releaseAll(consumer, now);
      model.releaseAll(twin, now);
    } else if (roll < 10) {
      queue.heard(consumer);
      model.stall(twin, false);
    } else if (roll < 12 && !consumer.isBlocked) {
      const credit = random.below(6);
      queue.setCredit(consumer, credit);
      twin.credit = credit;
      model.update();
    } else {
      queue.block(consumer, !consumer.isBlocked);
      twin.isBlocked = !twin.isBlocked;
      model.update();
    }
  }

  /** Everybody says something. */
  #hear(): void {
    for (const [consumer, twin] of this.#pairs) {
      this.queue.heard(consumer);
      this.model.stall(twin, false);
    }
  }

  #join(): void {
    const { random } = this;
    const name = this.lease++;
    const numbers = [
      1 + random.below(3),
      1 + random.below(6),
      random.of([Infinity, Infinity, 3]),
    ] as const;
    const [concurrency, credit, quota] = numbers;
    const consumer = new Consumer(name, ...numbers);
    const state = { isJoined: true, isBlocked: false, isStalled: false, isActive: false };
    const twin = { name, concurrency, credit, quota, ...state, waitsSince: null, holds: [] };
    this.#pairs.push([consumer, twin]);
    this.queue.addConsumer(consumer);
    this.model.join(twin);
  }

  #operate(): void {
    const { queue, model, random, now } = this;
    const roll = queue.isPaused ? 0 : random.below(10);
    this.told.push(`operate ${roll}`);
    if (roll === 0) {
      if (queue.isPaused) queue.resume();
      else queue.pause();
      model.isPaused = queue.isPaused;
    } else if (roll === 1) this.#purge();
    else if (roll === 2 && random.below(3) === 0) this.#restart();
    else if (roll === 3) {
      const { dedupeMs } = queue.settings; // what was forgotten under a shorter one stays so
      const settings = { ...this.#settings(), dedupeMs };
      queue.configure(settings);
      model.configure(settings);
    } else if (roll === 4) {
      const state = random.of(STATES);
      const page = queue.look(state, 3, 2);
      const all = model.in(state).filter(({ seq }) => seq >= 3);
      this.#same(
        "page",
        page.jobs.map(({ seq }) => seq),
        all.slice(0, 2).map(({ seq }) => seq),
      );
    } else this.#one(roll, now);
  }

  #one(roll: number, now: number): void {
    const { queue, model } = this;
    const dead = model.in("dead")[0];
    const [job, twin] = this.#any() ?? [];
    if (roll === 5 && dead !== undefined) {
      queue.redrive(queue.find(dead.seq)!, now);
      dead.failures = 0;
      model.wait(dead, dead.base, now);
    } else if (job === undefined || twin === undefined || twin.state === "storing") return;
    else if (roll === 6) {
      queue.kill(job, now, null);
      model.park(twin, now);
    } else if (["ready", "delayed", "dead"].includes(twin.state)) {
      queue.moving(job);
      twin.state = "moving";
      model.update();
    }
  }

  #purge(): void {
    const { queue, model, now } = this;
    const before = queue.nextSeq - 1;
    const isPurged = ({ seq, state }: ModelJob): boolean =>
      seq >= 2 && seq < before && (state === "ready" || state === "delayed");
    const all = model.jobs.filter(isPurged).slice(0, 3);
    if (this.#mistake === "purges-leased")
      for (const job of queue.look("leased", 1, 1).jobs) {
        queue.settling(job, now, null);
        queue.moved(job);
      }
    const { jobs } = queue.purge(2, before, 3, now);
    this.#same(
      "purged",
      jobs.map(({ seq }) => seq),
      all.map(({ seq }) => seq),
    );
    for (const twin of all) model.drop(twin);
  }

  /** Everything that is written down is read by another queue; who held what is forgotten. */
  #restart(): void {
    const { model, now } = this;
    const old = this.queue;
    this.queue = new WorkQueue("q", model.settings, this.#listener, old.nextSeq, now);
    if (old.isPaused) this.queue.pause();
    for (const record of old.ids(now)) this.queue.remember(record, now);
    for (const job of old.jobs()) {
      if (job.state === "storing") continue;
      const { id, sender, priority, group, tail, origin, base, expiresAt } = job;
      const same = { id, sender, priority, group, tail, origin, expiresAt };
      const retryAt = job.state === "delayed" ? job.dueAt : -Infinity;
      const past = {
        failures: job.failures,
        error: job.error,
        retryAt,
        isDead: job.state === "dead",
      };
      this.queue.restore(job.seq, { ...same, sentAt: base, notBefore: -Infinity }, past, now);
    }
    model.restart(now);
    this.#pairs = [];
    this.#join();
  }

  #difference(): string | undefined {
    const { queue, model, now } = this;
    this.#same("log", this.#log.join(", "), model.log.join(", "));
    this.#same("free", queue.canGive(now), model.freeAt() <= now);
    const { storing, delayed, ready, leased, settling, moving, dead, bytes } = queue.counts;
    const counts = { storing, delayed, ready, leased, settling, moving, dead };
    for (const [state, count] of Object.entries(counts))
      this.#same(state, count, model.in(state as JobState).length);
    this.#same(
      "bytes",
      bytes,
      model.jobs.reduce((sum, { tail }) => sum + tail.length, 0),
    );
    this.#same("due", queue.dueAt, this.#dueAt());
    this.#same("jobs", [...queue.jobs()].map(portrait), this.#modelJobs());
    for (const line of this.#log) {
      const what = line.replaceAll(/ [\d-]+/gu, "");
      this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
    }
    this.#log.length = 0;
    model.log.length = 0;
    return this.#found;
  }

  #dueAt(): number {
    const { model } = this;
    const times = model.jobs.flatMap(({ state, lease, endsAt, dueAt }) => {
      if (state === "leased") return [lease!.dueAt];
      if (state === "ready") return [endsAt];
      return state === "delayed" ? [endsAt, dueAt] : [];
    });
    if (model.isUnfiled) return -Infinity;
    const freeAt = model.settings.ratePerSecond === null ? Infinity : model.freeAt();
    return Math.min(freeAt, ...times);
  }

  #modelJobs(): string[] {
    return this.model.jobs
      .toSorted((a, b) => a.seq - b.seq)
      .map((job) => {
        const { seq, state, failures, given, dueAt, lease } = job;
        const held = lease && [lease.number, lease.consumer.name, lease.dueAt, lease.startedAt];
        return JSON.stringify([seq, state, failures, given, state === "delayed" ? dueAt : 0, held]);
      });
  }

  #found: string | undefined;

  #same(what: string, is: unknown, wanted: unknown): void {
    if (JSON.stringify(is) === JSON.stringify(wanted)) return;
    this.#found ??= `${what}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`;
  }
}

function portrait(job: QueueJob<number>): string {
  const { seq, state, failures, given, dueAt, lease } = job;
  const held = lease && [lease.number, lease.consumer.owner, lease.dueAt, lease.startedAt];
  return JSON.stringify([seq, state, failures, given, state === "delayed" ? dueAt : 0, held]);
}

/** Acts in a life, and how many of them are told before a difference. */
const ACTS = 80;
const STORY = 12;

/** A life of a queue and its model, up to the first difference. */
export const live: Live = (seed) => liveWith(seed, null);

/** The same with a queue that is wrong. */
export function liveWith(seed: number, mistake: Mistake): ReturnType<Live> {
  const faults: Fault[] = [];
  const figures: Record<string, number> = {};
  catchInto(faults, () => {
    const twins = new Twins(seed, mistake);
    let found: string | undefined;
    for (let i = 0; i < ACTS && found === undefined; i++) found = twins.act();
    Object.assign(figures, { given: twins.given }, Object.fromEntries(twins.happened));
    if (found === undefined) return;
    const story = twins.told.slice(-STORY).join(", ");
    faults.push({ kind: "unlike-model", sentence: `${found}, behind ${story}` });
  });
  return { faults, figures };
}
