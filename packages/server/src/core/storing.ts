// Publications that must survive are written down before anybody sees them: until the store has answered they exist here alone, in the
// order in which they came, and are shown in that order.

import { Writer } from "@fanwire/protocol";
import {
  type OnceRecord,
  writeEpochRecord,
  writeEraRecord,
  writePublicationRecord,
  writeRevocationRecord,
  writeTopicRecord,
} from "./records.ts";
import { limited, type Refusal } from "./refusal.ts";
import type { Revocation } from "./revocations.ts";
import type { LiveSession, LiveTopic } from "./session.ts";
import type { Sink } from "./sink.ts";

/** What may wait for the store: publications of a topic, and bytes of all. */
export interface PendingBounds {
  readonly pendingPerTopicMax: number;
  readonly pendingBytesMax: number;
}

/** Is being stored. */
export interface Pending {
  readonly topic: LiveTopic;
  readonly tail: Uint8Array;
  /** Null: the hub itself. */
  readonly session: LiveSession | null;
  /** Of its PUBLISH; 0 when no answer is wanted. */
  readonly id: number;
  readonly offset: number;
  readonly once: OnceRecord | null;
  /** Its key, where the topic keeps state; else null. */
  readonly key: string | null;
  /** Those that have sent it again meanwhile, and wait for the same answer; null when nobody did. */
  waiting: { readonly session: LiveSession; readonly id: number }[] | null;
}

/** Is told what has become of a record that is not a publication. */
export interface Kept {
  readonly tail: null;
  /** It is on stable storage. */
  stored(lsn: number): void;
  /** It is not, and never will be. */
  refused(why: Refusal): void;
}

/** The name of a topic was written down; if it was not, it is written again with the next publication. */
class Naming implements Kept {
  readonly tail = null;
  readonly #topic: LiveTopic;

  constructor(topic: LiveTopic) {
    this.#topic = topic;
  }

  stored(): void {}

  refused(): void {
    this.#topic.storeNumber = 0;
  }
}

/** Is told when a record that is written again and again is stored; or, if it wants to know that, that it is not yet, and nothing more. */
export interface Awaiting {
  stored?(lsn: number): void;
  refused?(why: Refusal): void;
}

/** A record that is written again until there was room for it. */
class Insisted implements Kept {
  readonly tail = null;
  readonly record: Uint8Array;
  readonly #owed: Insisted[];
  #awaiting: Awaiting | null;

  constructor(record: Uint8Array, owed: Insisted[], awaiting: Awaiting | null) {
    this.record = record;
    this.#owed = owed;
    this.#awaiting = awaiting;
  }

  stored(lsn: number): void {
    this.#awaiting?.stored?.(lsn);
  }

  refused(why: Refusal): void {
    this.#owed.push(this);
    const awaiting = this.#awaiting;
    if (awaiting?.refused === undefined) return;
    this.#awaiting = null;
    awaiting.refused(why);
  }
}

/** Stands where what was answered has stood. */
const ANSWERED: Kept = { tail: null, stored() {}, refused() {} };

/** What is done when the store has answered. */
export interface StoringListener {
  /** It is on stable storage: it may be shown, and confirmed. */
  stored(pending: Pending, lsn: number): void;
  /** It is not stored, and never will be. */
  refused(pending: Pending, why: Refusal): void;
}

export class Storing {
  readonly #sink: Sink;
  readonly #bounds: PendingBounds;
  readonly #listener: StoringListener;
  readonly #record = new Writer(4096);
  #queue: (Pending | Kept)[] = [];
  /** The first in the queue that is not answered. */
  #next = 0;
  #bytes = 0;
  /** The number that the next topic gets in the records. */
  #nextTopic = 1;
  #isFull = false;
  /** Records that found no room and must be there: they are written before anything else. */
  readonly #owed: Insisted[] = [];

  constructor(sink: Sink, bounds: PendingBounds, listener: StoringListener) {
    this.#sink = sink;
    this.#bounds = bounds;
    this.#listener = listener;
  }

  /** The store has no room for what may wait. */
  set isFull(isFull: boolean) {
    this.#isFull = isFull;
    if (!isFull) this.#writeOwed();
  }

  /** Bytes that wait for the store. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A topic has this number in what was stored before: the next one gets another. */
  knows(number: number): void {
    this.#nextTopic = Math.max(this.#nextTopic, number + 1);
  }

  /** Why not so many bytes more. */
  whyNot(topic: LiveTopic, bytes: number): Refusal | undefined {
    const { pendingPerTopicMax } = this.#bounds;
    const why = this.whyNoRoom(bytes);
    if (why !== undefined || topic.pending < pendingPerTopicMax) return why;
    return limited(
      "storage-full",
      "pendingPerTopicMax",
      `${pendingPerTopicMax} publications of the topic wait to be stored, as many as may.`,
      RETRY_MS,
    );
  }

  /** Gives a publication to the store. Its tail was just written, and is the caller's again. Returns its offset. */
  publish(
    session: LiveSession | null,
    topic: LiveTopic,
    id: number,
    tail: Writer,
    once: OnceRecord | null = null,
    key: string | null = null,
  ): number {
    if (topic.storeNumber === 0) this.#name(topic);
    const offset = topic.head + ++topic.pending;
    const record = this.#record.clear();
    writePublicationRecord(record, topic.storeNumber, offset, 0, once);
    record.raw(tail.bytes, 0, tail.at);
    this.#append({ topic, tail: tail.take(), session, id, offset, once, key, waiting: null });
    this.#bytes += tail.at;
    return offset;
  }

  /** The publication with this offset was sent again: its answer is owed to this request too. */
  join(topic: LiveTopic, offset: number, session: LiveSession, id: number): void {
    for (let i = this.#next; i < this.#queue.length; i++) {
      const entry = this.#queue[i]!;
      if (entry.tail === null || entry.topic !== topic || entry.offset !== offset) continue;
      entry.waiting ??= [];
      entry.waiting.push({ session, id });
    }
  }

  /** The store is of another era than what it held. */
  era(era: number): void {
    writeEraRecord(this.begin(), era);
    this.insist();
  }

  /** The topic has another epoch than what is stored. */
  epoch({ storeNumber, epoch }: LiveTopic): void {
    writeEpochRecord(this.begin(), storeNumber, epoch);
    this.insist();
  }

  revoke(revocation: Revocation, until: number): void {
    writeRevocationRecord(this.begin(), revocation, until);
    this.insist();
  }

  /** Where a record is written that is not a publication; then {@link keep}. */
  begin(): Writer {
    return this.#record.clear();
  }

  /** Gives the record to the store that was just written. Where nobody waits for it, see {@link insist}. */
  keep(kept: Kept): void {
    this.#append(kept);
  }

  /** Gives it the record again and again until there is room for it: it says what is so already. */
  insist(awaiting: Awaiting | null = null): void {
    const { bytes, at } = this.#record;
    this.#append(new Insisted(bytes.slice(0, at), this.#owed, awaiting));
  }

  /** Bytes more, or fewer, wait for the store than those of publications. */
  waits(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Why not so many bytes more, that are no publication. */
  whyNoRoom(bytes: number): Refusal | undefined {
    if (this.#isFull) return noRoom();
    const { pendingBytesMax } = this.#bounds;
    return this.#bytes + bytes > pendingBytesMax
      ? limited(
          "storage-full",
          "pendingBytesMax",
          `${pendingBytesMax} bytes wait to be stored, as many as may.`,
          RETRY_MS,
        )
      : undefined;
  }

  /** The next so many records are stored, the first of them with this LSN. */
  stored(count: number, firstLsn: number): void {
    for (let i = 0; i < count; i++) {
      const answered = this.#take();
      if (answered.tail !== null) this.#listener.stored(answered, firstLsn + i);
      else answered.stored(firstLsn + i);
    }
  }

  /** The next so many records are not. */
  refused(count: number): void {
    for (let i = 0; i < count; i++) {
      const answered = this.#take();
      if (answered.tail !== null) this.#listener.refused(answered, noRoom());
      else answered.refused(noRoom());
    }
  }

  #name(topic: LiveTopic): void {
    topic.storeNumber = this.#nextTopic++;
    const { name, epoch, head } = topic;
    writeTopicRecord(this.#record.clear(), {
      number: topic.storeNumber,
      name,
      epoch,
      first: head + 1,
      trimmedLsn: 0,
      stateFloor: 0,
      stateFloorLsn: 0,
    });
    this.#append(new Naming(topic));
  }

  #append(entry: Pending | Kept): void {
    this.#writeOwed();
    this.#queue.push(entry);
    this.#sink.append(this.#record.bytes, this.#record.at);
  }

  #writeOwed(): void {
    if (this.#owed.length === 0) return;
    for (const owed of this.#owed.splice(0)) {
      this.#queue.push(owed);
      this.#sink.append(owed.record, owed.record.length);
    }
  }

  #take(): Pending | Kept {
    const entry = this.#queue[this.#next]!;
    this.#queue[this.#next++] = ANSWERED;
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    if (entry.tail !== null) {
      this.#bytes -= entry.tail.length;
      entry.topic.pending--;
    }
    return entry;
  }
}

/** How soon to try again when the store cannot take more, in milliseconds. */
const RETRY_MS = 1000;

function noRoom(): Refusal {
  return limited("storage-full", "disk", "The hub's disk is full; nothing was stored.", RETRY_MS);
}
