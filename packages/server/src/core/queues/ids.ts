// Ids of jobs that were sent, so that one that is sent again is known: for a while, and not more than so many.

/** Ids that a queue remembers. */
const IDS_MAX = 100_000;

/** How many that are too old are forgotten with each new one, so that none of them pays for all. */
const FORGET_MAX = 64;

/** An id, by whom it was sent, and of what. `at`: when, in the clock's `now`. */
export interface IdRecord {
  readonly sender: string | null;
  readonly id: string;
  /** Of the payload. */
  readonly hash: number;
  readonly seq: number;
  readonly at: number;
}

/** What is known of an id: nothing; another job; or this one, confirmed already or still to be. */
export type Known = "new" | "conflict" | { readonly seq: number; readonly isStored: boolean };

interface Entry extends IdRecord {
  readonly key: string;
  next: Entry | null;
}

export class Ids {
  /** How long one is remembered, in milliseconds. */
  windowMs: number;
  readonly #entries = new Map<string, Entry>();
  // In the order in which they came, those that were forgotten in between among them.
  #first: Entry | null = null;
  #last: Entry | null = null;
  #length = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  find(sender: string | null, id: string, now: number): IdRecord | undefined {
    const entry = this.#entries.get(keyOf(sender, id));
    return entry !== undefined && this.#isFresh(entry, now) ? entry : undefined;
  }

  add(record: IdRecord, now: number): void {
    this.#trim(now);
    if (!this.#isFresh(record, now)) return;
    const { sender, id, hash, seq, at } = record;
    const entry: Entry = { sender, id, hash, seq, at, key: keyOf(sender, id), next: null };
    this.#entries.set(entry.key, entry);
    if (this.#last === null) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#length++;
  }

  /** The job of that id never was. */
  forget(sender: string | null, id: string, seq: number): void {
    const key = keyOf(sender, id);
    if (this.#entries.get(key)?.seq === seq) this.#entries.delete(key);
  }

  /** The oldest first. */
  *all(now: number): Generator<IdRecord> {
    for (let entry = this.#first; entry !== null; entry = entry.next)
      if (this.#isFresh(entry, now) && this.#entries.get(entry.key) === entry) yield entry;
  }

  #isFresh({ at }: IdRecord, now: number): boolean {
    return at + this.windowMs > now;
  }

  #trim(now: number): void {
    for (let i = 0; i < FORGET_MAX; i++) {
      const first = this.#first;
      if (first === null || (this.#length < IDS_MAX && this.#isFresh(first, now))) return;
      this.#first = first.next;
      if (this.#first === null) this.#last = null;
      this.#length--;
      if (this.#entries.get(first.key) === first) this.#entries.delete(first.key);
    }
  }
}

/** The length says where the one ends and the other begins. */
function keyOf(sender: string | null, id: string): string {
  return sender === null ? `-${id}` : `${sender.length}-${sender}${id}`;
}
