// Numbers of leases: each is higher than all before, also than those of earlier runs. A run that has used its numbers up takes those of the
// next one, and that is on disk before: the run that really comes next has others then.

/** As far as the numbers of a run are from those of the next. */
const RUN = 2 ** 32;

/** Runs that there can be numbers for. */
const RUNS_MAX = 2 ** 21;

/** Writes down how many runs were taken in all beside those that began; calls back when that is stored. */
export type TakeRun = (extra: number, stored: () => void) => void;

export class LeaseNumbers {
  readonly #perRun: number;
  readonly #takeRun: TakeRun;
  #run = 0;
  /** Runs that were taken, this one or the next included. */
  #extra = 0;
  #last = 0;
  /** Numbers that this run has left. */
  #left = 0;
  #isNextAsked = false;
  #isNextTaken = false;

  /** `run`: of the store, or random where there is none. `perRun`: numbers that each has. */
  constructor(run: number, takeRun: TakeRun, perRun: number = RUN - 1) {
    this.#perRun = perRun;
    this.#takeRun = takeRun;
    this.#open(run);
  }

  /** The store says which run this is, and how many were taken in all beside those that began. */
  begin(run: number, extra: number): void {
    this.#extra = extra;
    this.#open(run + extra);
  }

  /** How many runs were taken in all beside those that began. */
  get extra(): number {
    return this.#extra;
  }

  /** The highest of all. */
  get last(): number {
    return this.#last;
  }

  /** False: the store must answer first. */
  get hasNext(): boolean {
    return this.#left > 0 || this.#isNextTaken;
  }

  /** There must be one: see {@link hasNext}. */
  next(): number {
    if (this.#left === 0) this.#open(this.#run + 1);
    this.#left--;
    if (!this.#isNextAsked && this.#left * 2 < this.#perRun) this.#ask();
    return ++this.#last;
  }

  #open(run: number): void {
    this.#run = run;
    this.#last = (run % RUNS_MAX) * RUN;
    this.#left = this.#perRun;
    this.#isNextAsked = false;
    this.#isNextTaken = false;
  }

  /** Half of the numbers are used up: there is time to store that more are taken. */
  #ask(): void {
    this.#isNextAsked = true;
    this.#takeRun(++this.#extra, () => {
      this.#isNextTaken = true;
    });
  }
}
