// All that must survive, as records, a slice at a time between turns: what changes meanwhile stands in the log that is replayed behind
// it, and a record that is read twice changes nothing.

import type { Writer } from "@fanwire/protocol";
import type { Clock } from "./clock.ts";
import { emptyRecord } from "./log.ts";
import {
  writeEraRecord,
  writeHeadRecord,
  writeIdRecord,
  writeProducerRecord,
  writePublicationRecord,
  writeRevocationRecord,
  writeTopicRecord,
  writeValueRecord,
} from "./records.ts";
import { type NextRecord } from "./jobs/queue-snapshot.ts";
import type { Revocations } from "./revocations.ts";
import type { LiveTopic } from "./session.ts";
import type { Topics } from "./topics.ts";

/** Takes one record: what `write` writes. */
export type TakeRecord = (write: (w: Writer) => void) => void;

export class Snapshot {
  readonly #clock: Clock;
  readonly #era: number;
  readonly #revocations: Revocations;
  readonly #topics: Iterator<LiveTopic>;
  readonly #queues: Iterator<NextRecord>;
  #isBegun = false;
  #topic: LiveTopic | undefined;
  /** The offset of the last value of this topic that was given. */
  #value = 0;
  /** The offset of the publication of this topic that comes next. */
  #offset = 0;
  readonly #record = emptyRecord();

  constructor(
    topics: Topics,
    revocations: Revocations,
    queues: Iterator<NextRecord>,
    clock: Clock,
    era: number,
  ) {
    this.#queues = queues;
    this.#era = era;
    this.#clock = clock;
    this.#topics = topics.all();
    this.#revocations = revocations;
  }

  /** Gives records of about so many bytes. Returns whether there are more. */
  next(bytesMax: number, take: TakeRecord): boolean {
    if (!this.#isBegun) {
      this.#isBegun = true;
      take((w) => writeEraRecord(w, this.#era));
      for (const [revocation, until] of this.#revocations.all())
        take((w) => writeRevocationRecord(w, revocation, until));
    }
    let left = bytesMax;
    while (left > 0) {
      if (this.#topic === undefined && !this.#begin(take)) return this.#takeQueues(left, take);
      left -= this.#publications(this.#topic!, left, take);
    }
    return true;
  }

  /** Queues come last. Returns whether there are more. */
  #takeQueues(bytesMax: number, take: TakeRecord): boolean {
    for (let left = bytesMax; left > 0;) {
      const next = this.#queues.next();
      if (next.done === true) return false;
      take((w) => next.value.write(w));
      left -= next.value.bytes;
    }
    return true;
  }

  /** Goes to the next topic that must survive. */
  #begin(take: TakeRecord): boolean {
    for (let next = this.#topics.next(); next.done !== true; next = this.#topics.next()) {
      const topic = next.value;
      if (topic.storeNumber === 0) continue;
      this.#topic = topic;
      this.#offset = topic.log?.first ?? topic.head + 1;
      const { storeNumber: number, name, epoch, log } = topic;
      const first = this.#offset;
      const trimmedLsn = log?.trimmedLsn ?? 0;
      const stateFloor = topic.state?.floor ?? 0;
      const stateFloorLsn = topic.state?.floorLsn ?? 0;
      this.#value = 0;
      take((w) =>
        writeTopicRecord(w, {
          number,
          name,
          epoch,
          first,
          trimmedLsn,
          stateFloor,
          stateFloorLsn,
        }),
      );
      return true;
    }
    return false;
  }

  /** What the topic remembers of publications that may come twice. */
  #once({ once, storeNumber }: LiveTopic, take: TakeRecord): void {
    if (once === null) return;
    for (const producer of once.producers())
      take((w) => writeProducerRecord(w, storeNumber, producer));
    for (const known of once.ids())
      take((w) => writeIdRecord(w, storeNumber, this.#timeOf(known.at), known));
  }

  #timeOf(now: number): number {
    return Math.floor(this.#clock.time - (this.#clock.now - now));
  }

  /** Returns about how many bytes it gave. */
  #publications(topic: LiveTopic, bytesMax: number, take: TakeRecord): number {
    const { log, state } = topic;
    let bytes = RECORD_BYTES;
    for (let value = state?.after(this.#value) ?? null; value !== null; value = value.newer) {
      if (bytes >= bytesMax) return bytes;
      const { offset, lsn, tail } = value;
      take((w) => {
        writeValueRecord(w, topic.storeNumber, offset, lsn);
        w.raw(tail, 0, tail.length);
      });
      bytes += RECORD_BYTES + tail.length;
      this.#value = offset;
    }
    const from = Math.max(this.#offset, log?.first ?? Infinity);
    if (log !== null && from < log.next) {
      const cursor = log.seek(from);
      const record = this.#record;
      while (bytes < bytesMax && log.read(cursor, record)) {
        take((w) => {
          writePublicationRecord(w, topic.storeNumber, record.offset, record.lsn, null);
          w.raw(record.bytes, record.from, record.to);
        });
        bytes += RECORD_BYTES + record.to - record.from;
      }
      this.#offset = cursor.offset;
      if (cursor.offset < log.next) return bytes;
    }
    this.#once(topic, take);
    take((w) => writeHeadRecord(w, topic.storeNumber, topic.head, topic.lastLsn));
    this.#topic = undefined;
    return bytes;
  }
}

/** About what a record takes beside its tail. */
const RECORD_BYTES = 16;
