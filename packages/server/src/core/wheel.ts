// Deadlines. Items lie in slots of time by when they are due; a turn of the wheel looks only into the slots that have passed. A
// deadline that moved on is found too early and put back, so moving one costs nothing. Pings of 100,000 sessions thus come
// spread and from one timer.

/** Something with a deadline. It is in at most one place of one wheel. */
export interface Timed {
  /** In milliseconds of the clock; Infinity: it is dropped when it is found. */
  dueAt: number;
}

const SLOTS = 256;

export class Wheel<T extends Timed> {
  readonly #slotMs: number;
  readonly #slots: T[][] = Array.from({ length: SLOTS }, () => []);
  /** The first slot, counted from the clock's start, that has not been looked into. */
  #next: number;
  #size = 0;

  constructor(slotMs: number, now: number) {
    this.#slotMs = slotMs;
    this.#next = Math.floor(now / slotMs);
  }

  add(item: T): void {
    const slot = Math.ceil(item.dueAt / this.#slotMs);
    const reach = Math.min(Math.max(slot, this.#next), this.#next + SLOTS - 1);
    this.#slots[reach % SLOTS]!.push(item);
    this.#size++;
  }

  /** Hands over every item that is due. Those that `due` gives a later deadline must be added again by it. */
  advance(now: number, due: (item: T) => void): void {
    const last = Math.floor(now / this.#slotMs);
    if (this.#size === 0) {
      this.#next = Math.max(this.#next, last + 1);
      return;
    }
    const slots = Math.min(last - this.#next + 1, SLOTS);
    for (let i = 0; i < slots; i++) {
      const index = this.#next % SLOTS;
      const items = this.#slots[index]!;
      this.#next++;
      if (items.length > 0) this.#empty(index, items, now, due);
    }
    this.#next = Math.max(this.#next, last + 1);
  }

  #empty(index: number, items: readonly T[], now: number, due: (item: T) => void): void {
    this.#slots[index] = [];
    this.#size -= items.length;
    for (const item of items) {
      if (item.dueAt <= now) due(item);
      else if (item.dueAt < Infinity) this.add(item);
    }
  }

  /** Items that it holds. */
  get size(): number {
    return this.#size;
  }

  /** When the next slot that holds something has passed; Infinity when none does. */
  get dueAt(): number {
    if (this.#size === 0) return Infinity;
    let slot = this.#next;
    while (this.#slots[slot % SLOTS]!.length === 0) slot++;
    return slot * this.#slotMs;
  }
}
