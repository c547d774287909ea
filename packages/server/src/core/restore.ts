// From records to a hub as it was: the other end of `storing.ts` and `snapshot.ts`.

import { isTopic, Reader } from "@fanwire/protocol";
import type { Clock } from "./clock.ts";
import { isJobRecord } from "./jobs/job-records.ts";
import type { QueueRestore } from "./jobs/restoring.ts";
import { Once } from "./once.ts";
import {
  type OnceRecord,
  type PublicationRecord,
  readRecord,
  recordType,
  type TopicRecord,
  type ValueRecord,
} from "./records.ts";
import type { TopicLog } from "./log.ts";
import type { Revocations } from "./revocations.ts";
import type { LiveTopic } from "./session.ts";
import type { TopicState } from "./state.ts";
import { readStateTail } from "./state-tail.ts";
import type { Storing } from "./storing.ts";
import type { Topics } from "./topics.ts";

/** What could not be taken as it was stored. */
export interface RestoreFaults {
  /** Topics that must not survive by the rules of today, and of which something is stored. */
  readonly undurable: readonly string[];
  /** Records that are none, or that this version does not know. */
  readonly unknown: number;
}

export class Restore {
  readonly #topics: Topics;
  readonly #revocations: Revocations;
  readonly #storing: Storing;
  readonly #queues: QueueRestore;
  readonly #clock: Clock;
  readonly #reader = new Reader();
  readonly #byNumber = new Map<number, LiveTopic | null>();
  readonly #undurable: string[] = [];
  #unknown = 0;
  #era = 0;
  #leaseRuns = 0;
  #highestLsn = 0;

  constructor(
    topics: Topics,
    revocations: Revocations,
    storing: Storing,
    queues: QueueRestore,
    clock: Clock,
  ) {
    this.#queues = queues;
    this.#topics = topics;
    this.#revocations = revocations;
    this.#storing = storing;
    this.#clock = clock;
  }

  /** `lsn`: of a record of the log; 0 of one of a snapshot. */
  record(bytes: Uint8Array, lsn: number): void {
    const r = this.#reader.reset(bytes);
    this.#highestLsn = Math.max(this.#highestLsn, lsn);
    if (isJobRecord(bytes[0] ?? 0)) {
      if (!this.#queues.record(r)) this.#unknown++;
      return;
    }
    const record = readRecord(r);
    if (record === undefined || r.fault !== "") {
      this.#unknown++;
      return;
    }
    switch (record.type) {
      case recordType.topic:
        return this.#topic(record);
      case recordType.publication:
        return this.#publication(record, lsn, r);
      case recordType.value:
        return this.#value(record, r);
      case recordType.head:
        return this.#head(record.topic, record.head, record.lsn);
      case recordType.producer:
        return this.#onceOf(record.topic)?.addProducer(record);
      case recordType.id:
        return this.#onceOf(record.topic)?.addId(
          { ...record, at: this.#keptAt(record.time) },
          true,
        );
      case recordType.era:
        this.#era = record.era;
        return;
      case recordType.leases:
        this.#leaseRuns = Math.max(this.#leaseRuns, record.runs);
        return;
      case recordType.epoch: {
        const topic = this.#byNumber.get(record.topic);
        if (topic) topic.epoch = record.epoch;
        return;
      }
      case recordType.revocation:
        return this.#revocations.add(record.revocation, record.until);
    }
  }

  /** All records were read. `nextLsn`: what the store gives next. Returns the topics, in the order in which they were shown. */
  end(nextLsn: number): readonly LiveTopic[] {
    const restored = [...this.#byNumber.values()].filter((topic) => topic !== null);
    restored.sort((a, b) => a.lastShow - b.lastShow);
    this.#topics.restored(restored, Math.max(nextLsn - 1, this.#highestLsn));
    for (const { log } of restored) log?.trimAged(this.#clock.now);
    this.#queues.end();
    return restored;
  }

  /** Of the store that wrote what was read last; 0 when nothing says it. */
  get era(): number {
    return this.#era;
  }

  /** Runs that leases have taken the numbers of. */
  get leaseRuns(): number {
    return this.#leaseRuns;
  }

  get faults(): RestoreFaults {
    return { undurable: this.#undurable, unknown: this.#unknown };
  }

  #topic({ number, name, epoch, first, trimmedLsn, stateFloor, stateFloorLsn }: TopicRecord): void {
    this.#storing.knows(number);
    if (this.#byNumber.has(number)) return;
    if (!isTopic(name)) {
      this.#unknown++;
      return;
    }
    const topic = this.#topics.restore(name, epoch);
    if (topic === null) this.#undurable.push(name);
    else if (topic !== undefined) {
      topic.storeNumber = number;
      topic.head = first - 1;
      if (topic.state !== null) {
        topic.state.floor = stateFloor;
        topic.state.floorShow = topic.state.floorLsn = stateFloorLsn;
      }
      topic.log?.reset(first);
      if (topic.log !== null) topic.log.trimmedShow = topic.log.trimmedLsn = trimmedLsn;
    }
    this.#byNumber.set(number, topic ?? null);
  }

  /** `logged`: its LSN when it was read from the log; 0 when the snapshot holds it. */
  #publication(record: PublicationRecord, logged: number, r: Reader): void {
    const { topic: number, offset, once } = record;
    const lsn = logged || record.lsn;
    const topic = this.#byNumber.get(number);
    if (!topic) return;
    const { log, state } = topic;
    this.#queues.publication(topic, offset, logged, r);
    this.#highestLsn = Math.max(this.#highestLsn, lsn);
    const from = r.at;
    // the state may have been written before the history, so what is history already may be news for it
    if (state !== null && offset > Math.max(state.newest, state.floor))
      this.#set(state, offset, lsn, r);
    r.at = from;
    if (once !== null) this.#remember(topic, once, offset, r);
    r.at = from;
    if (offset <= topic.head) return;
    topic.head = offset;
    topic.lastShow = lsn;
    topic.lastLsn = lsn;
    if (log !== null) this.#keep(log, offset, lsn, r);
  }

  #remember(topic: LiveTopic, once: OnceRecord, offset: number, r: Reader): void {
    const { identity, subject, hash } = once;
    topic.once ??= new Once();
    const now = this.#keptAt(r.uint());
    const verdict = topic.once.look(subject, identity, hash, now);
    // the snapshot may remember it already
    if (verdict === "new") topic.once.accept(subject, identity, hash, offset, now, true);
  }

  #onceOf(number: number): Once | undefined {
    const topic = this.#byNumber.get(number);
    if (!topic) return undefined;
    topic.once ??= new Once();
    return topic.once;
  }

  #keep(log: TopicLog, offset: number, lsn: number, r: Reader): void {
    if (offset > log.next) {
      // trimmed while the snapshot was written
      this.#topics.keptBytes += log.reset(offset);
      log.trimmedShow = log.trimmedLsn = lsn - 1;
    }
    const from = r.at;
    const at = this.#keptAt(r.uint());
    r.at = from;
    this.#topics.keptBytes += log.append(at, lsn, r.bytes, from, r.end, lsn);
  }

  #value({ topic: number, offset, lsn }: ValueRecord, r: Reader): void {
    const topic = this.#byNumber.get(number);
    this.#highestLsn = Math.max(this.#highestLsn, lsn);
    if (topic?.state && offset > topic.state.newest) this.#set(topic.state, offset, lsn, r);
  }

  #set(state: TopicState, offset: number, lsn: number, r: Reader): void {
    const from = r.at;
    const { key, isDeleted, ttlMs, time } = readStateTail(r);
    if (r.fault !== "") return;
    const at = this.#keptAt(time);
    this.#topics.keptBytes += state.set({
      key,
      offset,
      show: lsn,
      lsn,
      tail: r.bytes.slice(from, r.end),
      isDeleted,
      at,
      expiresAt: at + ttlMs,
    });
  }

  /** When something was published, in the clock's `now` of this run. */
  #keptAt(time: number): number {
    return this.#clock.now - Math.max(this.#clock.time - time, 0);
  }

  #head(number: number, head: number, lsn: number): void {
    const topic = this.#byNumber.get(number);
    if (!topic || head < topic.head) return;
    if (head > topic.head) topic.log?.reset(head + 1);
    topic.head = head;
    // where nothing is kept of it no publication has said its place
    topic.lastShow = lsn;
    topic.lastLsn = lsn;
  }
}
