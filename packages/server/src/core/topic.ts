// A topic of the hub: it counts its publications, keeps what its rule says, and knows who follows it. It is the stream of those who
// subscribe to it by name, and its cursors are offsets.

import type { TopicLog } from "./log.ts";
import type { Once } from "./once.ts";
import type { TopicState } from "./state.ts";
import type { Generation, PatternTrie } from "./pattern-trie.ts";
import { type Row, Stream } from "./stream.ts";
import type { Timed } from "./wheel.ts";

export class Topic<R extends Row> extends Stream<R> {
  /** Another one only when the hub is restored and its topic may have lost what clients have seen. */
  epoch: number;
  /** The offset of the last shown publication; 0 when there is none. */
  head = 0;
  /** The show number of that publication; 0 when there is none. */
  lastShow = 0;
  /** The topic that was shown last before this one, and the one after it; null at the ends of that order. */
  older: Topic<R> | null = null;
  newer: Topic<R> | null = null;
  /** The LSN of that publication, when it was stored; 0 when it was not. */
  lastLsn = 0;
  /** Null where the rule keeps nothing. */
  readonly log: TopicLog | null;
  /** Its publications are stored before they are shown. */
  readonly isDurable: boolean;
  /** What stands for it in stored records; 0 when nothing of it is stored. */
  storeNumber = 0;
  /** Publications that are being stored: their offsets follow the head. */
  pending = 0;
  /** By which it is found when something that it keeps is to be let go; null when it is not to be found. */
  alarm: Timed | null = null;
  /** The latest publication of each key; null where the rule keeps none. */
  readonly state: TopicState | null;
  /** What it remembers of publications that may come twice; null while none did. */
  once: Once | null = null;
  /** Keys with publications that are being stored, and the offset of the last of each, below 0 of a deletion; null when there is none. */
  pendingKeys: Map<string, number> | null = null;
  /** Its publications carry the subject of their publisher. */
  readonly tellsFrom: boolean;
  /** Forgotten: the hub no longer knows it, and aliases of it are stale. Idle: it waits for that, unless somebody uses it until then. */
  standing: "known" | "idle" | "forgotten" = "known";
  #matching: readonly PatternStream<R>[] = NONE;
  readonly #generation: Generation;
  #matchingAt = -1;

  constructor(
    number: number,
    name: string,
    epoch: number,
    generation: Generation,
    log: TopicLog | null,
    state: TopicState | null,
    tellsFrom: boolean,
    isDurable: boolean,
  ) {
    super(number, name);
    this.epoch = epoch;
    this.#generation = generation;
    this.log = log;
    this.state = state;
    this.tellsFrom = tellsFrom;
    this.isDurable = isDurable;
  }

  /** It keeps a history, a state, or both. */
  get keeps(): boolean {
    return this.log !== null || this.state !== null;
  }

  /** When something that it keeps is to be let go; Infinity when it keeps nothing. */
  get dueAt(): number {
    return Math.min(this.log?.dueAt ?? Infinity, this.state?.dueAt ?? Infinity);
  }

  /** The streams of the patterns that match it. */
  matching(patterns: PatternTrie<PatternStream<R>>): readonly PatternStream<R>[] {
    const generation = this.#generation.count + patterns.wild.count;
    if (this.#matchingAt !== generation) {
      const found = patterns.matching(this.name);
      this.#matching = found.length > 0 ? found : NONE;
      this.#matchingAt = generation;
    }
    return this.#matching;
  }
}

const NONE: readonly never[] = [];

/** The merged publications of all topics that match a pattern. Its cursors are show numbers. */
export class PatternStream<R extends Row> extends Stream<R> {
  /** When its subscribers were told a mark last, in the clock's `now` … */
  markedAt: number;
  /** … and how many bytes they have been sent since. */
  bytesSinceMark = 0;
  /** When a mark is due although nothing was published. */
  dueAt: number = Infinity;

  constructor(number: number, name: string, now: number) {
    super(number, name);
    this.markedAt = now;
  }
}
