// One SETTLE being carried out. On a durable queue what ends a job counts when it is on disk: until then nobody has the job, and if it
// cannot be stored its worker has it again.

import { errorCodes, type Settlement } from "@fanwire/protocol";
import type { Clock } from "../clock.ts";
import type { Verb } from "../queues/verbs.ts";
import type { LiveSession } from "../session.ts";
import type { Storing } from "../storing.ts";
import type { SettleAnswer } from "./answers.ts";
import { writeDoneRecord } from "./job-records.ts";
import type { LiveJob } from "./live-job.ts";
import type { LiveQueue } from "./live-queue.ts";
import { toldOf } from "./told.ts";
import type { Verdict } from "./under-way.ts";

const VERBS: readonly Verb[] = ["ack", "release", "fail", "reject", "touch", "progress"];

const LOST = errorCodes["lease-lost"].code;
const FULL = errorCodes["storage-full"].code;

export class Settling {
  readonly #queue: LiveQueue;
  readonly #session: LiveSession;
  readonly #clock: Clock;
  readonly #storing: Storing;
  readonly #answer: SettleAnswer;
  /** Jobs that are done, and wait for the disk together, each with what it was said under. */
  readonly #acks: LiveJob[] = [];
  readonly #ackPlaces: number[] = [];
  readonly #ackLeases: number[] = [];
  /** Acks of jobs that are gone: why they are may not be on disk yet. */
  readonly #gone: { readonly place: number; readonly seq: number }[] = [];

  constructor(
    queue: LiveQueue,
    session: LiveSession,
    clock: Clock,
    storing: Storing,
    answer: SettleAnswer,
  ) {
    this.#queue = queue;
    this.#session = session;
    this.#clock = clock;
    this.#storing = storing;
    this.#answer = answer;
  }

  settle(place: number, { verb, seq, lease, number, text }: Settlement): void {
    const { now } = this.#clock;
    const { work, underWay } = this.#queue;
    const name = VERBS[verb]!;
    if (lease <= this.#queue.leasesBefore) return this.#answer.decided(place, LOST);
    const before = underWay.look(seq, name, lease, this.#verdict(place));
    if (before === "joined") return;
    const job = before === "other" ? "lease-lost" : work.check(seq, lease, name, now);
    if (job === "done") return this.#alreadyDone(place, seq, name);
    // what settles without anything having been said of it is on its way to another queue
    if (job === "lease-lost" || job === "settling") return this.#answer.decided(place, LOST);
    const holder = job.lease?.consumer.owner.session;
    if (holder !== undefined && holder !== this.#session) return this.#answer.decided(place, LOST);
    switch (name) {
      case "ack":
        return this.#ack(place, job, lease, number);
      case "fail":
        return this.#fail(place, job, lease, number, text);
      case "reject":
        return this.#queue.under(this.#begin(place, seq, name, lease), () =>
          work.reject(job, now, text),
        );
      case "release":
        work.release(job, now);
        this.#queue.tell(job);
        return this.#answer.decided(place, 0);
      case "touch":
        work.touch(job, now, number);
        return this.#answer.decided(place, 0);
      case "progress":
        this.#queue.progress(
          { ...toldOf(this.#queue.name, job, "leased"), ...far(number, text) },
          job,
        );
        return this.#answer.decided(place, 0);
    }
  }

  /** What waits for the disk together is given to it. */
  end(): void {
    if (this.#ackPlaces.length + this.#gone.length === 0) return;
    const { number } = this.#queue;
    const seqs = [...this.#acks, ...this.#gone].map(({ seq }) => seq);
    writeDoneRecord(this.#storing.begin(), number, seqs);
    this.#storing.keep({
      tail: null,
      stored: () => this.#acked(),
      refused: () => this.#notAcked(),
    });
  }

  #alreadyDone(place: number, seq: number, verb: Verb): void {
    if (verb === "ack" && this.#queue.isDurable) this.#gone.push({ place, seq });
    else this.#answer.decided(place, 0);
  }

  #ack(place: number, job: LiveJob, lease: number, processingMs: number | null): void {
    const { now } = this.#clock;
    const { work, underWay, isDurable } = this.#queue;
    if (isDurable) {
      work.settling(job, now, processingMs);
      underWay.begin(job.seq, "ack", lease);
      this.#acks.push(job);
      this.#ackPlaces.push(place);
      this.#ackLeases.push(lease);
    } else {
      work.ack(job, now, processingMs);
      this.#queue.tell(job, "done");
      this.#answer.decided(place, 0);
    }
  }

  #acked(): void {
    for (const job of this.#acks) {
      this.#queue.work.settled(job, this.#clock.now);
      this.#queue.tell(job, "done");
    }
    this.#decided(0);
  }

  #notAcked(): void {
    for (const job of this.#acks) this.#queue.work.unsettled(job, this.#clock.now);
    this.#decided(FULL);
  }

  #decided(code: number): void {
    for (const [i, { seq }] of this.#acks.entries()) {
      this.#answer.decided(this.#ackPlaces[i]!, code);
      this.#queue.underWay.decided(seq, this.#ackLeases[i]!, code);
    }
    for (const { place } of this.#gone) this.#answer.decided(place, code);
    this.#queue.changed();
  }

  #fail(
    place: number,
    job: LiveJob,
    lease: number,
    delayMs: number | null,
    error: string | null,
  ): void {
    const { now } = this.#clock;
    const queue = this.#queue;
    const { work } = queue;
    const retryAt = work.retryAt(job, now, delayMs);
    const verdict = this.#begin(place, job.seq, "fail", lease);
    if (retryAt === null || !queue.isDurable) {
      queue.under(verdict, () => work.fail(job, now, delayMs, error));
      if (job.state === "delayed") queue.tell(job, "failed");
      return;
    }
    work.settling(job, now, null);
    queue.writeFailed(job, job.failures + 1, retryAt, error, {
      tail: null,
      stored: () => {
        work.fail(job, this.#clock.now, Math.max(retryAt - this.#clock.now, 0), error);
        queue.tell(job, "failed");
        queue.changed();
        verdict.decided(0);
      },
      refused: () => {
        work.unsettled(job, this.#clock.now);
        queue.changed();
        verdict.decided(FULL);
      },
    });
  }

  /** The outcome is this one's, and that of whoever says the same of the job meanwhile. */
  #begin(place: number, seq: number, verb: Verb, lease: number): Verdict {
    const { underWay } = this.#queue;
    underWay.begin(seq, verb, lease);
    return {
      decided: (code) => {
        this.#answer.decided(place, code);
        underWay.decided(seq, lease, code);
      },
    };
  }

  #verdict(place: number): Verdict {
    return { decided: (code) => this.#answer.decided(place, code) };
  }
}

function far(number: number | null, text: string | null): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  if (number !== null) told["progress"] = number / 10_000;
  if (text !== null) told["note"] = text;
  return told;
}
