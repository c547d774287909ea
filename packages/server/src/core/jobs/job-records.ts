// What is written down of queues: like all records results, never increments, and each is whole in itself, so that a snapshot that was
// written while they came and the log behind it give the queue as it was.

import { type EnvelopeValue, type Reader, writeMap, type Writer } from "@fanwire/protocol";

/** What a record of a queue is about: its first integer, of those that `records.ts` keeps for queues. */
export const jobRecordType = {
  queue: 5,
  job: 6,
  done: 7,
  failed: 8,
  moved: 9,
  deleted: 10,
  id: 11,
  binding: 12,
  unbound: 13,
  parked: 14,
  revived: 15,
} as const;

/** A queue and the number that stands for it in the records that follow; again when it is configured or held. */
export interface QueueRecord {
  readonly type: typeof jobRecordType.queue;
  readonly number: number;
  readonly name: string;
  /** The number of the next job. */
  readonly nextSeq: number;
  readonly isPaused: boolean;
  /** As it is declared. */
  readonly settings: ReadonlyMap<string, EnvelopeValue>;
}

/** A job; its tail is the rest of the record. Times are in milliseconds since 1970. */
interface JobRecord {
  readonly type: typeof jobRecordType.job;
  readonly queue: number;
  readonly job: StoredJob;
}

/** A job as it is written down, without its tail. */
export interface StoredJob {
  readonly seq: number;
  /** When its waiting began. */
  readonly base: number;
  readonly priority: number;
  /** Not before; 0: at once. */
  readonly notBefore: number;
  /** When it is worth nothing any more; 0: never. */
  readonly expiresAt: number;
  readonly failures: number;
  /** It is dead, and stays in its queue. */
  readonly isDead: boolean;
  readonly id: string | null;
  /** Of its payload; 0 when it has no id. */
  readonly hash: number;
  readonly group: string | null;
  readonly sender: string | null;
  readonly error: string | null;
  /** Where it comes from; null when a client sent it here. */
  readonly origin: ReadonlyMap<string, EnvelopeValue> | null;
  /** Of the binding that it comes from, and the LSN of the publication; 0 when there is none. */
  readonly binding: number;
  readonly source: number;
}

/** Jobs that are not there any more. */
interface DoneRecord {
  readonly type: typeof jobRecordType.done;
  readonly queue: number;
  readonly seqs: readonly number[];
}

/** A job that failed and will be tried again. */
interface FailedRecord {
  readonly type: typeof jobRecordType.failed;
  readonly queue: number;
  readonly seq: number;
  readonly failures: number;
  readonly notBefore: number;
  readonly error: string | null;
}

/** A job that went from one queue to another; its tail is the rest of the record. */
interface MovedRecord {
  readonly type: typeof jobRecordType.moved;
  readonly from: number;
  readonly seq: number;
  readonly queue: number;
  readonly job: StoredJob;
}

interface DeletedRecord {
  readonly type: typeof jobRecordType.deleted;
  readonly queue: number;
}

/** An id that a queue remembers. */
interface JobIdRecord {
  readonly type: typeof jobRecordType.id;
  readonly queue: number;
  readonly sender: string | null;
  readonly id: string;
  readonly hash: number;
  readonly seq: number;
  readonly time: number;
}

/** A pattern whose publications become jobs. */
export interface BindingRecord {
  readonly type: typeof jobRecordType.binding;
  readonly number: number;
  readonly queue: number;
  readonly pattern: string;
  /** Who made it; null: the hub's configuration, or somebody of an open hub. */
  readonly by: string | null;
  readonly priority: number;
  readonly group: string | null;
  /** Everything that is durable up to this LSN is a job, or was one. */
  readonly upTo: number;
}

interface UnboundRecord {
  readonly type: typeof jobRecordType.unbound;
  readonly number: number;
}

/** A job that is dead and stays where it is. */
interface ParkedRecord {
  readonly type: typeof jobRecordType.parked;
  readonly queue: number;
  readonly seq: number;
  readonly failures: number;
  readonly error: string | null;
  readonly origin: ReadonlyMap<string, EnvelopeValue> | null;
}

/** A job that was dead and is to be done after all. */
interface RevivedRecord {
  readonly type: typeof jobRecordType.revived;
  readonly queue: number;
  readonly seq: number;
}

export type AnyJobRecord =
  | QueueRecord
  | JobRecord
  | DoneRecord
  | FailedRecord
  | MovedRecord
  | DeletedRecord
  | JobIdRecord
  | BindingRecord
  | UnboundRecord
  | ParkedRecord
  | RevivedRecord;

/** Whether a record that begins with this byte is one of a queue. */
export function isJobRecord(firstByte: number): boolean {
  return firstByte >= jobRecordType.queue && firstByte <= jobRecordType.revived;
}

export function writeQueueRecord(w: Writer, queue: Omit<QueueRecord, "type">): void {
  w.uint(jobRecordType.queue);
  w.uint(queue.number);
  w.text(queue.name);
  w.uint(queue.nextSeq);
  w.bool(queue.isPaused);
  writeMap(w, queue.settings);
}

export function writeJobRecord(w: Writer, queue: number, job: StoredJob, tail: Uint8Array): void {
  w.uint(jobRecordType.job);
  w.uint(queue);
  writeJob(w, job, tail);
}

export function writeMovedRecord(
  w: Writer,
  from: { readonly queue: number; readonly seq: number },
  queue: number,
  job: StoredJob,
  tail: Uint8Array,
): void {
  w.uint(jobRecordType.moved);
  w.uint(from.queue);
  w.uint(from.seq);
  w.uint(queue);
  writeJob(w, job, tail);
}

export function writeDoneRecord(w: Writer, queue: number, seqs: readonly number[]): void {
  w.uint(jobRecordType.done);
  w.uint(queue);
  w.array(seqs.length);
  for (let i = 0; i < seqs.length; i++) w.uint(seqs[i]!);
}

export function writeFailedRecord(w: Writer, failed: Omit<FailedRecord, "type">): void {
  w.uint(jobRecordType.failed);
  w.uint(failed.queue);
  w.uint(failed.seq);
  w.uint(failed.failures);
  w.uint(failed.notBefore);
  writeText(w, failed.error);
}

export function writeDeletedRecord(w: Writer, queue: number): void {
  w.uint(jobRecordType.deleted);
  w.uint(queue);
}

export function writeJobIdRecord(w: Writer, known: Omit<JobIdRecord, "type">): void {
  w.uint(jobRecordType.id);
  w.uint(known.queue);
  writeText(w, known.sender);
  w.text(known.id);
  w.uint(known.hash);
  w.uint(known.seq);
  w.uint(known.time);
}

export function writeBindingRecord(w: Writer, binding: Omit<BindingRecord, "type">): void {
  w.uint(jobRecordType.binding);
  w.uint(binding.number);
  w.uint(binding.queue);
  w.text(binding.pattern);
  writeText(w, binding.by);
  w.uint(binding.priority);
  writeText(w, binding.group);
  w.uint(binding.upTo);
}

export function writeUnboundRecord(w: Writer, number: number): void {
  w.uint(jobRecordType.unbound);
  w.uint(number);
}

export function writeParkedRecord(w: Writer, parked: Omit<ParkedRecord, "type">): void {
  w.uint(jobRecordType.parked);
  w.uint(parked.queue);
  w.uint(parked.seq);
  w.uint(parked.failures);
  writeText(w, parked.error);
  writeOptionalMap(w, parked.origin);
}

export function writeRevivedRecord(w: Writer, queue: number, seq: number): void {
  w.uint(jobRecordType.revived);
  w.uint(queue);
  w.uint(seq);
}

/** Reads a record up to its tail. Undefined when it is none: the reader has a fault then. */
export function readJobRecord(r: Reader): AnyJobRecord | undefined {
  const type = r.uint();
  switch (type) {
    case jobRecordType.queue:
      return {
        type,
        number: r.uint(),
        name: r.text(),
        nextSeq: r.uint(),
        isPaused: r.bool(),
        settings: r.entries(),
      };
    case jobRecordType.job:
      return { type, queue: r.uint(), job: readJob(r) };
    case jobRecordType.moved:
      return { type, from: r.uint(), seq: r.uint(), queue: r.uint(), job: readJob(r) };
    case jobRecordType.done:
      return { type, queue: r.uint(), seqs: readNumbers(r) };
    case jobRecordType.failed:
      return {
        type,
        queue: r.uint(),
        seq: r.uint(),
        failures: r.uint(),
        notBefore: r.uint(),
        error: readText(r),
      };
    case jobRecordType.deleted:
      return { type, queue: r.uint() };
    case jobRecordType.id:
      return {
        type,
        queue: r.uint(),
        sender: readText(r),
        id: r.text(),
        hash: r.uint(),
        seq: r.uint(),
        time: r.uint(),
      };
    case jobRecordType.binding:
      return {
        type,
        number: r.uint(),
        queue: r.uint(),
        pattern: r.text(),
        by: readText(r),
        priority: r.uint(),
        group: readText(r),
        upTo: r.uint(),
      };
    case jobRecordType.unbound:
      return { type, number: r.uint() };
    case jobRecordType.parked:
      return {
        type,
        queue: r.uint(),
        seq: r.uint(),
        failures: r.uint(),
        error: readText(r),
        origin: r.nil() ? null : r.entries(),
      };
    case jobRecordType.revived:
      return { type, queue: r.uint(), seq: r.uint() };
    default:
      return undefined;
  }
}

function writeJob(w: Writer, job: StoredJob, tail: Uint8Array): void {
  w.uint(job.seq);
  w.uint(job.base);
  w.uint(job.priority);
  w.uint(job.notBefore);
  w.uint(job.expiresAt);
  w.uint(job.failures);
  w.bool(job.isDead);
  writeText(w, job.id);
  w.uint(job.hash);
  writeText(w, job.group);
  writeText(w, job.sender);
  writeText(w, job.error);
  writeOptionalMap(w, job.origin);
  w.uint(job.binding);
  w.uint(job.source);
  w.raw(tail, 0, tail.length);
}

function readJob(r: Reader): StoredJob {
  return {
    seq: r.uint(),
    base: r.uint(),
    priority: r.uint(),
    notBefore: r.uint(),
    expiresAt: r.uint(),
    failures: r.uint(),
    isDead: r.bool(),
    id: readText(r),
    hash: r.uint(),
    group: readText(r),
    sender: readText(r),
    error: readText(r),
    origin: r.nil() ? null : r.entries(),
    binding: r.uint(),
    source: r.uint(),
  };
}

function readNumbers(r: Reader): number[] {
  const numbers: number[] = [];
  const count = r.array();
  for (let i = 0; i < count && r.fault === ""; i++) numbers.push(r.uint());
  r.close();
  return numbers;
}

function writeText(w: Writer, text: string | null): void {
  if (text === null) w.nil();
  else w.text(text);
}

function readText(r: Reader): string | null {
  return r.nil() ? null : r.text();
}

function writeOptionalMap(w: Writer, map: ReadonlyMap<string, EnvelopeValue> | null): void {
  if (map === null) w.nil();
  else writeMap(w, map);
}
