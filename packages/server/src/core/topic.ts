// A topic of the hub: it counts its publications and knows who follows them. It is the stream of those who subscribe to it by name.

import type { Generation, PatternTrie } from "./pattern-trie.ts";
import { type Row, Stream } from "./stream.ts";

export class Topic<R extends Row> extends Stream<R> {
  readonly epoch: number;
  /** The offset of the last shown publication; 0 when there is none. */
  head = 0;
  /** The hub no longer knows it: aliases of it are stale. */
  isForgotten = false;
  #matching: readonly Stream<R>[] = [];
  readonly #generation: Generation;
  #matchingAt = -1;

  constructor(number: number, name: string, epoch: number, generation: Generation) {
    super(number, name);
    this.epoch = epoch;
    this.#generation = generation;
  }

  /** The streams of the patterns that match it. */
  matching(patterns: PatternTrie<Stream<R>>): readonly Stream<R>[] {
    const generation = this.#generation.count + patterns.wild.count;
    if (this.#matchingAt !== generation) {
      this.#matching = patterns.matching(this.name);
      this.#matchingAt = generation;
    }
    return this.#matching;
  }
}
