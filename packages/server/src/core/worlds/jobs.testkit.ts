// A hub with work queues that is killed again and again, whose disk is slow and full, whose clock is set, and whose workers die, sleep and
// say everything twice. Senders do not give up. What everybody saw is held against what may be.

import { down, type Pattern } from "@fanwire/protocol";
import { catchInto, client, type Fault, type Live, SeededRandom } from "@fanwire/testkit";
import type { Claims } from "../claims.ts";
import { claimsOf } from "../claims.testkit.ts";
import { Disk, keyOf } from "./job-disk.testkit.ts";
import {
  type Held,
  Ledger,
  type SentJob,
  type Stamp,
  type Taking,
  type WorldTime,
} from "./job-ledger.testkit.ts";
import { JobOperator } from "./job-operator.testkit.ts";
import { graveOf, type QueueKind, queuesOf } from "./job-queues.testkit.ts";
import { BOUND, JobSender, type Wished } from "./job-sender.testkit.ts";
import { wishFor } from "./job-wishes.testkit.ts";
import { JobWorker, type Said, type WorkPlace } from "./job-worker.testkit.ts";
import { NOTHING, StoreHand } from "./store-hand.testkit.ts";
import { type Heard, WiredHub } from "./wired-hub.testkit.ts";

const history = { count: 100_000, bytes: 1e9, ageMs: 1e9 };

const VERBS: readonly Said[] = [
  "ack",
  "ack",
  "ack",
  "release",
  "fail",
  "reject",
  "touch",
  "progress",
];

/** Rounds in which everything must have come to its end, and how long each is in milliseconds. */
const ROUNDS = 80;
const ROUND_MS = 1500;

/** What waits longer waits for a clock that was set back before a restart. */
const PATIENT_ROUNDS = 40;
const LONG_MS = 1_800_000;

/** Longer than a pull waits. */
const PULL_MS = 5000;

/** So few that nearly every life takes the numbers of other runs. */
const LEASES_PER_RUN = 8;

/** A token that never ends. */
const forever = { issuedAt: 0, expiresAt: 1e15 };

class JobsWorld implements WorkPlace, WorldTime {
  readonly random: SeededRandom;
  readonly faults: Fault[] = [];
  readonly ledger: Ledger;
  crashes = 0;
  snapshots = 0;
  hub!: WiredHub;
  readonly #disk: Disk;
  readonly #kinds: readonly QueueKind[];
  /** Also queues for the dead, which come into being by themselves. */
  readonly #all: readonly QueueKind[];
  readonly #senders: readonly JobSender[];
  readonly #workers: readonly JobWorker[];
  #operator!: JobOperator;
  #store!: StoreHand;
  #run = 0;
  /** By how much the clock on the wall was set, and before this run. */
  #shifted = 0;
  #shiftedBefore = 0;
  /** When the clock of this run began, in the time of the world. */
  #began = 0;
  #payload = 0;
  /** In a queue that is not stored stand jobs again that were dead: which, cannot be told. */
  #wasRedriven = false;
  /** Its clock on the wall is set. */
  readonly #mayShift: boolean;

  constructor(seed: number) {
    this.#mayShift = seed % 2 === 1;
    this.random = new SeededRandom(seed);
    this.#disk = new Disk(this.tell);
    this.ledger = new Ledger(this.tell, this.#disk, this);
    this.#kinds = queuesOf(this.random);
    const dying = this.#kinds.filter(({ said }) => !("deadLetter" in said));
    this.#all = [...this.#kinds, ...dying.map(graveOf)];
    this.#senders = ["ann", "bob"].map((name) => new JobSender(name, this.ledger));
    this.#workers = ["w1", "w2", "w3"].map((name) => new JobWorker(name, this));
    this.#start(NOTHING, 1_700_000_000_000);
    for (const kind of this.#kinds) this.#operator.declare(kind);
    this.#store.store();
    if (this.#kinds.some(({ name }) => name === "bound"))
      this.#operator.ask("bind", "bound", { pattern: `${BOUND}.*` }, () => {});
    this.#store.store();
    this.#listen();
  }

  get time(): WorldTime {
    return this;
  }

  get now(): number {
    return this.#began + this.hub.clock.now;
  }

  get stamp(): Stamp {
    return { run: this.#run, shifted: this.#shiftedBefore };
  }

  readonly tell = (kind: Fault["kind"], sentence: string): void => {
    this.faults.push({ kind, sentence });
  };

  act(): void {
    const roll = this.random.below(100);
    if (roll < 24) this.#send();
    else if (roll < 44) this.#work();
    else if (roll < 56) this.#answer();
    else if (roll < 66) this.#pass();
    else if (roll < 76) this.#take();
    else if (roll < 83) this.#store.snapshot(200 + this.random.below(600));
    else if (roll < 88) this.#cut();
    else if (roll < 91) this.#operate();
    else if (roll < 93) this.#setClock();
    else if (roll < 96) this.#look();
    else if (roll < 97) this.#withdraw();
    else this.#crash();
    this.#listen();
  }

  /** Nothing bad happens any more: all that can be done is done. */
  end(): void {
    this.hub.broker.storeIsFull(false);
    for (const kind of this.#all) this.#operator.ask("resume", kind.name, null, () => {});
    for (let i = 0; i < ROUNDS && this.#hasWork(); i++) this.#heal(i);
    this.#compare();
    this.#compareCredit();
  }

  #start(kept: typeof NOTHING, time: number): void {
    this.#run++;
    this.#shiftedBefore = this.#shifted;
    this.hub = new WiredHub(
      {
        isOpen: false,
        subjectConnectionsMax: 1000,
        pingMs: 1e12,
        topics: [{ match: `${BOUND}.*` as Pattern, history, durable: true }],
      },
      this.#run + 7,
      LEASES_PER_RUN,
    );
    const { hub } = this;
    hub.clock.time = time;
    const restore = hub.broker.restore();
    for (const record of kept.snapshot) restore.record(record, 0);
    for (let i = kept.from - 1; i < kept.stored.length; i++) restore.record(kept.stored[i]!, i + 1);
    hub.stored.push(...kept.stored);
    hub.broker.restored(restore, 5, kept.stored.length + 1, this.#run);
    this.#store = new StoreHand(hub, kept);
    hub.flush();
    this.#operator = new JobOperator(hub.joinAs(this.#claims("op")), this.ledger);
    for (const sender of this.#senders) sender.join(hub.joinAs(this.#claims(sender.name)));
    for (const worker of this.#workers) worker.join(hub.joinAs(this.#claims(worker.name)));
    // what is kept in memory is not there any more
    for (const kind of this.#kinds) if (!kind.isDurable) this.#operator.declare(kind);
    this.#listen();
    for (const sender of this.#senders) sender.retry();
    this.#listen();
  }

  #claims(subject: string, consume: readonly string[] = ["*"]): Claims {
    const queue = { send: ["*"], consume, manage: ["*"] };
    return claimsOf({ sub: ["**"], pub: ["**"], queue }, { ...forever, subject });
  }

  /** Takes in what everybody was sent, in the order of times; what tells that something is over comes first. */
  #listen(): void {
    this.#disk.read(this.hub.stored);
    for (let all = this.hub.takeHeard(); all.length > 0; all = this.hub.takeHeard())
      for (let at = 0; at < all.length;) {
        const { now } = all[at]!;
        const after = all.findIndex((heard, i) => i > at && heard.now > now);
        const next = after < 0 ? all.length : after;
        this.#hear(all.slice(at, next), now);
        at = next;
      }
    for (const worker of this.#workers) if (worker.c?.closedWith !== undefined) worker.closed();
  }

  #hear(all: readonly Heard[], now: number): void {
    const present = this.hub.clock.now;
    this.hub.clock.now = now;
    const isJob = ({ frame: [op] }: Heard): boolean => op === down.DELIVERY;
    for (const { c, frame } of all.filter((heard) => !isJob(heard))) this.#hearOne(c, frame);
    const jobs = all.filter(isJob);
    jobs.sort((a, b) => (a.frame[3] as number) - (b.frame[3] as number));
    for (const { c, frame } of jobs) this.#workers.find((worker) => worker.c === c)?.get(frame);
    for (const worker of this.#workers) worker.endPulls();
    this.hub.clock.now = present;
  }

  #hearOne(c: Heard["c"], frame: Heard["frame"]): void {
    if (c === this.#operator.c) return this.#operator.hear(frame);
    const sender = this.#senders.find((other) => other.c === c);
    const wrong = sender?.hear(frame);
    if (wrong !== undefined) this.tell("doubled", wrong);
    const worker = this.#workers.find((other) => other.c === c);
    if (frame[0] === down.LOST) worker?.loses(frame[3] as number);
    else worker?.hear(frame);
  }

  // Sending

  #send(): void {
    const { random } = this;
    const sender = random.of(this.#senders);
    if (sender.c === null) return;
    const roll = random.below(8);
    if (roll === 0) return sender.retry();
    if (roll < 3 && sender.confirmed.length > 0)
      return sender.sendAgain(random.of(sender.confirmed), random.below(4) === 0);
    const kind = random.of(this.#kinds);
    const count = kind.name === "bound" || random.below(4) > 0 ? 1 : 2 + random.below(3);
    sender.send(Array.from({ length: count }, () => this.#wish(kind)));
  }

  #wish(kind: QueueKind): Wished {
    return wishFor(this.random, kind, ++this.#payload, this, this.hub.clock.time);
  }

  // Working

  #work(): void {
    const { random } = this;
    const worker = random.of(this.#workers);
    if (worker.c === null) return;
    const { held } = worker;
    if (random.below(6) === 0 && worker.past.length > 0) {
      // late, twice, or of an earlier run
      const one = random.of(worker.past);
      return worker.settle(this.#verb(one), [one]);
    }
    if (random.below(12) === 0) return this.#meddle(worker);
    if (held.length === 0) return;
    const one = random.of(held);
    const verb = this.#verb(one);
    const isMany = random.below(4) === 0;
    const all = isMany ? held.filter(({ kind }) => kind === one.kind) : [one];
    worker.settle(verb, all, this.#numberOf(verb));
    if (random.below(8) === 0) worker.settle(this.#verb(one), [one]);
  }

  /** Says something of what another has. */
  #meddle(worker: JobWorker): void {
    const others = this.#workers.filter((other) => other !== worker).flatMap(({ held }) => held);
    if (others.length === 0) return;
    const one = this.random.of(others);
    worker.settle(this.#verb(one), [one]);
  }

  #verb({ kind }: Held): Said {
    const verb = this.random.of(VERBS);
    // what is dead leaves its group at once, and the order of the rest cannot be told; nor where it is in a queue that is not stored
    const mayDie = !kind.isOrdered && kind.name !== "memory~dead";
    return mayDie || verb !== "reject" ? verb : "ack";
  }

  #numberOf(verb: Said): number | null {
    const { random } = this;
    if (verb === "touch") return random.of([null, 500, 3000, 20_000]);
    return verb === "fail" ? random.of([null, null, 0, 4000]) : null;
  }

  #take(): void {
    const { random } = this;
    const worker = random.of(this.#workers);
    if (worker.c === null) return;
    const roll = random.below(10);
    const numbers = [...worker.takings.keys()];
    if (roll < 2 && numbers.length === 0) return;
    if (roll === 0) worker.cancel(random.of(numbers), random.below(2) === 0);
    else if (roll === 1) worker.setCredit(random.of(numbers), random.below(6));
    else if (worker.takings.size < 6)
      worker.consume(
        random.of(this.#all),
        1 + random.below(2),
        1 + random.below(4),
        roll < 4 ? 1 + random.below(3) : 0,
      );
  }

  // What goes wrong

  #answer(): void {
    const { random, hub } = this;
    const roll = random.below(12);
    const count = random.below(hub.appended.length + 1);
    if (roll === 0) hub.broker.storeIsFull(random.below(3) === 0);
    else if (roll < 3) this.#store.refuse();
    else this.#store.store(roll < 7 ? hub.appended.length : count);
  }

  #pass(): void {
    const { random, hub } = this;
    const leases = this.#workers
      .flatMap(({ held }) => held)
      .filter(({ dueAt }) => dueAt > this.now);
    if (leases.length > 0 && random.below(4) === 0) {
      // to when one of them is over, to the millisecond
      const { dueAt } = random.of(leases);
      hub.advance(dueAt - this.now + random.below(3));
      const over = random.of(this.#workers);
      this.#listen();
      const late = over.held.find((held) => held.dueAt <= this.now);
      if (late !== undefined) over.settle("touch", [late]);
    } else hub.advance(random.of([1, 50, 500, 2000, 2000, 7000]));
  }

  #setClock(): void {
    if (!this.#mayShift) return;
    const ms = this.random.of([-3_600_000, -5000, -700, 700, 5000, 3_600_000]);
    this.hub.clock.time += ms;
    this.#shifted += Math.abs(ms);
  }

  #cut(): void {
    const { random, hub } = this;
    const roll = random.below(6);
    if (roll === 0) {
      const sender = random.of(this.#senders);
      sender.c?.disconnect();
      sender.join(hub.joinAs(this.#claims(sender.name)));
      this.#listen();
      return sender.retry();
    }
    const worker = random.of(this.#workers);
    if (roll < 3) return worker.cut();
    if (roll === 3 && worker.c === null) return worker.join(hub.joinAs(this.#claims(worker.name)));
    worker.resume((session) => hub.resumeAs(this.#claims(worker.name), session));
    if (worker.c === null) worker.join(hub.joinAs(this.#claims(worker.name)));
  }

  /** A fresh token lets a worker take jobs of fewer queues. */
  #withdraw(): void {
    const worker = this.random.of(this.#workers);
    if (worker.c === null) return;
    const only = this.random.of(this.#all);
    worker.c.send(client.auth(1_000_000 + this.#payload, "fresh"));
    worker.stopped((kind) => kind === only);
    this.hub.verified(this.#claims(worker.name, [only.name]));
  }

  #operate(): void {
    const { random } = this;
    const kind = random.of(this.#all);
    const roll = random.below(5);
    if (roll < 2) this.#operator.ask(roll === 0 ? "pause" : "resume", kind.name, null, () => {});
    else if (roll === 2) {
      this.#operator.redrive(kind);
      this.#wasRedriven ||= kind.name === "memory~dead";
    } else if (kind.isDurable ? !kind.isOrdered : kind.name === "memory" && !this.#wasRedriven)
      this.#operator.ask("list", "", null, (depths) => {
        const depth = depths?.get(kind.name);
        if (typeof depth === "number") this.#operator.purge(kind, depth);
      });
  }

  #look(): void {
    this.#operator.look(this.random.of(this.#all));
  }

  /** The process is gone, of itself or because it was asked to. Of what the store had not answered some is on disk. */
  #crash(): void {
    const { random, hub } = this;
    this.crashes++;
    if (random.below(4) === 0) {
      hub.broker.drain(1000);
      hub.advance(2000);
      this.#listen();
    }
    const kept = this.#store.crash(random.below(hub.appended.length + 1));
    this.snapshots += this.#store.snapshots;
    this.#disk.restart(kept);
    for (const worker of this.#workers) worker.lost();
    for (const sender of this.#senders) sender.lost();
    this.ledger.restart();
    const downMs = random.of([0, 100, 5000]);
    this.#began += hub.clock.now + downMs - 1000;
    this.#start(kept, hub.clock.time + downMs);
  }

  // The end

  #hasWork(): boolean {
    if (this.#senders.some(({ waiting }) => waiting.length > 0)) return true;
    if (this.#workers.some(({ held }) => held.length > 0)) return true;
    for (const { state } of this.#disk.all()) if (state === "there") return true;
    for (const job of this.ledger.jobs.values())
      if (!job.kind.isDurable && job.seq !== null && !this.#isOver(job)) return true;
    return this.hub.appended.length > 0;
  }

  #heal(round: number): void {
    const { hub } = this;
    this.#store.store();
    this.#listen();
    for (const sender of this.#senders) sender.retry();
    this.#store.store();
    this.#listen();
    for (const [i, worker] of this.#workers.entries()) {
      if (worker.c === null) worker.join(hub.joinAs(this.#claims(worker.name)));
      if (worker.isLimited) worker.cut();
      if (worker.c === null) worker.join(hub.joinAs(this.#claims(worker.name)));
      this.#listen();
      for (const [number, { credit }] of worker.takings) worker.setCredit(number, credit || 2);
      for (const kind of this.#all)
        if (i === 0 && !worker.consumes(kind)) worker.consume(kind, 2, 4, 0);
      this.#listen();
      for (const kind of this.#all)
        worker.settle(
          "ack",
          worker.held.filter((held) => held.kind === kind),
        );
      this.#listen();
    }
    this.#store.store();
    this.#listen();
    hub.advance(round < PATIENT_ROUNDS ? ROUND_MS : LONG_MS);
    this.#listen();
  }

  #compare(): void {
    this.#disk.check();
    for (const { name, waiting } of this.#senders)
      // what may be full of dead jobs takes no more
      for (const { job } of waiting.filter((one) => !one.job.kind.isSmall))
        this.tell("stuck", `${job.payload} of ${name} for ${job.kind.name} is not confirmed`);
    for (const job of this.ledger.jobs.values()) if (job.seq !== null) this.#compareJob(job);
    for (const { key, state, payload } of this.#disk.all()) {
      if (state === "there") this.tell("stuck", `${key}, which is ${payload}, is not done`);
      if (state === "done" && !this.ledger.isEnded(key, payload))
        this.tell("lost", `${key}, which is ${payload}, is gone and nobody knows why`);
    }
  }

  #compareJob(job: SentJob): void {
    const { payload, kind } = job;
    if (kind.isDurable) {
      if (this.#disk.of(payload).length === 0)
        this.tell("lost", `${payload}, confirmed in ${kind.name}, never was a job on disk`);
    } else if (!this.#isOver(job)) this.tell("lost", `${payload} of ${kind.name} is not done`);
  }

  /** Of a queue that is kept in memory. */
  #isOver({ payload, kind, seq }: SentJob): boolean {
    return this.ledger.isEnded(keyOf(kind.name, seq!), payload) || this.ledger.isDone(payload);
  }

  /** Who holds nothing is given as many jobs as it may hold, and no more. */
  #compareCredit(): void {
    this.hub.advance(PULL_MS);
    this.#listen();
    const kinds = this.#kinds.filter(({ name }) =>
      ["work", "groups", "single", "memory"].includes(name),
    );
    for (const kind of kinds) this.#compareCreditOf(kind);
  }

  #compareCreditOf(kind: QueueKind): void {
    let kept: Taking | undefined;
    for (const worker of this.#workers)
      for (const [number, taking] of worker.takings) {
        if (taking.kind !== kind) continue;
        if (kept === undefined) kept = taking;
        else worker.cancel(number, false);
      }
    if (kept === undefined) return;
    const [sender] = this.#senders;
    const most = Math.min(kept.credit, kind.concurrency);
    const plain = { options: {}, ttlMs: null, isKnown: false };
    for (let i = 0; i < most + 2; i++) sender!.send([{ ...plain, job: this.#plain(kind) }]);
    // the second time: the numbers of leases may have been used up meanwhile
    for (let i = 0; i < 2; i++) {
      this.#store.store();
      this.#listen();
    }
    if (kept.held.length !== most)
      this.tell("stuck", `${kept.worker} is given ${kept.held.length} of ${most} of ${kind.name}`);
  }

  #plain(kind: QueueKind): SentJob {
    const { now, stamp } = this;
    const payload = ++this.#payload;
    const none = { id: null, group: null, seq: null, isRefused: false };
    return { ...none, payload, kind, dueAt: now, endsAt: Infinity, lastEndsAt: Infinity, stamp };
  }
}

/** Acts in a life. */
const ACTS = 120;

export const live: Live = (seed) => {
  const faults: Fault[] = [];
  const figures = { crashes: 0, snapshots: 0, given: 0, sent: 0 };
  catchInto(faults, () => {
    const world = new JobsWorld(seed);
    catchInto(world.faults, () => {
      for (let i = 0; i < ACTS; i++) world.act();
      world.end();
    });
    faults.push(...world.faults);
    figures.crashes = world.crashes;
    figures.snapshots = world.snapshots;
    figures.given = world.ledger.given;
    figures.sent = world.ledger.jobs.size;
  });
  return { faults, figures };
};
