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
  /** The same in the order in which they came. */
  #order: Known[] = [];

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
    const known: Known = { ...record, isStored };
    let bySubject = this.#ids.get(record.subject);
    if (bySubject === undefined) {
      bySubject = new Map();
      this.#ids.set(record.subject, bySubject);
    }
    bySubject.set(record.id, known);
    this.#order.push(known);
  }

  /** Remembers a producer as it was written down. */
  addProducer({ producer: number, last, positions }: ProducerRecord): void {
    const producer = this.#producerOf(number);
    if (last <= producer.last) return;
    producer.last = last;
    producer.accepted = last;
    producer.positions.splice(0, Infinity, ...positions);
  }

  /** Forgets ids that are old or too many. */
  trim(now: number): void {
    let dropped = 0;
    for (const known of this.#order) {
      const isKept = known.at + IDS_MS > now && this.#order.length - dropped <= IDS_MAX;
      if (isKept) break;
      dropped++;
      if (this.#ids.get(known.subject)?.get(known.id) === known)
        this.#forget(known.subject, known.id);
    }
    if (dropped > 0) this.#order = this.#order.slice(dropped);
  }

  /** What is remembered and stored, to be written down. */
  *producers(): Generator<ProducerRecord> {
    for (const [producer, { last, positions }] of this.#producers)
      if (last > 0) yield { producer, last, positions };
  }

  *ids(): Generator<IdRecord> {
    for (const known of this.#order)
      if (known.isStored && this.#ids.get(known.subject)?.get(known.id) === known) yield known;
  }

  #lookId(subject: string, id: string, hash: number, now: number): Verdict {
    this.trim(now);
    const known = this.#ids.get(subject)?.get(id);
    if (known === undefined) return "new";
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

  #forget(subject: string, id: string): void {
    const bySubject = this.#ids.get(subject);
    bySubject?.delete(id);
    if (bySubject?.size === 0) this.#ids.delete(subject);
  }
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
