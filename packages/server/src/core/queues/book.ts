// Things by number, when numbers are given out one after the other and most of them are near each other: pages of a few, so that none is
// ever copied to a larger table while everybody waits, and a page that is empty is let go.

interface Numbered {
  readonly seq: number;
}

/** What stands alone takes a page: few enough that a page costs little, enough that a full one costs little for each. */
const SLOTS = 64;

interface Page<T> {
  readonly number: number;
  readonly slots: (T | null)[];
  count: number;
  previous: Page<T> | null;
  /** Kept when the page is let go, so that whoever reads it finds on. */
  next: Page<T> | null;
}

export class Book<T extends Numbered> {
  readonly #pages = new Map<number, Page<T>>();
  #first: Page<T> | null = null;
  #last: Page<T> | null = null;

  find(seq: number): T | undefined {
    const last = this.#last;
    const number = Math.floor(seq / SLOTS);
    const page = last !== null && last.number === number ? last : this.#pages.get(number);
    return page?.slots[seq % SLOTS] ?? undefined;
  }

  add(item: T): void {
    const number = Math.floor(item.seq / SLOTS);
    const last = this.#last;
    const page =
      last !== null && last.number === number
        ? last
        : (this.#pages.get(number) ?? this.#open(number));
    page.slots[item.seq % SLOTS] = item;
    page.count++;
  }

  remove({ seq }: T): void {
    const page = this.#pages.get(Math.floor(seq / SLOTS))!;
    page.slots[seq % SLOTS] = null;
    // The last one is where the next comes: it stays until there is another.
    if (--page.count === 0 && page !== this.#last) this.#close(page);
  }

  /** From a number on, in order. What is added or removed meanwhile may be seen or not; everything else is, once. */
  *from(seq: number): Generator<T> {
    let page = this.#pageFrom(Math.floor(seq / SLOTS));
    for (; page !== null; page = page.next)
      for (const item of page.slots) if (item !== null && item.seq >= seq) yield item;
  }

  #pageFrom(number: number): Page<T> | null {
    const exact = this.#pages.get(number);
    if (exact !== undefined) return exact;
    let page = this.#first;
    while (page !== null && page.number < number) page = page.next;
    return page;
  }

  #open(number: number): Page<T> {
    if (this.#last?.count === 0) this.#close(this.#last);
    let before = this.#last;
    while (before !== null && before.number > number) before = before.previous;
    const next = before === null ? this.#first : before.next;
    const slots: (T | null)[] = [];
    for (let i = 0; i < SLOTS; i++) slots.push(null);
    const page: Page<T> = { number, slots, count: 0, previous: before, next };
    this.#pages.set(number, page);
    if (before === null) this.#first = page;
    else before.next = page;
    if (next === null) this.#last = page;
    else next.previous = page;
    return page;
  }

  #close(page: Page<T>): void {
    const { previous, next } = page;
    this.#pages.delete(page.number);
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
  }
}
