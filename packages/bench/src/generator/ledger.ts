// What was published and what arrived: every delivery is counted, its place in the order checked, and a publication is settled when all
// its subscribers have it.

import type { Histogram } from "../histogram.ts";
import type { EachTopic } from "./each-topic.ts";
import { type Faults, noFaults } from "./faults.ts";
import { MAGIC_HIGH, MAGIC_LOW, NUMBER_AT, SEQUENCE_AT, TIME_AT } from "./marker.ts";

/** As many publications may be unsettled at once; a power of two. */
const UNSETTLED_MAX = 131_072;

/** The topic of those that follow none … */
export const NO_TOPIC = -1;

/** … and of those that follow all of them, by one pattern. */
export const EVERY_TOPIC = -2;

/** What the ledger keeps of a subscriber. */
export interface Reader {
  /** The topic that it follows. */
  readonly topic: number;
  /** What it has of each; null unless it follows every topic. */
  readonly each: EachTopic | null;
  /** The sequence number that comes next. */
  expected: number;
  /** Its latencies count. */
  readonly isTimed: boolean;
}

/** Counts for all clients that share it. */
export class Ledger {
  readonly faults: Faults = noFaults();
  delivered = 0;
  published = 0;
  settled = 0;
  /** When the last delivery of the last settled publication was read. */
  settledAt = 0;
  /** The sequence number that the next publication of each topic gets. */
  readonly next: Uint32Array;
  /** Where latencies go; null when they are not wanted. */
  histogram: Histogram | null = null;
  /** Called when publications were settled. */
  onSettled: () => void = () => {};
  readonly #subscribers: number;
  readonly #unsettled = new Int32Array(UNSETTLED_MAX);

  /** `subscribers`: how many must have a publication before it is settled. */
  constructor(next: Uint32Array, subscribers: number) {
    this.next = next;
    this.#subscribers = subscribers;
  }

  /** Notes one more publication of a topic and returns its number in the run. */
  publish(): number {
    const number = this.published++;
    this.#unsettled[number & (UNSETTLED_MAX - 1)] = this.#subscribers;
    return number;
  }

  /** A payload came: its marker is at `at`. */
  take(reader: Reader, view: DataView, at: number, now: number): void {
    if (!isMarked(view, at)) {
      this.faults.foreign++;
      return;
    }
    const sequence = view.getUint32(at + SEQUENCE_AT, true);
    if (sequence !== reader.expected) this.#irregular(reader, sequence);
    reader.expected = sequence + 1;
    this.#count(reader, view, at, now);
  }

  /** The same for a subscriber of every topic. `claimed`: the sequence number that goes with the offset that the server told. */
  takeOf(
    reader: Reader,
    topic: number,
    claimed: number,
    view: DataView,
    at: number,
    now: number,
  ): void {
    if (!isMarked(view, at)) {
      this.faults.foreign++;
      return;
    }
    const sequence = view.getUint32(at + SEQUENCE_AT, true);
    if (claimed !== sequence) this.faults.offsets++;
    reader.each?.take(topic, sequence, view.getUint32(at + NUMBER_AT, true), this.faults);
    this.#count(reader, view, at, now);
  }

  #count(reader: Reader, view: DataView, at: number, now: number): void {
    this.delivered++;
    if (this.histogram !== null && reader.isTimed)
      this.histogram.add(now - view.getFloat64(at + TIME_AT, true));
    if (--this.#unsettled[view.getUint32(at + NUMBER_AT, true) & (UNSETTLED_MAX - 1)]! === 0) {
      this.settled++;
      this.settledAt = now;
      this.onSettled();
    }
  }

  /** The server says that this many publications do not come. `isExact`: whether its bounds are right. */
  gap(reader: Reader, missed: number, isExact: boolean): void {
    this.faults.gaps++;
    this.faults.missed += missed;
    if (!isExact) this.faults.wrongGaps++;
    reader.expected += missed;
  }

  /** How many publications a subscriber still waits for. */
  behind(reader: Reader): number {
    return reader.each?.behind(this.next) ?? this.next[reader.topic]! - reader.expected;
  }

  #irregular(reader: Reader, sequence: number): void {
    if (sequence < reader.expected) this.faults.disorder++;
    else this.faults.holes += sequence - reader.expected;
  }
}

function isMarked(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === MAGIC_LOW && view.getUint32(at + 4, true) === MAGIC_HIGH;
}
