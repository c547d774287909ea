// From records to queues as they were: the other end of what `live-queue.ts`, `settling.ts`, `bindings.ts` and `queue-snapshot.ts` write.

import type { Reader } from "@fanwire/protocol";
import type { Clock } from "../clock.ts";
import type { JobDraft, JobPast } from "../queues/job.ts";
import { defaultsFor, type QueueSettings, readSettings } from "../queues/queue-settings.ts";
import type { Binding, Bindings } from "./bindings.ts";
import { type AnyJobRecord, jobRecordType, readJobRecord, type StoredJob } from "./job-records.ts";
import type { LiveQueue } from "./live-queue.ts";
import { JobOrigin } from "./origin.ts";
import type { Queues } from "./queues.ts";

/** A publication that a binding has not made a job of, as far as was read. */
interface Owed {
  readonly topic: { readonly name: string; readonly epoch: number };
  readonly offset: number;
  readonly tail: Uint8Array;
  readonly lsn: number;
}

export class QueueRestore {
  readonly #queues: Queues;
  readonly #bindings: Bindings;
  readonly #clock: Clock;
  readonly #byNumber = new Map<number, LiveQueue>();
  /** By binding, in the order of their LSNs. */
  readonly #owed = new Map<Binding, Owed[]>();
  /** Jobs that went to a queue that is not known, by its number: of each the queue that it was in, and its number there. */
  readonly #astray = new Map<number, (readonly [LiveQueue, number])[]>();

  constructor(queues: Queues, bindings: Bindings, clock: Clock) {
    this.#queues = queues;
    this.#bindings = bindings;
    this.#clock = clock;
  }

  /** Returns false when it is no record of a queue. */
  record(r: Reader): boolean {
    const record = readJobRecord(r);
    if (record === undefined || r.fault !== "") return false;
    this.#take(record, r);
    return true;
  }

  /** A durable publication was read from the log: those that are bound to its topic get it, unless a later record says that they have. */
  publication(
    topic: { readonly name: string; readonly epoch: number },
    offset: number,
    lsn: number,
    r: Reader,
  ): void {
    if (this.#bindings.size === 0 || lsn === 0) return;
    for (const binding of this.#bindings.matchingName(topic.name))
      if (binding.upTo < lsn && binding.queue.isDurable)
        this.#owes(binding, { topic, offset, tail: r.bytes.slice(r.at, r.end), lsn });
  }

  /** What fits in no case is not kept. */
  #owes(binding: Binding, owed: Owed): void {
    const all = this.#owed.get(binding) ?? [];
    const { jobsMax, overflow } = binding.queue.work.settings;
    if (all.length >= jobsMax && overflow === "refuse") return;
    if (all.length >= 2 * jobsMax) all.splice(0, all.length - jobsMax);
    all.push(owed);
    this.#owed.set(binding, all);
  }

  /** Everything was read. */
  end(): void {
    for (const [binding, all] of this.#owed)
      for (const { topic, offset, tail, lsn } of all)
        if (binding.upTo < lsn && this.#bindings.has(binding))
          this.#bindings.take(binding, topic, offset, tail, lsn);
    this.#owed.clear();
    for (const queue of this.#byNumber.values()) queue.changed();
  }

  #take(record: AnyJobRecord, r: Reader): void {
    const { now } = this.#clock;
    switch (record.type) {
      case jobRecordType.queue:
        return this.#queue(record);
      case jobRecordType.job:
        return this.#job(record.queue, record.job, r);
      case jobRecordType.moved:
        if (this.#byNumber.has(record.queue)) {
          this.#remove(record.from, record.seq);
          return this.#job(record.queue, record.job, r);
        }
        return this.#strayed(record.from, record.seq, record.queue);
      case jobRecordType.done:
        for (const seq of record.seqs) this.#remove(record.queue, seq);
        return;
      case jobRecordType.failed:
        return this.#amend(record.queue, record.seq, {
          failures: record.failures,
          error: record.error,
          retryAt: this.#queues.recordTime.nowAt(record.notBefore),
          isDead: false,
        });
      case jobRecordType.parked:
        return this.#amend(record.queue, record.seq, {
          failures: record.failures,
          error: record.error,
          retryAt: -Infinity,
          isDead: true,
        });
      case jobRecordType.revived: {
        const queue = this.#byNumber.get(record.queue);
        const job = queue?.work.find(record.seq);
        if (job?.state === "dead") queue!.work.redrive(job, now);
        return;
      }
      case jobRecordType.id:
        return this.#remember(record.queue, record, record.time);
      case jobRecordType.deleted:
        return this.#deleted(record.queue);
      case jobRecordType.binding: {
        const queue = this.#byNumber.get(record.queue);
        if (queue !== undefined) this.#bindings.restore(record, queue);
        return;
      }
      case jobRecordType.unbound:
        return this.#bindings.unrestore(record.number);
    }
  }

  #queue({ number, name, settings, nextSeq, isPaused }: QueueRecordOf): void {
    const known = knownSettings(name, settings);
    let queue = this.#byNumber.get(number);
    if (queue === undefined) {
      queue = this.#queues.restore(number, name, known, nextSeq);
      this.#byNumber.set(number, queue);
    } else queue.work.configure(known);
    queue.hold(isPaused);
    queue.onDisk = { settings: queue.work.settings, isPaused };
  }

  /** The queue that it went to could not be stored: it is dead where it was. */
  #strayed(from: number, seq: number, to: number): void {
    const queue = this.#byNumber.get(from);
    const job = queue?.work.find(seq);
    if (queue === undefined || job === undefined) return;
    this.#amend(from, seq, {
      failures: job.failures,
      error: job.error,
      retryAt: -Infinity,
      isDead: true,
    });
    const all = this.#astray.get(to) ?? [];
    all.push([queue, seq]);
    this.#astray.set(to, all);
  }

  #job(number: number, stored: StoredJob, r: Reader): void {
    const queue = this.#byNumber.get(number);
    const binding = stored.binding === 0 ? undefined : this.#bindings.find(stored.binding);
    if (binding !== undefined) this.#has(binding, stored.source);
    if (queue === undefined || queue.work.find(stored.seq) !== undefined) return;
    const tail = this.#queues.tails.keep(r.bytes.subarray(r.at, r.end));
    const { draft, past } = this.#read(stored, tail);
    queue.knows(queue.work.restore(stored.seq, draft, past, this.#clock.now));
    if (stored.id !== null && stored.hash !== 0)
      this.#remember(number, { ...stored, id: stored.id }, r.uint());
  }

  #remember(
    number: number,
    known: { readonly sender: string | null; readonly id: string; hash: number; seq: number },
    time: number,
  ): void {
    const { sender, id, hash, seq } = known;
    const record = { sender, id, hash, seq, at: this.#queues.recordTime.nowAt(time) };
    const queue = this.#byNumber.get(number);
    queue?.work.remember(record, this.#clock.now);
    if (queue !== undefined && this.#queues.ids.find(id) === undefined)
      this.#queues.ids.took(id, sender, queue, seq);
  }

  /** The binding has made jobs up to there. */
  #has(binding: Binding, lsn: number): void {
    binding.upTo = Math.max(binding.upTo, lsn);
    const owed = this.#owed.get(binding);
    if (owed !== undefined && (owed.at(-1)?.lsn ?? 0) <= lsn) this.#owed.delete(binding);
  }

  #read(stored: StoredJob, tail: Uint8Array): { draft: JobDraft; past: JobPast } {
    const { id, sender, priority, group, base, notBefore, expiresAt, failures, isDead } = stored;
    const { now } = this.#clock;
    const dueAt = notBefore === 0 ? -Infinity : this.#queues.recordTime.nowAt(notBefore);
    const isAsked = failures === 0 && notBefore > 0;
    return {
      draft: {
        id,
        sender,
        priority,
        group,
        // it waits already, whatever the clock on the wall was when that began
        sentAt: isAsked ? -Infinity : Math.min(this.#queues.recordTime.nowAt(base), now),
        notBefore: isAsked ? dueAt : -Infinity,
        expiresAt: expiresAt === 0 ? Infinity : this.#queues.recordTime.nowAt(expiresAt),
        tail,
        origin: stored.origin === null ? null : new JobOrigin(stored.origin),
      },
      past: {
        failures,
        error: stored.error,
        retryAt: failures === 0 ? -Infinity : dueAt,
        isDead,
      },
    };
  }

  #amend(number: number, seq: number, past: JobPast): void {
    const queue = this.#byNumber.get(number);
    const job = queue?.work.find(seq);
    if (job !== undefined) queue!.work.amend(job, past, this.#clock.now);
  }

  #remove(number: number, seq: number): void {
    const queue = this.#byNumber.get(number);
    const job = queue?.work.find(seq);
    if (job !== undefined) queue!.work.moved(job);
  }

  #deleted(number: number): void {
    for (const [{ work }, seq] of this.#astray.get(number) ?? []) {
      const job = work.find(seq);
      if (job !== undefined) work.moved(job);
    }
    this.#astray.delete(number);
    const queue = this.#byNumber.get(number);
    if (queue === undefined) return;
    this.#byNumber.delete(number);
    this.#bindings.forget(queue);
    this.#queues.forget(queue);
  }
}

type QueueRecordOf = Extract<AnyJobRecord, { type: typeof jobRecordType.queue }>;

/** Settings of another version hold as far as they are known. */
function knownSettings(name: string, stored: QueueRecordOf["settings"]): QueueSettings {
  let settings = defaultsFor(name);
  for (const [key, value] of stored) {
    const read = readSettings({ [key]: value }, settings);
    if (typeof read !== "string") settings = read;
  }
  return settings;
}
