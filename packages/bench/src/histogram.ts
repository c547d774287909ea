// Times in buckets of at most 1.6 % width: enough for percentiles, and nothing is allocated for a value.

/** Buckets of a power of two. */
const PARTS_BITS = 6;
const PARTS = 1 << PARTS_BITS;
/** Values up to 2^31 − 1 µs, 35 minutes. */
const BUCKETS = (32 - PARTS_BITS) * PARTS + PARTS;

/** What a histogram says, in milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Counts times. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  /** Adds a time in milliseconds. A negative one counts as 0. */
  add(ms: number): void {
    const us = ms > 0 ? Math.min(ms * 1000, 0x7fff_ffff) | 0 : 0;
    const shift = us < PARTS * 2 ? 0 : 31 - PARTS_BITS - Math.clz32(us);
    this.#counts[shift * PARTS + (us >>> shift)]!++;
    this.#count++;
    if (us > this.#max) this.#max = us;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  /** The time that this share of all is not above, in milliseconds; 0 when there is none. */
  quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return 0;
    for (let index = 0; index < BUCKETS; index++) {
      left -= this.#counts[index]!;
      if (left <= 0) return Math.min(middleOf(index), this.#max) / 1000;
    }
    return this.#max / 1000;
  }

  percentiles(): Percentiles {
    return {
      count: this.#count,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      max: this.#max / 1000,
    };
  }
}

/** In the middle of a bucket, in microseconds. */
function middleOf(index: number): number {
  if (index < PARTS * 2) return index;
  const shift = Math.floor(index / PARTS) - 1;
  return (index - shift * PARTS + 0.5) * 2 ** shift;
}
