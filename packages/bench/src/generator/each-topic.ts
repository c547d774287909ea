// What a subscriber of a pattern has of each topic that it matches: every publication comes, or is told as missing, topic by topic, and
// what comes is in the order in which it was published.

import type { Faults } from "./faults.ts";

/** Where such a subscriber stands. */
export class EachTopic {
  /** The sequence number that comes next, of each topic. */
  readonly #expected: Uint32Array;
  /** 1 for topics of which the next may be any later one: a gap was told that names no topic. */
  readonly #unsure: Uint8Array;
  /** The number in the run of the last one that came. */
  #last = -1;

  constructor(topics: number) {
    this.#expected = new Uint32Array(topics);
    this.#unsure = new Uint8Array(topics);
  }

  /** A publication came. */
  take(topic: number, sequence: number, number: number, faults: Faults): void {
    const skipped = sequence - this.#expected[topic]!;
    if (skipped < 0 || number <= this.#last) faults.disorder++;
    else if (skipped > 0 && this.#unsure[topic] === 1) faults.missed += skipped;
    else faults.holes += skipped;
    this.#last = Math.max(this.#last, number);
    this.#expected[topic] = sequence + 1;
    this.#unsure[topic] = 0;
  }

  /** A gap says that `next` comes next of this topic, of which so many were published. What comes will show whether that is so. */
  gap(topic: number, next: number, published: number, faults: Faults): void {
    const missed = next - this.#expected[topic]!;
    faults.gaps++;
    if (missed <= 0 || next > published) faults.wrongGaps++;
    faults.missed += Math.max(0, missed);
    this.#expected[topic] = next;
    this.#unsure[topic] = 0;
  }

  /** A gap names no topic. */
  gapOfAny(faults: Faults): void {
    faults.gaps++;
    this.#unsure.fill(1);
  }

  /** How many publications are still to come. `next`: the sequence numbers that the next ones will get. */
  behind(next: Uint32Array): number {
    let behind = 0;
    for (let topic = 0; topic < this.#expected.length; topic++)
      if (this.#unsure[topic] === 0) behind += next[topic]! - this.#expected[topic]!;
    return behind;
  }
}
