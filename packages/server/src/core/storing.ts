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

/** A record that is not a publication: it was written for the topic, or for nobody. */
interface Note {
  readonly tail: null;
  readonly topic: LiveTopic | null;
  /** It is written again until there was room for it; null where whoever needs it next writes another. */
  readonly record: Uint8Array | null;
}

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
  #queue: (Pending | Note)[] = [];
  /** The first in the queue that is not answered. */
  #next = 0;
  #bytes = 0;
  /** The number that the next topic gets in the records. */
  #nextTopic = 1;
  #isFull = false;
  /** Records that found no room and must be there: they are written before anything else. */
  #owed: Uint8Array[] = [];

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
    if (this.#isFull) return noRoom();
    const { pendingPerTopicMax, pendingBytesMax } = this.#bounds;
    if (topic.pending >= pendingPerTopicMax)
      return limited(
        "storage-full",
        "pendingPerTopicMax",
        `${pendingPerTopicMax} publications of the topic wait to be stored, as many as may.`,
        RETRY_MS,
      );
    return this.#bytes + bytes > pendingBytesMax
      ? limited(
          "storage-full",
          "pendingBytesMax",
          `${pendingBytesMax} bytes wait to be stored, as many as may.`,
          RETRY_MS,
        )
      : undefined;
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
      if (entry.topic !== topic || entry.tail === null || entry.offset !== offset) continue;
      entry.waiting ??= [];
      entry.waiting.push({ session, id });
    }
  }

  /** The store is of another era than what it held. */
  era(era: number): void {
    writeEraRecord(this.#record.clear(), era);
    this.#note();
  }

  /** The topic has another epoch than what is stored. */
  epoch({ storeNumber, epoch }: LiveTopic): void {
    writeEpochRecord(this.#record.clear(), storeNumber, epoch);
    this.#note();
  }

  revoke(revocation: Revocation, until: number): void {
    writeRevocationRecord(this.#record.clear(), revocation, until);
    this.#note();
  }

  /** The next so many records are stored, the first of them with this LSN. */
  stored(count: number, firstLsn: number): void {
    for (let i = 0; i < count; i++) {
      const answered = this.#take();
      if (answered.tail !== null) this.#listener.stored(answered, firstLsn + i);
    }
  }

  /** The next so many records are not. */
  refused(count: number): void {
    for (let i = 0; i < count; i++) {
      const answered = this.#take();
      if (answered.tail !== null) this.#listener.refused(answered, noRoom());
      else if (answered.topic !== null) answered.topic.storeNumber = 0;
      else if (answered.record !== null) this.#owed.push(answered.record);
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
    this.#append({ tail: null, topic, record: null });
  }

  #note(): void {
    this.#append({ tail: null, topic: null, record: this.#record.bytes.slice(0, this.#record.at) });
  }

  #append(entry: Pending | Note): void {
    this.#writeOwed();
    this.#queue.push(entry);
    this.#sink.append(this.#record.bytes, this.#record.at);
  }

  #writeOwed(): void {
    if (this.#owed.length === 0) return;
    for (const record of this.#owed) {
      this.#queue.push({ tail: null, topic: null, record });
      this.#sink.append(record, record.length);
    }
    this.#owed = [];
  }

  #take(): Pending | Note {
    const entry = this.#queue[this.#next]!;
    this.#queue[this.#next++] = DONE;
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

const DONE: Note = { tail: null, topic: null, record: null };

function noRoom(): Refusal {
  return limited("storage-full", "disk", "The hub's disk is full; nothing was stored.", RETRY_MS);
}
