// How much in how short a time. Each bucket is one number, the time at which it will be full again: what is taken moves it on, and
// nothing has to be poured in. On `now`, so a test moves it by hand.

/** So many at once, and then so many a second. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** The name of the limit that bounds it. */
  readonly limit: string;
}

/** What a session may do so often. */
export interface RateTable {
  readonly publish: Rate;
  readonly publishBytes: Rate;
  readonly subscribe: Rate;
  readonly auth: Rate;
  readonly ping: Rate;
  /** What is too much by the others. */
  readonly excess: Rate;
}

const PLACES: Readonly<Record<keyof RateTable, number>> = {
  publish: 0,
  publishBytes: 1,
  subscribe: 2,
  auth: 3,
  ping: 4,
  excess: 5,
};

/** How long until `amount` fits, in whole milliseconds; 0: it does now. What never fits waits as long as a full bucket. */
export function waitFor(fullAt: number, now: number, amount: number, rate: Rate): number {
  const eachMs = 1000 / rate.perSecond;
  const over = Math.max(fullAt - now, 0) + (Math.min(amount, rate.burst) - rate.burst) * eachMs;
  return over > 1e-6 ? Math.ceil(over) : 0;
}

/** When the bucket is full again after `amount` was taken. */
export function fullAfter(fullAt: number, now: number, amount: number, rate: Rate): number {
  return Math.max(fullAt, now) + (amount * 1000) / rate.perSecond;
}

/** The buckets of one session. */
export class Rates {
  table: RateTable;
  /** It went on although it was refused: too much even of what is too much. */
  isFlooding = false;
  /** Each in its place; halves, so that the list holds doubles from the start. */
  readonly #fullAt: number[] = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];

  constructor(table: RateTable) {
    this.table = table;
  }

  /** Takes one. Returns 0, or, taking nothing, how long to wait in milliseconds. */
  take(kind: keyof RateTable, now: number): number {
    const place = PLACES[kind];
    const rate = this.table[kind];
    const wait = waitFor(this.#fullAt[place]!, now, 1, rate);
    if (wait === 0) this.#fullAt[place] = fullAfter(this.#fullAt[place]!, now, 1, rate);
    else if (kind !== "excess") this.exceed(now);
    return wait;
  }

  /** Something came that is refused because it comes too fast, or that says nothing. */
  exceed(now: number): void {
    if (this.take("excess", now) > 0) this.isFlooding = true;
  }

  /** Takes a publication of so many bytes. Returns 0, or, taking nothing, how long to wait in milliseconds. */
  takePublication(now: number, bytes: number): number {
    return this.takePublications(now, 1, bytes);
  }

  /** Takes so many, of so many bytes together. Returns 0, or, taking nothing, how long to wait in milliseconds. */
  takePublications(now: number, count: number, bytes: number): number {
    const { publish, publishBytes } = this.table;
    const fullAt = this.#fullAt;
    const wait = Math.max(
      waitFor(fullAt[PLACES.publish]!, now, count, publish),
      waitFor(fullAt[PLACES.publishBytes]!, now, bytes, publishBytes),
    );
    if (wait > 0) {
      this.exceed(now);
      return wait;
    }
    fullAt[PLACES.publish] = fullAfter(fullAt[PLACES.publish]!, now, count, publish);
    fullAt[PLACES.publishBytes] = fullAfter(fullAt[PLACES.publishBytes]!, now, bytes, publishBytes);
    return 0;
  }

  /** Which of the two a publication waits for. */
  limitOfPublication(now: number, bytes: number): string {
    const { publish, publishBytes } = this.table;
    return waitFor(this.#fullAt[PLACES.publishBytes]!, now, bytes, publishBytes) > 0
      ? publishBytes.limit
      : publish.limit;
  }
}
