// What topics keep becomes jobs of a queue that was bound to them, a little at a time. What is shown meanwhile comes by itself.

import { covers, type EnvelopeValue, hasWildcard, type Pattern } from "@fanwire/protocol";
import { emptyRecord, type LogCursor } from "../log.ts";
import type { LiveTopic } from "../session.ts";
import type { Topics } from "../topics.ts";
import type { Binding, Bindings } from "./bindings.ts";
import type { Chore, Chores } from "./chores.ts";

/** Publications, or topics that do not match, that one turn looks at. */
const STEP = 256;

/** Bytes that become jobs before the store is waited for. */
const BYTES_MAX = 1_048_576;

interface World {
  readonly topics: Topics;
  readonly bindings: Bindings;
  readonly chores: Chores;
}

export class BackFill implements Chore {
  readonly #world: World;
  readonly #binding: Binding;
  readonly #from: EnvelopeValue;
  readonly #topics: Iterator<LiveTopic>;
  /** What was shown when it began, and, of a single topic, its head: later ones have come by themselves. */
  readonly #shown: number;
  readonly #head: number;
  readonly #record = emptyRecord();
  #topic: LiveTopic | null = null;
  /** The offset of the topic that comes next; its cursor is good for one turn. */
  #offset = 0;
  #cursor: LogCursor | null = null;
  #bytes = 0;

  /** `from`: as in `bind`, and more than "from now on". */
  constructor(world: World, binding: Binding, from: EnvelopeValue) {
    const { topics } = world;
    this.#world = world;
    this.#binding = binding;
    this.#from = from;
    this.#shown = topics.shown;
    const { pattern } = binding;
    const one = topics.find(pattern);
    this.#head = one?.head ?? 0;
    this.#topics = hasWildcard(pattern) ? topics.all() : (one === undefined ? [] : [one]).values();
  }

  step(): boolean {
    const { bindings } = this.#world;
    this.#cursor = null;
    this.#bytes = 0;
    let isMore = bindings.has(this.#binding);
    for (let left = STEP; isMore && left > 0 && this.#bytes < BYTES_MAX; left--)
      isMore = this.#next();
    if (isMore) this.#goOnLater();
    // written down when all that is kept has become jobs: who binds again after a crash gets it again
    else bindings.keep(this.#binding);
    return false;
  }

  /** Goes on when what was taken is stored: the store is to have room for others too. */
  #goOnLater(): void {
    const { bindings, chores } = this.#world;
    this.#binding.queue.confirm((why) => {
      if (why === null) chores.begin(this);
      else bindings.drop(this.#binding, why);
    });
  }

  /** Takes one publication, or goes on to the next topic. Returns whether there was anything. */
  #next(): boolean {
    const topic = this.#topic;
    if (topic === null) return this.#nextTopic();
    const log = topic.log!;
    this.#cursor ??= log.seek(Math.max(this.#offset, log.first));
    const record = this.#record;
    if (!log.read(this.#cursor, record) || record.show > this.#shown) this.#topic = null;
    else {
      this.#offset = record.offset + 1;
      const tail = record.bytes.slice(record.from, record.to);
      this.#bytes += tail.length;
      this.#world.bindings.take(this.#binding, topic, record.offset, tail, record.lsn);
    }
    return true;
  }

  #nextTopic(): boolean {
    const next = this.#topics.next();
    if (next.done === true) return false;
    const topic = next.value;
    const { log } = topic;
    if (log === null || !covers(this.#binding.pattern as Pattern, topic.name as never)) return true;
    this.#topic = topic;
    this.#offset = this.#firstOf(topic);
    this.#cursor = null;
    return true;
  }

  /** The first offset that is wanted of a topic. */
  #firstOf({ epoch }: LiveTopic): number {
    const from = this.#from;
    if (typeof from === "number") return this.#head - from + 1;
    const [of, offset] = from as readonly number[];
    return of === epoch ? offset! + 1 : 0;
  }
}
