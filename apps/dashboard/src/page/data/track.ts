// The last ten minutes of what one topic said: times, and one column a value. Written by frames off the wire, read by
// frames on the screen; nothing is allocated by either.

/** Ten minutes at ten a second, and the time the window may be held. */
const CAPACITY = 6_400;
/** A publisher whose clock was set back this far begins again; less is the clock being corrected. */
const STEP_BACK_MS = 5_000;

export interface TrackOptions {
  readonly columns: number;
  /** Longer silence than this breaks the line: what was not told is not drawn as if it had been. */
  readonly breakAfterMs: number;
  readonly capacity?: number;
}

/** Part of a track: indices `start` (inclusive) to `end` (exclusive) of its arrays. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Track {
  /** Everything is written twice, one capacity apart, so that what is kept is always one piece. */
  readonly times: Float64Array;
  readonly columns: readonly Float32Array[];
  readonly #capacity: number;
  readonly #breakAfterMs: number;
  #next = 0;
  #count = 0;
  #broken = false;
  #changes = 0;

  constructor({ columns, breakAfterMs, capacity = CAPACITY }: TrackOptions) {
    this.#capacity = capacity;
    this.#breakAfterMs = breakAfterMs;
    this.times = new Float64Array(2 * capacity);
    this.columns = Array.from({ length: columns }, () => new Float32Array(2 * capacity));
  }

  get #end(): number {
    return this.#next + this.#capacity;
  }

  get newest(): number | undefined {
    return this.#count === 0 ? undefined : this.times[this.#end - 1];
  }

  get oldest(): number | undefined {
    return this.#count === 0 ? undefined : this.times[this.#end - this.#count];
  }

  /** Another one whenever there is something else to draw. */
  get changes(): number {
    return this.#changes;
  }

  push(time: number, a: number, b = NaN, c = NaN): void {
    const newest = this.newest;
    if (newest !== undefined && time < newest - STEP_BACK_MS) this.#count = 0;
    else if (newest !== undefined && (this.#broken || time - newest > this.#breakAfterMs))
      this.#write(newest, NaN, NaN, NaN);
    this.#broken = false;
    this.#write(Math.max(time, this.newest ?? time), a, b, c);
  }

  /** A point of before all others, as far as there is room. One that is not older than those is known already. */
  prepend(time: number, a: number, b = NaN, c = NaN): void {
    const { oldest } = this;
    if (oldest === undefined || !(time < oldest)) return;
    if (oldest - time > this.#breakAfterMs) this.#writeBefore(oldest, NaN, NaN, NaN);
    this.#writeBefore(time, a, b, c);
  }

  /** The next point is not joined to the last one. */
  break(): void {
    this.#broken = true;
  }

  /** What lies between two times, and one point beyond each so that lines reach the edges. */
  between(from: number, to: number): Span {
    const first = this.#end - this.#count;
    const start = Math.max(first, this.#after(from) - 1);
    return { start, end: Math.min(this.#end, this.#after(to) + 1) };
  }

  /** The value that held at a time: of the last point before it, if that is not too old; else NaN. */
  at(time: number, column: number): number {
    const i = this.#after(time) - 1;
    if (i < this.#end - this.#count) return NaN;
    const age = time - (this.times[i] ?? NaN);
    return age <= this.#breakAfterMs ? (this.columns[column]?.[i] ?? NaN) : NaN;
  }

  /** The newest value, however old. */
  last(column: number): number {
    return this.#count === 0 ? NaN : (this.columns[column]?.[this.#end - 1] ?? NaN);
  }

  #write(time: number, a: number, b: number, c: number): void {
    this.#set(this.#next, time, a, b, c);
    this.#next = (this.#next + 1) % this.#capacity;
    this.#count = Math.min(this.#capacity, this.#count + 1);
  }

  #writeBefore(time: number, a: number, b: number, c: number): void {
    if (this.#count === this.#capacity) return;
    this.#count++;
    this.#set((this.#end - this.#count) % this.#capacity, time, a, b, c);
  }

  #set(at: number, time: number, a: number, b: number, c: number): void {
    this.#changes++;
    for (const i of [at, at + this.#capacity]) {
      this.times[i] = time;
      if (this.columns[0]) this.columns[0][i] = a;
      if (this.columns[1]) this.columns[1][i] = b;
      if (this.columns[2]) this.columns[2][i] = c;
    }
  }

  /** The first index whose time is later than `time`. */
  #after(time: number): number {
    let low = this.#end - this.#count;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? Infinity) > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
