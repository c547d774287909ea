// What is on disk of queues, read from the records one by one: the whole log, whatever snapshots stand for.

import { Reader } from "@fanwire/protocol";
import {
  type AnyJobRecord,
  isJobRecord,
  jobRecordType,
  readJobRecord,
  type StoredJob,
} from "../jobs/job-records.ts";
import { numberIn } from "./payload.testkit.ts";
import type { Tell } from "./places.testkit.ts";
import type { Kept } from "./store-hand.testkit.ts";

/** A job in a queue. One that goes to another queue is another one there. */
export interface DiskJob {
  readonly key: string;
  readonly queue: string;
  readonly seq: number;
  readonly payload: number;
  readonly group: string | null;
  /** It came from another queue. */
  readonly isMoved: boolean;
  state: "there" | "parked" | "done" | "moved";
  failures: number;
}

export function keyOf(queue: string, seq: number): string {
  return `${queue} ${seq}`;
}

export class Disk {
  readonly #tell: Tell;
  readonly #names = new Map<number, string>();
  readonly #jobs = new Map<string, DiskJob>();
  readonly #byPayload = new Map<number, DiskJob[]>();
  readonly #byGroup = new Map<string, DiskJob[]>();
  readonly #r = new Reader();
  #read = 0;
  /** It has read all of it before. */
  #isAgain = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Reads what has come. `stored`: the log since the first run. */
  read(stored: readonly Uint8Array[]): void {
    for (; this.#read < stored.length; this.#read++) this.#take(stored[this.#read]!);
  }

  /**
   * A hub begins with a snapshot and the log behind it. What stands in the log before it does not count any more: a job that was being
   * stored may be in the snapshot, and one that was gone may be in the log.
   */
  restart({ stored, snapshot, from }: Kept): void {
    this.read(stored);
    this.check();
    if (snapshot.length === 0) return;
    this.#isAgain = true;
    for (const job of this.#jobs.values()) if (job.state !== "moved") job.state = "done";
    for (const record of snapshot) this.#take(record);
    for (const record of stored.slice(from - 1)) this.#take(record);
    this.#isAgain = false;
  }

  find(key: string): DiskJob | undefined {
    return this.#jobs.get(key);
  }

  all(): IterableIterator<DiskJob> {
    return this.#jobs.values();
  }

  /** Where it is, or has been. */
  of(payload: number): readonly DiskJob[] {
    return this.#byPayload.get(payload) ?? [];
  }

  /** Of a queue, by number. */
  inGroup(queue: string, group: string): readonly DiskJob[] {
    return this.#byGroup.get(`${queue} ${group}`) ?? [];
  }

  /** Nothing is in two places, wherever the hub was when it ended. */
  check(): void {
    for (const [payload, jobs] of this.#byPayload) {
      const there = jobs.filter(({ state }) => state === "there" || state === "parked");
      if (there.length > 1 && !jobs.some(({ queue }) => queue === "bound"))
        this.#tell("doubled", `${payload} is at ${there.map(({ key }) => key).join(" and at ")}`);
    }
  }

  #take(bytes: Uint8Array): void {
    if (!isJobRecord(bytes[0] ?? 0)) return;
    const record = readJobRecord(this.#r.reset(bytes))!;
    if (record.type === jobRecordType.queue) {
      this.#names.set(record.number, record.name);
      return;
    }
    // what is in a queue that could not be stored is nowhere
    if ("queue" in record && !this.#names.has(record.queue)) {
      if (record.type === jobRecordType.moved) this.#stray(record.from, record.seq);
    } else this.#apply(record, bytes);
  }

  /** It went to a queue that is not there: it is dead where it was. */
  #stray(number: number, seq: number): void {
    const job = this.#jobs.get(keyOf(this.#names.get(number) ?? "", seq));
    if (job?.state === "there") job.state = "parked";
  }

  #apply(record: AnyJobRecord, bytes: Uint8Array): void {
    switch (record.type) {
      case jobRecordType.moved:
        this.#leave(record.from, record.seq, "moved");
        return this.#enter(record.queue, record.job, true, bytes);
      case jobRecordType.job:
        return this.#enter(record.queue, record.job, false, bytes);
      case jobRecordType.done:
        for (const seq of record.seqs) this.#leave(record.queue, seq, "done");
        return;
      case jobRecordType.failed:
        return this.#fail(record.queue, record.seq, record.failures, "there");
      case jobRecordType.parked:
        return this.#fail(record.queue, record.seq, record.failures, "parked");
      case jobRecordType.revived:
        return this.#fail(record.queue, record.seq, 0, "there");
      default:
    }
  }

  #enter(
    number: number,
    { seq, group, isDead, failures }: StoredJob,
    isMoved: boolean,
    bytes: Uint8Array,
  ): void {
    const queue = this.#names.get(number)!;
    const key = keyOf(queue, seq);
    const payload = numberIn(bytes)!;
    const known = this.#jobs.get(key);
    if (known !== undefined) {
      if (known.payload !== payload)
        this.#tell("changed", `${key} was ${known.payload}, and is ${payload}`);
      // what a snapshot held already is as it was there
      if (this.#isAgain && known.state === "done")
        Object.assign(known, { state: isDead ? "parked" : "there", failures });
      return;
    }
    const state = isDead ? "parked" : "there";
    const job: DiskJob = { key, queue, seq, payload, group, isMoved, state, failures };
    this.#jobs.set(key, job);
    add(this.#byPayload, payload, job);
    if (group !== null) add(this.#byGroup, `${queue} ${group}`, job);
  }

  #leave(number: number, seq: number, state: "done" | "moved"): void {
    const job = this.#jobs.get(keyOf(this.#names.get(number) ?? "", seq));
    if (job === undefined) return;
    if (state === "moved" && !this.#isAgain && (job.state === "moved" || job.state === "done"))
      this.#tell("doubled", `${job.key} was ${job.state}, and went to another queue`);
    if (job.state !== "moved") job.state = state;
  }

  #fail(number: number, seq: number, failures: number, state: "there" | "parked"): void {
    const job = this.#jobs.get(keyOf(this.#names.get(number) ?? "", seq));
    if (job === undefined || job.state === "done" || job.state === "moved") return;
    job.failures = failures;
    job.state = state;
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const all = map.get(key);
  if (all === undefined) map.set(key, [value]);
  else all.push(value);
}
