// How many publications of the host went by while this page was away, from the counter that each of them carries.

export class Missed {
  #last: number | undefined;
  #before: number | undefined;
  #missed: number | undefined;

  /** The connection was lost: what comes next is compared with what came last. */
  away(): void {
    this.#before = this.#last ?? this.#before;
    this.#last = undefined;
    this.#missed = undefined;
  }

  /** `n`: the counter of a publication that arrived. */
  take(n: number): void {
    if (this.#last === undefined && this.#before !== undefined) {
      // a publisher that was started again counts from one: then nobody can tell
      this.#missed = n > this.#before ? n - this.#before - 1 : undefined;
      this.#before = undefined;
    }
    this.#last = n;
  }

  /** Undefined until the first publication is here again, and when the publisher began anew. */
  get count(): number | undefined {
    return this.#missed;
  }
}
