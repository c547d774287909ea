// Time as it is written down of jobs, in whole milliseconds since 1970: that of the clock on the wall when the hub began to write, and on from
// there by the clock that nobody sets. So what is written twice is the same twice, and what was before is never written as after, whatever
// the clock on the wall does meanwhile.

import type { Clock } from "../clock.ts";

export class RecordTime {
  readonly #clock: Clock;
  /** Between the clocks; null: nothing was read or written yet. */
  #offset: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock.now;
  }

  /** As it is written. `now`: of the clock. */
  of(now: number): number {
    return Math.max(Math.round(now + this.#between), 0);
  }

  /** In the clock's `now`. `time`: as it was written. */
  nowAt(time: number): number {
    return time - this.#between;
  }

  get #between(): number {
    this.#offset ??= this.#clock.time - this.#clock.now;
    return this.#offset;
  }
}
