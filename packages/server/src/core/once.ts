// Publications that may be sent twice and happen once: what a topic remembers of those that it has.

/** Which publication it is, so that a second one of the same changes nothing: an id of the application, or the number of a producer. */
export type Identity =
  | { readonly id: string }
  | { readonly producer: number; readonly n: number; readonly base: number };

/** Producers that a topic remembers; the one that was not heard of longest goes first. */
const PRODUCERS_MAX = 10_000;

/** Positions that are remembered of a producer. */
const POSITIONS = 64;

/** Ids of applications that a topic remembers, … */
const IDS_MAX = 100_000;

/** … for so long, in milliseconds. */
const IDS_MS = 120_000;

/** How many that are too old are forgotten with each look-up, so that none of them pays for all. */
const FORGET_MAX = 64;

/** What a publication turns out to be. */
export type Verdict =
  | "new"
  /** It came before its predecessors. */
  | "out-of-order"
  /** The id stands for another payload. */
  | "conflict"
  /** It was before: its offset, while that is remembered. */
  | { readonly offset: number | null }
  /** The same one is being stored. */
  | { readonly pending: number };

interface Producer {
  /** The highest number that has an offset. */
  last: number;
  /** The same with those that are being stored. */
  accepted: number;
  /** The last of them: n and its offset, one after the other. */
  readonly positions: number[];
  /** Offsets of those that are being stored, by n. */
  pending: Map<number, number> | null;
}

interface Known {
  readonly subject: string;
  readonly id: string;
  readonly hash: number;
  readonly offset: number;
  readonly at: number;
  isStored: boolean;
  /** The one that came after it. */
  next: Known | null;
}

/** A producer as it is written down. */
export interface ProducerRecord {
  readonly producer: number;
  readonly last: number;
  readonly positions: readonly number[];
}

/** An id as it is written down; `at` in the clock's `now`. */
export interface IdRecord {
  readonly subject: string;
  readonly id: string;
  readonly hash: number;
  readonly offset: number;
  readonly at: number;
}

export class Once {
  /** In the order in which they were heard of last. */
  readonly #producers = new Map<number, Producer>();
  readonly #ids = new Map<string, Map<string, Known>>();
  // The same in the order in which they came, those that were forgotten in between among them.
  #first: Known | null = null;
  #last: Known | null = null;
  #length = 0;

  /** `hash`: of the payload. */
  look(subject: string, identity: Identity, hash: number, now: number): Verdict {
    if ("id" in identity) return this.#lookId(subject, identity.id, hash, now);
    const { producer: number, n, base } = identity;
    const producer = this.#producers.get(number);
    const last = producer?.last ?? 0;
    if (n <= last) return { offset: producer === undefined ? null : offsetOf(producer, n) };
    const pending = producer?.pending?.get(n);
    if (pending !== undefined) return { pending };
    return n === Math.max((producer?.accepted ?? 0) + 1, base) ? "new" : "out-of-order";
  }

  /** It was accepted, and has or will have this offset. `isStored`: it is there already. */
  accept(
    subject: string,
    identity: Identity,
    hash: number,
    offset: number,
    now: number,
    isStored: boolean,
  ): void {
    if ("id" in identity) {
      this.addId({ subject, id: identity.id, hash, offset, at: now }, isStored);
      return;
    }
    const producer = this.#producerOf(identity.producer);
    producer.accepted = identity.n;
    if (isStored) return settle(producer, identity.n, offset);
    producer.pending ??= new Map();
    producer.pending.set(identity.n, offset);
  }

  /** What was accepted is stored. */
  stored(subject: string, identity: Identity, offset: number): void {
    if ("id" in identity) {
      const known = this.#ids.get(subject)?.get(identity.id);
      if (known?.offset === offset) known.isStored = true;
      return;
    }
    const producer = this.#producerOf(identity.producer);
    producer.pending?.delete(identity.n);
    settle(producer, identity.n, offset);
  }

  /** What was accepted could not be stored, and nothing that was accepted behind it. */
  refused(subject: string, identity: Identity): void {
    if ("id" in identity) {
      this.#forget(subject, identity.id);
      return;
    }
    const producer = this.#producers.get(identity.producer);
    if (producer === undefined) return;
    producer.pending?.delete(identity.n);
    producer.accepted = Math.min(producer.accepted, Math.max(identity.n - 1, producer.last));
  }

  /** Remembers an id. */
  addId(record: IdRecord, isStored: boolean): void {
    const { subject, id, hash, offset, at } = record;
    const known: Known = { subject, id, hash, offset, at, isStored, next: null };
    let bySubject = this.#ids.get(subject);
    if (bySubject === undefined) {
      bySubject = new Map();
      this.#ids.set(subject, bySubject);
    }
    bySubject.set(id, known);
    if (this.#last === null) this.#first = known;
    else this.#last.next = known;
    this.#last = known;
    this.#length++;
  }

  /** Remembers a producer as it was written down. */
  addProducer({ producer: number, last, positions }: ProducerRecord): void {
    const producer = this.#producerOf(number);
    if (last <= producer.last) return;
    producer.last = last;
    producer.accepted = last;
    producer.positions.splice(0, Infinity, ...positions);
  }

  /** What is remembered and stored, to be written down. */
  *producers(): Generator<ProducerRecord> {
    for (const [producer, { last, positions }] of this.#producers)
      if (last > 0) yield { producer, last, positions };
  }

  *ids(): Generator<IdRecord> {
    for (let known = this.#first; known !== null; known = known.next)
      if (known.isStored && this.#isLatest(known)) yield known;
  }

  #lookId(subject: string, id: string, hash: number, now: number): Verdict {
    this.#trim(now);
    const known = this.#ids.get(subject)?.get(id);
    if (known === undefined || !isFresh(known, now)) return "new";
    if (known.hash !== hash) return "conflict";
    return known.isStored ? { offset: known.offset } : { pending: known.offset };
  }

  #producerOf(number: number): Producer {
    let producer = this.#producers.get(number);
    if (producer === undefined) {
      if (this.#producers.size >= PRODUCERS_MAX)
        this.#producers.delete(this.#producers.keys().next().value!);
      producer = { last: 0, accepted: 0, positions: [], pending: null };
    } else this.#producers.delete(number);
    this.#producers.set(number, producer);
    return producer;
  }

  /** Forgets ids that are too many or too old: of the latter not all at once. */
  #trim(now: number): void {
    for (let i = 0; i < FORGET_MAX; i++) {
      const first = this.#first;
      if (first === null || (this.#length <= IDS_MAX && isFresh(first, now))) return;
      this.#first = first.next;
      if (this.#first === null) this.#last = null;
      this.#length--;
      if (this.#isLatest(first)) this.#forget(first.subject, first.id);
    }
  }

  /** It was not forgotten, nor did its id come again. */
  #isLatest(known: Known): boolean {
    return this.#ids.get(known.subject)?.get(known.id) === known;
  }

  #forget(subject: string, id: string): void {
    const bySubject = this.#ids.get(subject);
    bySubject?.delete(id);
    if (bySubject?.size === 0) this.#ids.delete(subject);
  }
}

function isFresh({ at }: Known, now: number): boolean {
  return at + IDS_MS > now;
}

function settle(producer: Producer, n: number, offset: number): void {
  producer.last = Math.max(producer.last, n);
  producer.accepted = Math.max(producer.accepted, producer.last);
  producer.positions.push(n, offset);
  if (producer.positions.length > POSITIONS * 2) producer.positions.splice(0, 2);
}

function offsetOf({ positions }: Producer, n: number): number | null {
  for (let i = positions.length - 2; i >= 0; i -= 2)
    if (positions[i] === n) return positions[i + 1]!;
  return null;
}

/** A number for bytes (cyrb53, in the public domain): equal bytes have equal numbers, others nearly never. */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let a = 0xdead_beef;
  let b = 0x41c6_ce57;
  for (let i = from; i < to; i++) {
    a = Math.imul(a ^ bytes[i]!, 2_654_435_761);
    b = Math.imul(b ^ bytes[i]!, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
}
