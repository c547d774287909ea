// So many a second, and hardly more at once: one number, the time from which on nothing of the past counts any more.

/** What may go out at once is what goes out in this long, in milliseconds, … */
const BURST_MS = 20;

export class Pace {
  #eachMs = 0;
  /** … so a rate may be ahead of its time by so much. */
  #aheadMs = 0;
  #busyUntil: number = -Infinity;

  /** Null: as many as there are. */
  set perSecond(value: number | null) {
    this.#eachMs = value === null ? 0 : 1000 / value;
    this.#aheadMs = Math.max(BURST_MS - this.#eachMs, 0);
    if (value === null) this.#busyUntil = -Infinity;
  }

  /** From when on one may go out. */
  get freeAt(): number {
    return this.#busyUntil - this.#aheadMs;
  }

  take(now: number): void {
    if (this.#eachMs > 0) this.#busyUntil = Math.max(this.#busyUntil, now) + this.#eachMs;
  }
}
