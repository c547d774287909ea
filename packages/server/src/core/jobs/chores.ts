// What takes longer than a turn, and is done a little at a time between them.

export interface Chore {
  /** Does a little. Returns whether it wants another turn; if not, it is over, or begins again by itself. */
  step(): boolean;
}

export class Chores {
  readonly #scheduleFlush: () => void;
  #all: Chore[] = [];

  constructor(scheduleFlush: () => void) {
    this.#scheduleFlush = scheduleFlush;
  }

  begin(chore: Chore): void {
    this.#all.push(chore);
    this.#scheduleFlush();
  }

  /** Each has a turn. Returns whether some want another. */
  step(): boolean {
    const all = this.#all;
    if (all.length === 0) return false;
    this.#all = [];
    for (const chore of all) if (chore.step()) this.#all.push(chore);
    return this.#all.length > 0;
  }
}
