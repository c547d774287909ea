// The topics and patterns that exist, and the numbers that tell their streams.

import { type Pattern, type Topic as TopicName, isHubOwned } from "@fanwire/protocol";
import { PatternTrie } from "./pattern-trie.ts";
import type { LiveStream, LiveTopic } from "./session.ts";
import { Stream } from "./stream.ts";
import { Topic } from "./topic.ts";

/** What makes numbers of one run of the hub differ from those of another: two random integers. */
export interface Run {
  /** The first number of a stream, 1 … 2^30. */
  readonly firstStream: number;
  /** The first epoch, 1 … 2^52: topics of this run count on from it, so that no two have the same. */
  readonly firstEpoch: number;
}

export class Topics {
  readonly patterns: PatternTrie<LiveStream> = new PatternTrie<LiveStream>();
  readonly #byName = new Map<string, LiveTopic>();
  /** Topics that nobody follows, the longest unused first: the ones to forget. */
  readonly #idle = new Set<LiveTopic>();
  readonly #topicsMax: number;
  #nextStream: number;
  #nextEpoch: number;

  constructor(topicsMax: number, run: Run) {
    this.#topicsMax = topicsMax;
    this.#nextStream = run.firstStream;
    this.#nextEpoch = run.firstEpoch;
  }

  get size(): number {
    return this.#byName.size;
  }

  find(name: string): LiveTopic | undefined {
    return this.#byName.get(name);
  }

  /** The topic, made if there is none; undefined when there are as many as there may be and each is followed. */
  topic(name: TopicName): LiveTopic | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= this.#topicsMax && !this.#forgetOne() && !isHubOwned(name))
      return undefined;
    const generation = this.patterns.generationOf(name);
    const topic: LiveTopic = new Topic(this.#nextStream++, name, this.#nextEpoch++, generation);
    this.#byName.set(name, topic);
    this.#idle.add(topic);
    return topic;
  }

  /** The stream of a pattern, made if there is none. */
  pattern(name: Pattern): LiveStream {
    const known = this.patterns.get(name);
    if (known !== undefined) return known;
    const stream: LiveStream = new Stream(this.#nextStream++, name);
    this.patterns.add(stream);
    return stream;
  }

  /** The topic was published to: if nobody follows it, it is the last to be forgotten. */
  used(topic: LiveTopic): void {
    if (this.#idle.delete(topic)) this.#idle.add(topic);
  }

  /** Somebody follows the topic: it is not forgotten. */
  followed(topic: LiveTopic): void {
    this.#idle.delete(topic);
  }

  /** Nobody follows the stream any more. */
  abandoned(stream: LiveStream): void {
    if (stream instanceof Topic) this.#idle.add(stream);
    else this.patterns.remove(stream);
  }

  #forgetOne(): boolean {
    for (const topic of this.#idle) {
      topic.isForgotten = true;
      this.#idle.delete(topic);
      this.#byName.delete(topic.name);
      return true;
    }
    return false;
  }
}
