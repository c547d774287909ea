// The topics and patterns that exist, the numbers that tell their streams, and the order in which things were shown.

import { covers, isHubOwned, type Pattern, type Topic as TopicName } from "@fanwire/protocol";
import { holdsSomething, IdleTopics } from "./idle-topics.ts";
import { ChunkMemory } from "./chunk-memory.ts";
import { TopicLog } from "./log.ts";
import { PatternTrie } from "./pattern-trie.ts";
import { Recency } from "./recency.ts";
import type { LivePatternStream, LiveStream, LiveTopic } from "./session.ts";
import type { TopicRule } from "./settings.ts";
import { ShowLsns } from "./show-lsns.ts";
import { TopicState } from "./state.ts";
import { PatternStream, Topic } from "./topic.ts";

/** What makes numbers of one run of the hub differ from those of another: random integers. */
export interface Run {
  /** Tells the run itself, 1 … 2^32 − 1. */
  readonly id: number;
  /** The first number of a stream, 1 … 2^30. */
  readonly firstStream: number;
  /** The first epoch, 1 … 2^52: topics of this run count on from it, so that no two have the same. */
  readonly firstEpoch: number;
  /** Leases that a run has numbers for, before it takes those of another. Default 2^32 − 1. */
  readonly leasesPerRun?: number | undefined;
}

/** Where the members of topics are, and how many they are. */
const PRESENCE = "$presence.";
const MEMBERS = "$members.";

/** Who is there is kept by session, how many are as one value, and nothing of it survives. */
const PRESENCE_RULES: readonly TopicRule[] = [
  { match: "$presence.**" as Pattern, history: null, state: true, from: true },
  { match: "$members.**" as Pattern, history: null, state: true },
];

/** The topic where the members of a topic are. */
export function presenceOf(topic: string): string {
  return PRESENCE + topic;
}

/** The topic that tells how many members a topic has. */
export function countOf(topic: string): string {
  return MEMBERS + topic;
}

/** The topic whose members are told or counted there; undefined when it is another topic of the hub. */
export function presentAt(name: string): string | undefined {
  const prefix = [PRESENCE, MEMBERS].find((first) => name.startsWith(first));
  return prefix === undefined ? undefined : name.slice(prefix.length);
}

export class Topics {
  readonly patterns: PatternTrie<LivePatternStream> = new PatternTrie<LivePatternStream>();
  /** The show number of the last publication: it counts all of the hub's in the order in which they became visible. */
  shown = 0;
  /** The highest show number of a topic that was forgotten. */
  forgottenShow = 0;
  /** Memory that logs and kept publications take, in bytes. */
  keptBytes = 0;
  readonly recency: Recency = new Recency();
  readonly lsns: ShowLsns = new ShowLsns();
  /** Those that keep state. */
  readonly withState: Set<LiveTopic> = new Set();
  readonly #byName = new Map<string, LiveTopic>();
  readonly #logMemory = new ChunkMemory();
  readonly #idle = new IdleTopics();
  readonly #topicsMax: number;
  readonly #rules: readonly TopicRule[];
  #nextStream: number;
  #nextEpoch: number;

  constructor(topicsMax: number, rules: readonly TopicRule[], run: Run) {
    this.#topicsMax = topicsMax;
    this.#rules = rules;
    this.#nextStream = run.firstStream;
    this.#nextEpoch = run.firstEpoch;
  }

  get size(): number {
    return this.#byName.size;
  }

  find(name: string): LiveTopic | undefined {
    return this.#byName.get(name);
  }

  /** The topic, made if there is none; undefined when there are as many as there may be and each holds something. */
  topic(name: TopicName, now: number): LiveTopic | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= this.#topicsMax && !this.#forgetOne(now) && !isHubOwned(name))
      return undefined;
    return this.#make(name, this.#ruleOf(name), this.#nextEpoch++);
  }

  /** A topic of which something is stored; null when by its rule it is not, undefined when it is to be discarded. */
  restore(name: TopicName, epoch: number): LiveTopic | null | undefined {
    const rule = this.#ruleOf(name);
    if (rule?.discard === true) return undefined;
    if (rule?.durable !== true) return null;
    return this.#make(name, rule, epoch);
  }

  /** An epoch that no topic has or had. */
  freshEpoch(): number {
    return this.#nextEpoch++;
  }

  /** These topics were restored, in the order of their last show. What is shown next gets a show number above `shown`. */
  restored(topics: readonly LiveTopic[], shown: number): void {
    for (const topic of topics) if (topic.lastShow > 0) this.recency.shown(topic);
    this.shown = shown;
    this.lsns.restored(shown);
  }

  /** Whether everything that a pattern matches is durable: the rules are asked as they are for a topic, and one covers all of it. */
  isDurable(pattern: Pattern): boolean {
    const first = this.#rules.findIndex(({ match }) => covers(match, pattern));
    return first >= 0 && this.#rules.slice(0, first + 1).every(({ durable }) => durable === true);
  }

  /** Whether a topic that a pattern matches has values. */
  hasState(pattern: Pattern): boolean {
    for (const { state, name } of this.withState)
      if (state!.values > 0 && covers(pattern, name as TopicName)) return true;
    return false;
  }

  /** Every topic, also those that appear while the caller goes through them. */
  all(): Iterator<LiveTopic> {
    return this.#byName.values();
  }

  #make(name: TopicName, rule: TopicRule | undefined, epoch: number): LiveTopic {
    const isDurable = rule?.durable === true;
    const topic: LiveTopic = new Topic(
      this.#nextStream++,
      name,
      epoch,
      this.patterns.generationOf(name),
      rule?.history ? new TopicLog(rule.history, 1, isDurable, this.#logMemory) : null,
      rule?.state === true ? new TopicState() : null,
      rule?.from === true,
      isDurable,
    );
    this.#byName.set(name, topic);
    if (topic.state !== null) this.withState.add(topic);
    return topic;
  }

  /** The stream of a pattern, made if there is none. */
  pattern(name: Pattern, now: number): LivePatternStream {
    const known = this.patterns.get(name);
    if (known !== undefined) return known;
    const stream: LivePatternStream = new PatternStream(this.#nextStream++, name, now);
    this.patterns.add(stream);
    return stream;
  }

  /** The topic has a new publication: it gets the next offset and the next show number. */
  show(topic: LiveTopic, now: number): void {
    topic.head++;
    topic.lastShow = ++this.shown;
    this.recency.shown(topic);
    if (topic.standing === "known" && !holdsSomething(topic))
      this.#idle.add(topic, now, this.shown);
  }

  /** The cursor of what was published on the stream last. */
  headOf(stream: LiveStream): number {
    return stream instanceof Topic ? stream.head : this.shown;
  }

  /** What all live subscribers of the stream have been sent or are owed. */
  settledOf(stream: LiveStream): number {
    return stream.settled(this.headOf(stream));
  }

  /** Nobody follows the stream any more. */
  abandoned(stream: LiveStream, now: number): void {
    if (stream instanceof Topic) this.emptied(stream, now);
    else this.patterns.remove(stream as LivePatternStream);
  }

  /** The topic may hold nothing more. */
  emptied(topic: LiveTopic, now: number): void {
    if (topic.standing === "known" && !holdsSomething(topic))
      this.#idle.add(topic, now, this.shown);
  }

  /** Nobody wants the topic's latest publication any more, or it is about to be replaced. */
  dropLatest(topic: LiveTopic): void {
    const { latestOnly } = topic;
    if (latestOnly === null) return;
    this.keptBytes -= latestOnly.latest?.bytes.length ?? 0;
    latestOnly.latest = null;
    if (latestOnly.followers === 0) topic.latestOnly = null;
  }

  /** Forgets what nobody used for long. */
  expire(now: number): void {
    this.#idle.expire(now, this.shown, (topic) => this.#forget(topic));
  }

  #ruleOf(name: TopicName): TopicRule | undefined {
    const rules = presentAt(name) === undefined ? this.#rules : PRESENCE_RULES;
    return rules.find(({ match }) => covers(match, name));
  }

  #forgetOne(now: number): boolean {
    const topic = this.#idle.longestUnused(now, this.shown);
    if (topic !== undefined) this.#forget(topic);
    return topic !== undefined;
  }

  #forget(topic: LiveTopic): void {
    topic.standing = "forgotten";
    this.#byName.delete(topic.name);
    this.withState.delete(topic);
    this.recency.remove(topic);
    this.forgottenShow = Math.max(this.forgottenShow, topic.lastShow);
    this.dropLatest(topic);
  }
}
