/** Something that has a place in the order of shows. */
export interface Shown {
  show: number;
}

/** A binary heap: the entry that was shown first is taken first. */
export class ShowHeap<T extends Shown> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The one that was shown first; undefined when it is empty. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (entries[parent]!.show <= entry.show) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.show < entries[child]!.show) child++;
      if (entries[child]!.show >= last.show) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = last;
    return first;
  }
}
