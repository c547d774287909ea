// Holds what senders and workers saw of work queues against what is promised of them.

import type { FaultKind, Faults } from "./faults.ts";
import type { Figures } from "./figures.ts";
import type { Event } from "./history.ts";
import type { Judge } from "./judge.ts";

/** A lease that was given less than this ago cannot have run out, whatever a busy machine did to the frames. In milliseconds. */
const FRESH_MS = 2500;

interface Job {
  readonly payload: string;
  readonly queue: string;
  readonly group: string | null;
  /** Of its confirmation; 0: there was none. */
  seq: number;
  /** Somebody has said that it is done, or of no use. */
  isSaid: boolean;
  /** … that it is done, and was told that this holds. */
  isAcked: boolean;
  last: Lease | undefined;
}

interface Lease {
  readonly number: number;
  readonly job: Job;
  readonly who: string;
  readonly ms: number;
  /** What its worker has said; null: nothing yet. */
  verb: string | null;
  /** Its worker has it no more, and was not the one to say so. */
  isLost: boolean;
}

export class JobJudge implements Judge {
  /** Jobs that were confirmed and that nobody has said to be done. */
  left = 0;
  readonly #faults: Faults;
  readonly #figures: Figures;
  readonly #jobs = new Map<string, Job>();
  readonly #leases = new Map<number, Lease>();
  /** By queue and group, in the order of their numbers. */
  readonly #groups = new Map<string, Job[]>();

  constructor(faults: Faults, figures: Figures) {
    this.#faults = faults;
    this.#figures = figures;
  }

  add(event: Event): void {
    switch (event.kind) {
      case "jobSent":
        return this.#onSent(event);
      case "jobConfirmed":
        return this.#onConfirmed(event);
      case "given":
        return this.#onGiven(event);
      case "says":
        return this.#onSays(event);
      case "verdict":
        return this.#onVerdict(event);
      case "leaseLost": {
        const lease = this.#leases.get(event.lease);
        if (lease !== undefined) lease.isLost = true;
        return;
      }
      case "workerGone":
        return this.#lose((lease) => lease.who === event.who);
      case "killed":
      case "stopped":
      case "cut":
      case "failed":
      case "exited":
        return this.#lose(() => true);
    }
  }

  finish(): void {
    for (const { payload, queue, seq, isSaid } of this.#jobs.values())
      if (seq > 0 && !isSaid)
        this.#fault(
          "lost",
          `${payload} was confirmed as ${seq} of ${queue}, and nobody has had it.`,
        );
  }

  #onSent({ queue, group, payload }: Extract<Event, { kind: "jobSent" }>): void {
    if (this.#jobs.has(payload)) return;
    this.#figures.jobs++;
    const none = { seq: 0, isSaid: false, isAcked: false, last: undefined };
    this.#jobs.set(payload, { ...none, payload, queue, group });
  }

  #onConfirmed({ queue, payload, seq }: Extract<Event, { kind: "jobConfirmed" }>): void {
    this.#figures.jobsConfirmed++;
    const job = this.#jobs.get(payload)!;
    if (job.seq > 0 && job.seq !== seq)
      this.#fault("doubled", `${payload} was ${job.seq} of ${queue}, and is ${seq}.`);
    if (job.seq > 0) return;
    job.seq = seq;
    if (!job.isSaid) this.left++;
    if (job.group === null) return;
    const key = `${queue} ${job.group}`;
    const all = this.#groups.get(key) ?? [];
    this.#groups.set(key, all);
    all.push(job);
  }

  #onGiven(event: Extract<Event, { kind: "given" }>): void {
    const { who, queue, lease: number, payload, ms, attempt, seq } = event;
    this.#figures.jobsGiven++;
    const job = this.#jobs.get(payload);
    if (job === undefined)
      return this.#fault("invented", `${who} was given ${payload}, which nobody has sent.`);
    if (job.isAcked) this.#fault("came-back", `${payload} was done, and ${who} was given it.`);
    const { last } = job;
    if (last !== undefined) this.#compare(last, event);
    if (attempt === 1 && last !== undefined && queue === job.queue)
      this.#fault("again", `${who} was given ${payload} as if nobody had had it.`);
    if (queue === job.queue) this.#checkOrder(job, seq);
    job.last = { number, job, who, ms, verb: null, isLost: false };
    this.#leases.set(number, job.last);
  }

  #compare(last: Lease, { who, lease, payload, ms }: Extract<Event, { kind: "given" }>): void {
    if (lease <= last.number)
      this.#fault("went-back", `${payload} had the lease ${last.number}, and has ${lease}.`);
    if (last.verb === null && !last.isLost && ms - last.ms < FRESH_MS)
      this.#fault("two-holders", `${who} was given ${payload}, and ${last.who} has it.`);
  }

  /** Jobs of a group are done in their order. */
  #checkOrder({ queue, group, payload }: Job, seq: number): void {
    if (group === null) return;
    const all = this.#groups.get(`${queue} ${group}`) ?? [];
    while (all[0]?.isSaid === true) all.shift();
    for (const before of all)
      if (before.seq < seq && !before.isSaid && before.payload !== payload)
        return this.#fault("out-of-order", `${payload} was given before ${before.payload}.`);
  }

  #onSays({ lease: number, verb }: Extract<Event, { kind: "says" }>): void {
    const lease = this.#leases.get(number);
    if (lease === undefined) return;
    lease.verb = verb;
    const { job } = lease;
    if (verb !== "ack" || job.isSaid) return;
    job.isSaid = true;
    if (job.seq > 0) this.left--;
  }

  #onVerdict({ lease: number, code }: Extract<Event, { kind: "verdict" }>): void {
    const lease = this.#leases.get(number);
    if (lease === undefined || lease.isLost) return;
    if (code !== 0)
      return this.#fault("wrong-verdict", `${lease.verb} of ${lease.job.payload} is ${code}.`);
    if (lease.verb !== "ack") return;
    this.#figures.jobsAcked++;
    lease.job.isAcked = true;
  }

  #lose(isIts: (lease: Lease) => boolean): void {
    for (const [number, lease] of this.#leases)
      if (isIts(lease)) {
        lease.isLost = true;
        this.#leases.delete(number);
      }
  }

  #fault(kind: FaultKind, sentence: string): void {
    this.#faults.add(kind, sentence);
  }
}
