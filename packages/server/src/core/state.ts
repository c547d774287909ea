// The state of a topic: the latest publication of each key, in the order in which keys changed last. A deletion is one too, and stays for
// a while, so that whoever was away learns of it.

/** The latest publication of a key. Entries are linked in the order of their offsets. */
export interface StateEntry {
  readonly key: string;
  readonly offset: number;
  readonly show: number;
  /** 0 when it was not stored. */
  readonly lsn: number;
  /** Empty once it was replaced. */
  tail: Uint8Array;
  readonly isDeleted: boolean;
  /** When it was published, in the clock's `now`. */
  readonly at: number;
  /** When it is to be deleted, in the clock's `now`; Infinity: by nobody but a publisher. */
  readonly expiresAt: number;
  older: StateEntry | null;
  newer: StateEntry | null;
  /** Another publication has taken its place, or it was let go. */
  isGone: boolean;
}

/** A deletion is kept for so long, in milliseconds, … */
const DELETION_MS = 600_000;

/** … and while there are not more than so many of them. */
const DELETIONS_MAX = 10_000;

/** So many entries that are gone may stand in the order before it is worth to tidy it up. */
const GONE_MIN = 64;

const NOTHING = new Uint8Array(0);

export class TopicState {
  readonly #byKey = new Map<string, StateEntry>();
  /** In the order of their offsets, so that a place in it is found at once however many there are. Up to half of them are gone. */
  #order: StateEntry[] = [];
  #gone = 0;
  #oldest: StateEntry | null = null;
  #newest: StateEntry | null = null;
  /** In the order in which they came; those that were replaced are passed over. */
  #deletions: StateEntry[] = [];
  /** Keys that have a value. */
  values = 0;
  /** Memory that tails take. */
  bytes = 0;
  /** The highest offset of a deletion that is no longer known: a cursor below it has to begin anew. */
  floor = 0;
  /** Its show number. */
  floorShow = 0;
  /** Its LSN; 0 when it was not stored. */
  floorLsn = 0;
  #expiresAt = Infinity;

  get(key: string): StateEntry | undefined {
    return this.#byKey.get(key);
  }

  /** When the next thing is to be done: a key expires, or a deletion is let go. */
  get dueAt(): number {
    const deletion = this.#deletions[0];
    return Math.min(this.#expiresAt, deletion === undefined ? Infinity : deletion.at + DELETION_MS);
  }

  /** A key has a new publication. Returns by how many bytes the memory it takes has changed. */
  set(entry: Omit<StateEntry, "older" | "newer" | "isGone">): number {
    const before = this.bytes;
    const old = this.#byKey.get(entry.key);
    if (old !== undefined) this.#unlink(old);
    const fresh: StateEntry = { ...entry, older: this.#newest, newer: null, isGone: false };
    this.#byKey.set(entry.key, fresh);
    this.#order.push(fresh);
    if (this.#newest === null) this.#oldest = fresh;
    else this.#newest.newer = fresh;
    this.#newest = fresh;
    this.bytes += fresh.tail.length;
    if (fresh.isDeleted) this.#deletions.push(fresh);
    else {
      this.values++;
      this.#expiresAt = Math.min(this.#expiresAt, fresh.expiresAt);
    }
    return this.bytes - before;
  }

  /** The offset of the last change that is known; 0 when none is. */
  get newest(): number {
    return this.#newest?.offset ?? 0;
  }

  /** The first entry that changed after an offset; null when none did. */
  after(offset: number): StateEntry | null {
    return this.#first((entry) => entry.offset > offset);
  }

  /** The last entry that changed at an offset or before it; null when none did. */
  upTo(offset: number): StateEntry | null {
    let entry = this.#newest;
    while (entry !== null && entry.offset > offset) entry = entry.older;
    return entry;
  }

  /** The same as {@link after} by show number. */
  afterShow(show: number): StateEntry | null {
    return this.#first((entry) => entry.show > show);
  }

  /** A key that has expired, or will, and was not deleted: it is one of the {@link expired} again from then on, in the clock's `now`. */
  expireAgain(key: string, at: number): void {
    const expiresAt = this.#byKey.get(key)?.expiresAt ?? Infinity;
    if (expiresAt < Infinity) this.#expiresAt = Math.min(this.#expiresAt, Math.max(expiresAt, at));
  }

  /** Keys that have expired: their deletion is the caller's. */
  expired(now: number): StateEntry[] {
    if (now < this.#expiresAt) return [];
    this.#expiresAt = Infinity;
    const due: StateEntry[] = [];
    for (let entry = this.#oldest; entry !== null; entry = entry.newer)
      if (entry.expiresAt <= now) due.push(entry);
      else this.#expiresAt = Math.min(this.#expiresAt, entry.expiresAt);
    return due;
  }

  /** Lets go deletions that are old or too many. Returns by how many bytes the memory it takes has changed. */
  trim(now: number): number {
    const before = this.bytes;
    let dropped = 0;
    for (const entry of this.#deletions) {
      const isThere = this.#byKey.get(entry.key) === entry;
      const isKept =
        entry.at + DELETION_MS > now && this.#deletions.length - dropped <= DELETIONS_MAX;
      if (isThere && isKept) break;
      dropped++;
      if (!isThere) continue;
      this.#byKey.delete(entry.key);
      this.#unlink(entry);
      this.floor = entry.offset;
      this.floorShow = entry.show;
      this.floorLsn = entry.lsn;
    }
    this.#deletions = this.#deletions.slice(dropped);
    return this.bytes - before;
  }

  /** The first entry that is so, as all behind it are. */
  #first(isBehind: (entry: StateEntry) => boolean): StateEntry | null {
    if (this.#oldest === null || isBehind(this.#oldest)) return this.#oldest;
    const order = this.#order;
    let from = 0;
    let to = order.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (isBehind(order[middle]!)) to = middle;
      else from = middle + 1;
    }
    while (order[from]?.isGone === true) from++;
    return order[from] ?? null;
  }

  #unlink(entry: StateEntry): void {
    if (entry.older === null) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === null) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    this.bytes -= entry.tail.length;
    if (!entry.isDeleted) this.values--;
    entry.tail = NOTHING;
    entry.isGone = true;
    this.#gone++;
    if (this.#gone <= Math.max(GONE_MIN, this.#order.length / 2)) return;
    this.#order = this.#order.filter(({ isGone }) => !isGone);
    this.#gone = 0;
  }
}
