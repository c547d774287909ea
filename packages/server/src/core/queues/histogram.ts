// Times in buckets of an eighth of a power of two: percentiles to about 6 %, nothing allocated for a value. What is older than two turns is
// forgotten.

/** Buckets count in this unit, so that they reach from an eighth of a millisecond to six days. */
const UNITS_PER_MS = 8;

const PARTS_BITS = 3;
const PARTS = 1 << PARTS_BITS;
const BUCKETS = (32 - PARTS_BITS) * PARTS + PARTS;
const UNITS_MAX = 0xffff_ffff;

class Tally {
  readonly counts: Uint32Array = new Uint32Array(BUCKETS);
  count = 0;
  sumMs = 0.5; // a double from the start

  clear(): void {
    this.counts.fill(0);
    this.count = 0;
    this.sumMs = 0;
  }
}

/** Percentiles and the mean, in milliseconds; null when there was nothing. */
export interface Times {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export class Histogram {
  #present: Tally = new Tally();
  #past: Tally = new Tally();

  constructor() {
    this.clear();
  }

  /** Adds a time; a negative one counts as 0. */
  add(ms: number): void {
    const units = ms > 0 ? Math.min(ms * UNITS_PER_MS, UNITS_MAX) >>> 0 : 0;
    const shift = units < PARTS * 2 ? 0 : 31 - PARTS_BITS - Math.clz32(units);
    const tally = this.#present;
    tally.counts[shift * PARTS + (units >>> shift)]!++;
    tally.count++;
    if (ms > 0) tally.sumMs += ms;
  }

  /** What came before the last turn is forgotten. */
  turn(): void {
    const past = this.#past;
    this.#past = this.#present;
    this.#present = past;
    past.clear();
  }

  clear(): void {
    this.#present.clear();
    this.#past.clear();
  }

  get count(): number {
    return this.#present.count + this.#past.count;
  }

  /** Null when there was nothing. */
  get meanMs(): number | null {
    const { count } = this;
    return count === 0 ? null : (this.#present.sumMs + this.#past.sumMs) / count;
  }

  /** The time that this share of all is not above; null when there was nothing. */
  quantileMs(share: number): number | null {
    let left = Math.ceil(this.count * share);
    if (left === 0) return null;
    let bucket = -1;
    while (left > 0) {
      bucket++;
      left -= this.#present.counts[bucket]! + this.#past.counts[bucket]!;
    }
    return middleOf(bucket) / UNITS_PER_MS;
  }

  get times(): Times {
    return {
      count: this.count,
      meanMs: this.meanMs,
      p50Ms: this.quantileMs(0.5),
      p95Ms: this.quantileMs(0.95),
      p99Ms: this.quantileMs(0.99),
    };
  }
}

/** In the middle of a bucket, in units. */
function middleOf(bucket: number): number {
  if (bucket < PARTS * 2) return bucket;
  const shift = Math.floor(bucket / PARTS) - 1;
  return (bucket - shift * PARTS + 0.5) * 2 ** shift;
}
