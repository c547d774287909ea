// How many publications of the host went by, from the counter that each of them carries: while this page was away, and, which should
// never be, while it was not.

export class Missed {
  #last: number | undefined;
  #before: number | undefined;
  #missed: number | undefined;
  #gaps = 0;

  /** The connection was lost: what comes next is compared with what came last. */
  away(): void {
    this.#before = this.#last ?? this.#before;
    this.#last = undefined;
    this.#missed = undefined;
  }

  /** `n`: the counter of a publication that arrived. */
  take(n: number): void {
    const before = this.#last ?? this.#before;
    // a publisher that was started again counts from one: then nobody can tell
    const missed = before !== undefined && n > before ? n - before - 1 : undefined;
    if (missed) this.#gaps++;
    if (this.#last === undefined && this.#before !== undefined) {
      this.#missed = missed;
      this.#before = undefined;
    }
    this.#last = n;
  }

  /** Undefined until the first publication is here again, and when the publisher began anew. */
  get count(): number | undefined {
    return this.#missed;
  }

  /** How often publications went by, since the page was opened. */
  get gaps(): number {
    return this.#gaps;
  }
}
