// Numbers of leases: each is higher than all before, also than those of earlier runs.

/** Leases of one run. */
const RUN = 2 ** 32;

/** Runs that there can be numbers for. */
const RUNS_MAX = 2 ** 21;

export class LeaseNumbers {
  #last: number;

  /** `run`: of the store, or random where there is none. */
  constructor(run: number) {
    this.#last = (run % RUNS_MAX) * RUN;
  }

  /** The store says which run this is. */
  begin(run: number): void {
    this.#last = (run % RUNS_MAX) * RUN;
  }

  /** The highest of all. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }
}
