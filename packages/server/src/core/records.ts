// What is written down of the hub, one record for each thing that must survive: results, never increments, so that a record that is read
// twice changes nothing the second time. Whoever stores them looks into none.

import { Reader, type Writer } from "@fanwire/protocol";
import type { IdRecord, Identity, ProducerRecord } from "./once.ts";
import type { Revocation } from "./revocations.ts";

/** What a record is about: its first integer. Never used again for something else; 5 … 15 belong to queues (`jobs/job-records.ts`), 16 to positions of sessions. */
export const recordType = {
  topic: 1,
  publication: 2,
  head: 3,
  revocation: 4,
  value: 17,
  producer: 18,
  id: 19,
  era: 20,
  epoch: 21,
  leases: 22,
} as const;

/** A topic and the number that stands for it in the records that follow. */
export interface TopicRecord {
  readonly type: typeof recordType.topic;
  readonly number: number;
  readonly name: string;
  readonly epoch: number;
  /** The offset of the oldest publication that is kept of it, … */
  readonly first: number;
  /** … and the LSN of the newest that is not; 0 when all are. */
  readonly trimmedLsn: number;
  /** The highest offset of a deletion that is no longer known. */
  readonly stateFloor: number;
  /** Its LSN. */
  readonly stateFloorLsn: number;
}

/** A publication; its tail is the rest of the record. */
export interface PublicationRecord {
  readonly type: typeof recordType.publication;
  readonly topic: number;
  readonly offset: number;
  /** In a snapshot its own; 0 in the log, where its place says it. */
  readonly lsn: number;
  /** Null: it is one that may not come twice. */
  readonly once: OnceRecord | null;
}

/** Which publication it is, so that a second one of the same is known. */
export interface OnceRecord {
  readonly identity: Identity;
  readonly subject: string;
  readonly hash: number;
}

/** A producer that a topic remembers. */
interface KnownProducerRecord extends ProducerRecord {
  readonly type: typeof recordType.producer;
  readonly topic: number;
}

/** An id that a topic remembers. */
interface KnownIdRecord extends Omit<IdRecord, "at"> {
  readonly type: typeof recordType.id;
  readonly topic: number;
  /** In milliseconds since 1970. */
  readonly time: number;
}

/** The latest publication of a key, in a snapshot; its tail is the rest of the record. */
export interface ValueRecord {
  readonly type: typeof recordType.value;
  readonly topic: number;
  readonly offset: number;
  readonly lsn: number;
}

/** How far a topic had come, also when nothing of it is kept any more. */
interface HeadRecord {
  readonly type: typeof recordType.head;
  readonly topic: number;
  readonly head: number;
  /** Of the last publication. */
  readonly lsn: number;
}

/** Tokens that were withdrawn. */
interface RevocationRecord {
  readonly type: typeof recordType.revocation;
  readonly revocation: Revocation;
  /** When it has nothing left to revoke, in milliseconds since 1970. */
  readonly until: number;
}

/** Of which era the store is that holds the records behind it. */
interface EraRecord {
  readonly type: typeof recordType.era;
  readonly era: number;
}

/** A topic has another epoch: what clients have seen of it may be more than what is there. */
interface EpochRecord {
  readonly type: typeof recordType.epoch;
  readonly topic: number;
  readonly epoch: number;
}

/** How many runs leases have taken the numbers of, beside those that began; see `jobs/lease-numbers.ts`. */
interface LeasesRecord {
  readonly type: typeof recordType.leases;
  readonly runs: number;
}

export type StoredRecord =
  | LeasesRecord
  | EraRecord
  | EpochRecord
  | TopicRecord
  | PublicationRecord
  | ValueRecord
  | HeadRecord
  | RevocationRecord
  | KnownProducerRecord
  | KnownIdRecord;

export function writeTopicRecord(w: Writer, topic: Omit<TopicRecord, "type">): void {
  w.uint(recordType.topic);
  w.uint(topic.number);
  w.text(topic.name);
  w.uint(topic.epoch);
  w.uint(topic.first);
  w.uint(topic.trimmedLsn);
  w.uint(topic.stateFloor);
  w.uint(topic.stateFloorLsn);
}

/** The caller writes the tail next. `once`: null but in the log, for one that may come twice. */
export function writePublicationRecord(
  w: Writer,
  topic: number,
  offset: number,
  lsn: number,
  once: OnceRecord | null,
): void {
  w.uint(recordType.publication);
  w.uint(topic);
  w.uint(offset);
  w.uint(lsn);
  writeOnce(w, once);
}

/** The caller writes the tail next. */
export function writeValueRecord(w: Writer, topic: number, offset: number, lsn: number): void {
  w.uint(recordType.value);
  w.uint(topic);
  w.uint(offset);
  w.uint(lsn);
}

/** A producer, or an application's id, that a topic remembers; in a snapshot. */
export function writeProducerRecord(w: Writer, topic: number, record: ProducerRecord): void {
  w.uint(recordType.producer);
  w.uint(topic);
  w.uint(record.producer);
  w.uint(record.last);
  w.array(record.positions.length);
  for (const number of record.positions) w.uint(number);
}

export function writeIdRecord(
  w: Writer,
  topic: number,
  time: number,
  { subject, id, hash, offset }: Omit<IdRecord, "at">,
): void {
  w.uint(recordType.id);
  w.uint(topic);
  w.uint(time);
  w.text(subject);
  w.text(id);
  w.uint(hash);
  w.uint(offset);
}

export function writeEraRecord(w: Writer, era: number): void {
  w.uint(recordType.era);
  w.uint(era);
}

export function writeEpochRecord(w: Writer, topic: number, epoch: number): void {
  w.uint(recordType.epoch);
  w.uint(topic);
  w.uint(epoch);
}

export function writeLeasesRecord(w: Writer, runs: number): void {
  w.uint(recordType.leases);
  w.uint(runs);
}

/** Names the topic that a record is about, given the records before it: undefined when it is about none, or about one that was not named. */
export function topicNames(): (record: Uint8Array) => string | undefined {
  const r = new Reader();
  const names = new Map<number, string>();
  return (bytes) => {
    const record = readRecord(r.reset(bytes));
    if (record === undefined || r.fault !== "") return undefined;
    if (record.type === recordType.topic) names.set(record.number, record.name);
    if (record.type === recordType.topic) return record.name;
    return "topic" in record ? names.get(record.topic) : undefined;
  };
}

function writeOnce(w: Writer, once: OnceRecord | null): void {
  if (once === null) return w.nil();
  const { identity } = once;
  if ("id" in identity) {
    w.text(identity.id);
    w.text(once.subject);
    w.uint(once.hash);
  } else {
    w.uint(identity.producer);
    w.uint(identity.n);
  }
}

function readOnce(r: Reader): OnceRecord | null {
  if (r.nil()) return null;
  if (r.isText) return { identity: { id: r.text() }, subject: r.text(), hash: r.uint() };
  const producer = r.uint();
  const n = r.uint();
  return { identity: { producer, n, base: n }, subject: "", hash: 0 };
}

export function writeHeadRecord(w: Writer, topic: number, head: number, lsn: number): void {
  w.uint(recordType.head);
  w.uint(topic);
  w.uint(head);
  w.uint(lsn);
}

export function writeRevocationRecord(w: Writer, revocation: Revocation, until: number): void {
  w.uint(recordType.revocation);
  w.uint(until);
  if ("tokenId" in revocation) writePair(w, "tokenId", revocation.tokenId);
  else if ("keyId" in revocation) writePair(w, "keyId", revocation.keyId);
  else {
    writePair(w, "subject", revocation.subject);
    if (revocation.issuer === undefined) w.nil();
    else w.text(revocation.issuer);
    w.uint(revocation.issuedUpTo);
  }
}

/** Reads a record up to its tail. Undefined when this version does not know it, or when it is none: the reader has a fault then. */
export function readRecord(r: Reader): StoredRecord | undefined {
  switch (r.uint()) {
    case recordType.topic:
      return {
        type: recordType.topic,
        number: r.uint(),
        name: r.text(),
        epoch: r.uint(),
        first: r.uint(),
        trimmedLsn: r.uint(),
        stateFloor: r.uint(),
        stateFloorLsn: r.uint(),
      };
    case recordType.publication:
      return {
        type: recordType.publication,
        topic: r.uint(),
        offset: r.uint(),
        lsn: r.uint(),
        once: readOnce(r),
      };
    case recordType.value:
      return { type: recordType.value, topic: r.uint(), offset: r.uint(), lsn: r.uint() };
    case recordType.head:
      return { type: recordType.head, topic: r.uint(), head: r.uint(), lsn: r.uint() };
    case recordType.era:
      return { type: recordType.era, era: r.uint() };
    case recordType.leases:
      return { type: recordType.leases, runs: r.uint() };
    case recordType.epoch:
      return { type: recordType.epoch, topic: r.uint(), epoch: r.uint() };
    case recordType.revocation:
      return readRevocation(r);
    case recordType.producer:
      return readProducer(r);
    case recordType.id:
      return {
        type: recordType.id,
        topic: r.uint(),
        time: r.uint(),
        subject: r.text(),
        id: r.text(),
        hash: r.uint(),
        offset: r.uint(),
      };
    default:
      return undefined;
  }
}

function readProducer(r: Reader): KnownProducerRecord {
  const topic = r.uint();
  const producer = r.uint();
  const last = r.uint();
  const positions = Array.from({ length: Math.min(r.array(), POSITIONS_MAX) }, () => r.uint());
  return { type: recordType.producer, topic, producer, last, positions };
}

function readRevocation(r: Reader): RevocationRecord {
  const type = recordType.revocation;
  const until = r.uint();
  const what = r.text();
  const name = r.text();
  if (what === "tokenId") return { type, until, revocation: { tokenId: name } };
  if (what === "keyId") return { type, until, revocation: { keyId: name } };
  const issuer = r.nil() ? undefined : r.text();
  return { type, until, revocation: { subject: name, issuer, issuedUpTo: r.uint() } };
}

/** Numbers of a producer that are read at most. */
const POSITIONS_MAX = 128;

function writePair(w: Writer, what: string, name: string): void {
  w.text(what);
  w.text(name);
}
