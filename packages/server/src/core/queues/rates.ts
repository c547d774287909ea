// How often a second things happen, over the last 10 seconds, minute and five minutes: exact sums of whole seconds, or of five.

/** What is counted of a queue. */
export const kinds = [
  /** Taken in. */
  "sent",
  /** Given to a consumer, … */
  "given",
  /** … and that not for the first time. */
  "regiven",
  "done",
  /** Failures. */
  "failed",
  /** Came back without one. */
  "released",
  /** Not given out in time. */
  "expired",
  "dead",
  /** Taken out to make room, or by somebody who operates the queue. */
  "dropped",
] as const;

export type Kind = (typeof kinds)[number];

/** Numbers, so that counting is an addition. */
export const kind: Readonly<Record<Kind, number>> = Object.fromEntries(
  kinds.map((name, i) => [name, i]),
) as Record<Kind, number>;

/** So many a second, over so long. */
export interface Rate {
  readonly over10s: number;
  readonly over1m: number;
  readonly over5m: number;
}

/** Slots of time, a row of counts each. */
class Slots {
  readonly #slotMs: number;
  readonly #slots: number;
  readonly #counts: Uint32Array;
  readonly #beganAt: number;
  /** The slot that is being filled, counted from the clock's start. */
  #slot: number;

  constructor(slotMs: number, slots: number, now: number) {
    this.#slotMs = slotMs;
    this.#slots = slots + 1;
    this.#counts = new Uint32Array(this.#slots * kinds.length);
    this.#slot = Math.floor(now / slotMs);
    this.#beganAt = this.#slot;
  }

  add(which: number, count: number): void {
    this.#counts[this.#rowOf(this.#slot) + which]! += count;
  }

  turn(now: number): void {
    const slot = Math.floor(now / this.#slotMs);
    const from = Math.max(this.#slot + 1, slot - this.#slots + 1);
    for (let i = from; i <= slot; i++)
      this.#counts.fill(0, this.#rowOf(i), this.#rowOf(i) + kinds.length);
    this.#slot = Math.max(slot, this.#slot);
  }

  /** A second, over so many whole slots, or as many as there were. */
  perSecond(which: number, slots: number): number {
    const whole = Math.min(slots, this.#slot - this.#beganAt);
    let sum = 0;
    for (let i = this.#slot - whole; i < this.#slot; i++)
      sum += this.#counts[this.#rowOf(i) + which]!;
    return whole === 0 ? 0 : (sum * 1000) / (whole * this.#slotMs);
  }

  #rowOf(slot: number): number {
    const place = slot % this.#slots;
    return (place < 0 ? place + this.#slots : place) * kinds.length;
  }
}

const SECOND_MS = 1000;
const COARSE_MS = 5000;

export class Rates {
  /** Since the queue was made. */
  readonly totals: number[] = kinds.map(() => 0);
  readonly #fine: Slots;
  readonly #coarse: Slots;
  #turnAt: number;

  constructor(now: number) {
    this.#fine = new Slots(SECOND_MS, 10, now);
    this.#coarse = new Slots(COARSE_MS, 60, now);
    this.#turnAt = now;
    this.#turn(now);
  }

  count(which: number, now: number, count: number = 1): void {
    if (now >= this.#turnAt) this.#turn(now);
    this.totals[which]! += count;
    this.#fine.add(which, count);
    this.#coarse.add(which, count);
  }

  of(name: Kind, now: number): Rate {
    this.#turn(now);
    const which = kind[name];
    return {
      over10s: this.#fine.perSecond(which, 10),
      over1m: this.#coarse.perSecond(which, 12) || this.#fine.perSecond(which, 10),
      over5m: this.#coarse.perSecond(which, 60) || this.#fine.perSecond(which, 10),
    };
  }

  #turn(now: number): void {
    this.#fine.turn(now);
    this.#coarse.turn(now);
    this.#turnAt = (Math.floor(now / SECOND_MS) + 1) * SECOND_MS;
  }
}
