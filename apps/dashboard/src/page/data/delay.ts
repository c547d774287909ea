// From publish to screen: how old a publication was when the frame that shows it was painted.

/** What the two figures speak of. */
const WINDOW_MS = 5_000;

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export class Delay {
  #arrived: number[] = [];
  #samples: { readonly at: number; readonly ms: number }[] = [];

  /** `t`: when it was published, by the hub's clock. */
  arrive(t: number): void {
    if (Number.isFinite(t)) this.#arrived.push(t);
  }

  /** Everything that arrived is on the screen now, at `now` by the hub's clock. */
  paint(now: number): void {
    for (const t of this.#arrived) this.#samples.push({ at: now, ms: Math.max(0, now - t) });
    this.#arrived = [];
    const first = this.#samples.findIndex(({ at }) => at > now - WINDOW_MS);
    this.#samples = first < 0 ? [] : first === 0 ? this.#samples : this.#samples.slice(first);
  }

  /** What arrives while nobody looks is not late for anybody. */
  forget(): void {
    this.#arrived = [];
  }

  percentiles(): Percentiles {
    const sorted = Float64Array.from(this.#samples, ({ ms }) => ms).toSorted();
    return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  }
}

/** The smallest value that so many of all are not above; NaN of none. */
const percentile = (sorted: ArrayLike<number>, part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
