// Gaps: those that the hub tells, and, which should never be, those that it does not. The latter show in the counter that each
// publication of the host carries.

export class Missed {
  #last: number | undefined;
  #gaps = 0;

  /** A gap was told: what the counter leaves out next is no other one, and neither is what is told of the same loss. */
  told(isFirst: boolean): void {
    if (isFirst) this.#gaps++;
    this.#last = undefined;
  }

  /** `n`: the counter of a publication that arrived. True: others went by, and nobody said so. */
  take(n: number): boolean {
    const before = this.#last;
    this.#last = n;
    // a publisher that was started again counts from one: then nobody can tell
    const isGap = before !== undefined && n > before + 1;
    if (isGap) this.#gaps++;
    return isGap;
  }

  /** How many there were since the page was opened. */
  get gaps(): number {
    return this.#gaps;
  }
}
