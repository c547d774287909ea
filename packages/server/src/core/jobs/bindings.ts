// Queues that get a job for each publication of the topics that a pattern matches. Jobs are made when a publication is shown, in the order
// of shows; what is durable is made up for after a crash, from the LSN up to which it became jobs.

import type { Clock } from "../clock.ts";
import type { Generation } from "../pattern-trie.ts";
import { PatternTrie } from "../pattern-trie.ts";
import type { JobDraft } from "../queues/job.ts";
import type { Tails } from "../queues/tails.ts";
import { refusal, type Refusal } from "../refusal.ts";
import type { LiveTopic } from "../session.ts";
import type { Storing } from "../storing.ts";
import type { BindingRecord } from "./job-records.ts";
import { writeBindingRecord, writeUnboundRecord } from "./job-records.ts";
import type { LiveQueue } from "./live-queue.ts";
import { publicationOrigin } from "./origin.ts";

/** One pattern of one queue. */
export interface Binding {
  readonly number: number;
  readonly queue: LiveQueue;
  readonly pattern: string;
  /** Who made it; null: nobody in particular. */
  readonly by: string | null;
  readonly priority: number;
  readonly group: string | null;
  /** Everything durable up to this LSN is a job, or was one, or did not fit. */
  upTo: number;
  /** Publications that did not fit. */
  dropped: number;
  /** Who waits until it holds for good; null: it does. */
  waiting: Told[] | null;
  /** It is being taken away. */
  isEnding: boolean;
}

/** Is told that it is stored, or why it is not. */
type Told = (why: Refusal | null) => void;

/** All bindings of one pattern. */
class Bound {
  readonly name: string;
  readonly bindings: Binding[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

const NONE: readonly Binding[] = [];

/** What matches a topic, and at which generation that was found. */
interface Found {
  at: number;
  bindings: readonly Binding[];
}

export class Bindings {
  readonly #clock: Clock;
  readonly #storing: Storing;
  readonly #tails: Tails;
  readonly #trie = new PatternTrie<Bound>();
  readonly #generations = new WeakMap<LiveTopic, { generation: Generation; found: Found }>();
  readonly #all = new Map<number, Binding>();
  #next = 1;

  constructor(clock: Clock, storing: Storing, tails: Tails) {
    this.#tails = tails;
    this.#clock = clock;
    this.#storing = storing;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): IterableIterator<Binding> {
    return this.#all.values();
  }

  *of(queue: LiveQueue): Generator<Binding> {
    for (const binding of this.#all.values()) if (binding.queue === queue) yield binding;
  }

  /** Binds: what is shown from now on becomes jobs. It is not written down before {@link keep}. */
  add(asked: Omit<Binding, "number" | "dropped" | "waiting" | "isEnding">, told: Told): Binding {
    return this.#put({
      ...asked,
      number: this.#next,
      dropped: 0,
      waiting: [told],
      isEnding: false,
    });
  }

  /** Whether it is there, and stays. */
  has(binding: Binding): boolean {
    return this.#all.get(binding.number) === binding && !binding.isEnding;
  }

  /** It holds over a restart, where its queue does. */
  keep(binding: Binding): void {
    if (!this.has(binding))
      return settle(binding, refusal("not-found", "The binding was taken away meanwhile."));
    if (!binding.queue.isDurable) return settle(binding, null);
    this.write(binding);
    this.#storing.keep({
      tail: null,
      stored: () => settle(binding, null),
      refused: (why) => this.drop(binding, why),
    });
  }

  /** It is not to be after all. */
  drop(binding: Binding, why: Refusal): void {
    this.#take(binding);
    settle(binding, why);
  }

  /** Takes in one that was there before. */
  restore(record: BindingRecord, queue: LiveQueue): void {
    const known = this.#all.get(record.number);
    if (known !== undefined) known.upTo = Math.max(known.upTo, record.upTo);
    else this.#put({ ...record, queue, dropped: 0, waiting: null, isEnding: false });
  }

  find(number: number): Binding | undefined {
    return this.#all.get(number);
  }

  /** It is no more, when that is stored. Until then it goes on. */
  remove(binding: Binding, stored: Told): void {
    const end = (): void => {
      this.#take(binding);
      stored(null);
    };
    if (!binding.queue.isDurable) return end();
    binding.isEnding = true;
    writeUnboundRecord(this.#storing.begin(), binding.number);
    this.#storing.keep({
      tail: null,
      stored: end,
      refused: (why) => {
        binding.isEnding = false;
        stored(why);
      },
    });
  }

  /** While records are read back: it is no more. */
  unrestore(number: number): void {
    const binding = this.#all.get(number);
    if (binding !== undefined) this.#take(binding);
  }

  /** The queue is gone. */
  forget(queue: LiveQueue): void {
    for (const binding of this.#all.values()) if (binding.queue === queue) this.#take(binding);
  }

  /** Writes down one binding; the caller keeps the record. */
  write({ number, queue, pattern, by, priority, group, upTo }: Binding): void {
    const record = { number, queue: queue.number, pattern, by, priority, group, upTo };
    writeBindingRecord(this.#storing.begin(), record);
  }

  /** Those that a topic's publications belong to. The way of every publication: nothing is looked for twice. */
  matching(topic: LiveTopic): readonly Binding[] {
    if (this.#all.size === 0) return NONE;
    let known = this.#generations.get(topic);
    if (known === undefined) {
      const generation = this.#trie.generationOf(topic.name);
      known = { generation, found: { at: -1, bindings: NONE } };
      this.#generations.set(topic, known);
    }
    const at = known.generation.count + this.#trie.wild.count;
    if (known.found.at !== at) known.found = { at, bindings: this.matchingName(topic.name) };
    return known.found.bindings;
  }

  matchingName(name: string): readonly Binding[] {
    const found = this.#trie.matching(name).flatMap(({ bindings }) => bindings);
    return found.length === 0 ? NONE : found;
  }

  /** A publication of a topic was shown. The bytes are lent. `lsn`: 0 when it is not stored. */
  shown(
    topic: LiveTopic,
    bindings: readonly Binding[],
    bytes: Uint8Array,
    from: number,
    to: number,
    lsn: number,
  ): void {
    const tail = this.#tails.keep(bytes.subarray(from, to));
    for (const binding of bindings) this.take(binding, topic, topic.head, tail, lsn);
  }

  /** A publication becomes a job of the binding's queue. Its tail is kept. */
  take(binding: Binding, topic: Named, offset: number, tail: Uint8Array, lsn: number): void {
    const draft = this.#draft(binding, topic, offset, tail);
    if (!binding.queue.take(draft, { binding: binding.number, lsn })) binding.dropped++;
    binding.upTo = Math.max(binding.upTo, lsn);
  }

  #draft({ priority, group }: Binding, topic: Named, offset: number, tail: Uint8Array): JobDraft {
    return {
      id: null,
      sender: null,
      priority,
      group,
      sentAt: this.#clock.now,
      notBefore: -Infinity,
      expiresAt: Infinity,
      tail,
      origin: publicationOrigin(topic.name, topic.epoch, offset),
    };
  }

  #put(binding: Binding): Binding {
    this.#next = Math.max(this.#next, binding.number + 1);
    this.#all.set(binding.number, binding);
    const known = this.#trie.get(binding.pattern);
    // what topics have found holds until the trie changes, so each binding changes it
    if (known !== undefined) this.#trie.remove(known);
    const bound = new Bound(binding.pattern);
    bound.bindings.push(...(known?.bindings ?? []), binding);
    this.#trie.add(bound);
    return binding;
  }

  #take(binding: Binding): void {
    if (!this.#all.delete(binding.number)) return;
    const known = this.#trie.get(binding.pattern);
    if (known === undefined) return;
    this.#trie.remove(known);
    const left = new Bound(binding.pattern);
    left.bindings.push(...known.bindings.filter((other) => other !== binding));
    if (left.bindings.length > 0) this.#trie.add(left);
  }
}

function settle(binding: Binding, why: Refusal | null): void {
  const { waiting } = binding;
  binding.waiting = null;
  for (const told of waiting ?? []) told(why);
}

/** A topic, as far as a job tells where it comes from. */
interface Named {
  readonly name: string;
  readonly epoch: number;
}
