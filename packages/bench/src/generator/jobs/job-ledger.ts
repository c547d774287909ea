// What was sent to a queue and what became of it: every job is counted, and one that is lost, done twice or not what was sent is told.

import { Histogram } from "../../histogram.ts";
import { MAGIC_HIGH, MAGIC_LOW, SEQUENCE_AT, TIME_AT } from "../marker.ts";
import type { JobListener } from "./job-client.ts";

/** Sentences of one kind or another that are told. */
const SENTENCES_MAX = 5;

/** Counts for one queue. */
export class JobLedger implements JobListener {
  readonly latency: Histogram = new Histogram();
  /** Called when something was confirmed or done. */
  onMoved: () => void = () => {};
  #sent = 0;
  #confirmed = 0;
  #done = 0;
  #twice = 0;
  #foreign = 0;
  /** For each job, whether it was taken. */
  #wasTaken = new Uint8Array(65_536);
  readonly #sentences = new Set<string>();

  /** Jobs that were sent … */
  get sent(): number {
    return this.#sent;
  }

  /** … of which so many are confirmed … */
  get confirmedCount(): number {
    return this.#confirmed;
  }

  /** … and so many acknowledged. */
  get doneCount(): number {
    return this.#done;
  }

  /** So many more are sent. Returns the number of the first of them. */
  send(count: number): number {
    const first = this.#sent;
    this.#sent += count;
    if (this.#sent > this.#wasTaken.length) {
      const larger = new Uint8Array(this.#sent * 2);
      larger.set(this.#wasTaken);
      this.#wasTaken = larger;
    }
    return first;
  }

  confirmed(count: number): void {
    this.#confirmed += count;
    this.onMoved();
  }

  took(view: DataView, at: number): number {
    const isOurs =
      view.getUint32(at, true) === MAGIC_LOW && view.getUint32(at + 4, true) === MAGIC_HIGH;
    const number = view.getUint32(at + SEQUENCE_AT, true);
    if (!isOurs || number >= this.#sent) this.#foreign++;
    else if (this.#wasTaken[number] === 1) this.#twice++;
    else this.#wasTaken[number] = 1;
    return view.getFloat64(at + TIME_AT, true);
  }

  done(sentAt: readonly number[]): void {
    const now = performance.now();
    for (const at of sentAt) this.latency.add(now - at);
    this.#done += sentAt.length;
    this.onMoved();
  }

  wrong(what: string): void {
    if (this.#sentences.size < SENTENCES_MAX) this.#sentences.add(what);
  }

  /** What must not be, when nothing is under way any more. */
  failures(): string[] {
    let lost = 0;
    for (let number = 0; number < this.#sent; number++) lost += 1 - this.#wasTaken[number]!;
    const counted: [number, string][] = [
      [this.#sent - this.#confirmed, "jobs were never confirmed"],
      [lost, "jobs never came to be done"],
      [this.#sent - this.#done, "jobs were not acknowledged once each"],
      [this.#twice, "jobs came twice"],
      [this.#foreign, "jobs were not what was sent"],
    ];
    return [
      ...counted
        .filter(([count]) => count !== 0)
        .map(([count, what]) => `${count} of ${this.#sent}: ${what}.`),
      ...this.#sentences,
    ];
  }
}
