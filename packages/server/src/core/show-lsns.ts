// Which LSN the last durable publication had when so much was shown: for marks, which must hold over a restart.

/** Durable publications whose LSN is known exactly; of earlier times a lower one is told, which is safe. */
const KNOWN = 4096;

export class ShowLsns {
  readonly #shows = new Float64Array(KNOWN);
  readonly #lsns = new Float64Array(KNOWN);
  #count = 0;
  /** Up to there everything was restored, and shows are LSNs. */
  #restored = 0;

  restored(show: number): void {
    this.#restored = show;
  }

  /** The LSN of the last one. */
  get last(): number {
    return this.#count === 0 ? this.#restored : this.#lsns[(this.#count - 1) % KNOWN]!;
  }

  /** Both are above all before. */
  add(show: number, lsn: number): void {
    this.#shows[this.#count % KNOWN] = show;
    this.#lsns[this.#count % KNOWN] = lsn;
    this.#count++;
  }

  /** The LSN of the last durable publication up to a show, or a lower one. */
  at(show: number): number {
    if (show <= this.#restored) return show;
    let low = Math.max(0, this.#count - KNOWN);
    let high = this.#count;
    // the first with a show above
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#shows[middle % KNOWN]! > show) high = middle;
      else low = middle + 1;
    }
    const isKnown = low > Math.max(0, this.#count - KNOWN);
    return isKnown ? this.#lsns[(low - 1) % KNOWN]! : this.#restored;
  }
}
