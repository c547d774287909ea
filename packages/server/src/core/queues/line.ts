// Things in order. What comes in order, as nearly everything does, is appended to a list that runs through the things themselves; what
// comes back to an older place lies in a heap beside it, in which each thing knows its index. Adding and taking the first are O(1) for the
// one, O(log n) for the other, and anything may be taken out of the middle: nothing that is gone is left behind to be found later.

/** A thing with a place in a line. It is in one line at a time. */
export interface Placed<T> {
  /** What the order goes by. Set by {@link Line.add}. */
  key: number;
  /** Decides between equal keys; no two in a line have the same. */
  seq: number;
  /** {@link OUT}, {@link LISTED}, or its index in the heap. */
  place: number;
  previous: T | null;
  next: T | null;
}

/** Where a thing is that is in no line. */
export const OUT = -2;

const LISTED = -1;

export class Line<T extends Placed<T>> {
  #head: T | null = null;
  #tail: T | null = null;
  readonly #heap: T[] = [];

  /** The one with the lowest key; null when there is none. */
  get first(): T | null {
    const head = this.#head;
    if (this.#heap.length === 0) return head;
    const back = this.#heap[0]!;
    return head === null || isBefore(back, head) ? back : head;
  }

  /** The lowest key; Infinity when there is none. */
  get firstKey(): number {
    const { first } = this;
    return first === null ? Infinity : first.key;
  }

  /** Puts in what is in no line. */
  add(item: T, key: number): void {
    item.key = key;
    const tail = this.#tail;
    if (tail !== null && isBefore(item, tail)) {
      this.#heap.push(item);
      this.#rise(this.#heap.length - 1, item);
      return;
    }
    item.place = LISTED;
    item.previous = tail;
    if (tail === null) this.#head = item;
    else tail.next = item;
    this.#tail = item;
  }

  /** Takes out what is in this line. */
  remove(item: T): void {
    const { place } = item;
    item.place = OUT;
    if (place !== LISTED) return this.#removeAt(place);
    const { previous, next } = item;
    if (previous === null) this.#head = next;
    else previous.next = next;
    if (next === null) this.#tail = previous;
    else next.previous = previous;
    item.previous = null;
    item.next = null;
  }

  #removeAt(place: number): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (place === heap.length) return;
    if (place > 0 && isBefore(last, heap[(place - 1) >> 1]!)) this.#rise(place, last);
    else this.#sink(place, last);
  }

  #rise(from: number, item: T): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above]!;
      if (!isBefore(item, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = item;
    item.place = place;
  }

  #sink(from: number, item: T): void {
    const heap = this.#heap;
    const { length } = heap;
    let place = from;
    for (let below = 2 * place + 1; below < length; below = 2 * place + 1) {
      if (below + 1 < length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      const child = heap[below]!;
      if (!isBefore(child, item)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = item;
    item.place = place;
  }
}

/** What stands for a thing in a second line. */
export class Stand<T> implements Placed<Stand<T>> {
  readonly item: T;
  key: number;
  seq: number;
  place: number = OUT;
  previous: Stand<T> | null = null;
  next: Stand<T> | null = null;

  constructor(item: T, seq: number, key: number) {
    this.item = item;
    this.seq = seq;
    this.key = key;
  }
}

function isBefore(a: { key: number; seq: number }, b: { key: number; seq: number }): boolean {
  return a.key < b.key || (a.key === b.key && a.seq < b.seq);
}
