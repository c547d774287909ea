// Publications: publishers that send each until it is answered, subscribers of topics and patterns, readers of what is kept and of state.

import { closeCodes as closeCodesOf } from "@fanwire/protocol";
import type { TopicOptions } from "@fanwire/server";
import { SeededRandom } from "@fanwire/testkit";
import { Publisher } from "./publisher.ts";
import { type ReadUpTo, readAll } from "./reader.ts";
import { Subscriber } from "./subscriber.ts";
import type { TopicPromise } from "./topic-judge.ts";
import type { Place, Traffic } from "./traffic.ts";
import { readValues } from "./values.ts";

/** A rule of which the count is known, as it is configured and as it is judged. */
export type CountedRule = TopicOptions & { readonly history: { readonly count: number } };

interface PublisherLoad {
  readonly topics: readonly string[];
  /** Publications without an answer. */
  readonly window: number;
  /** The longest payload, in bytes. */
  readonly bytesMax: number;
  /** Publications in all. Without it there is no end. */
  readonly most?: number;
}

export interface TopicLoad {
  readonly rules: readonly CountedRule[];
  readonly publishers: readonly PublisherLoad[];
  /** Topics and patterns, of a subscriber each. */
  readonly followed: readonly string[];
  /** Topics of which there is something after a restart. */
  readonly durable: readonly string[];
  /** Those of them that have keys. */
  readonly states: readonly string[];
}

/** How topics are judged that have these rules. */
export function promisesOf(rules: readonly CountedRule[]): TopicPromise[] {
  return rules.map(({ match, durable = false, state = false, history }) => ({
    match,
    durable,
    state,
    kept: history.count,
  }));
}

/** A link that was lost, and nobody said why. */
const LOST = 1006;

export class TopicTraffic implements Traffic {
  readonly #load: TopicLoad;
  readonly #readUpTo: ReadUpTo = new Map();
  #place!: Place;
  #random!: SeededRandom;
  #publishers: readonly Publisher[] = [];
  #subscribers: readonly Subscriber[] = [];

  constructor(load: TopicLoad) {
    this.#load = load;
  }

  get rules(): readonly TopicOptions[] {
    return this.#load.rules;
  }

  async begin(place: Place): Promise<void> {
    this.#place = place;
    const { url, recorder, seed } = place;
    this.#random = new SeededRandom(seed);
    this.#subscribers = this.#load.followed.map(
      (pattern, i) => new Subscriber(url, `s${i}`, pattern, recorder),
    );
    await Promise.all(this.#subscribers.map(({ ready }) => ready));
    const { durable, states, publishers } = this.#load;
    this.#publishers = publishers.map(
      (each, i) =>
        new Publisher(url, {
          ...each,
          name: `p${i}`,
          number: i + 1,
          style: i % 2 === 0 ? "id" : "producer",
          forgetful: each.topics.filter((topic) => !durable.includes(topic)),
          states,
          random: new SeededRandom(seed + i + 1),
          recorder,
        }),
    );
  }

  disturb(): void {
    const subscriber = this.#random.of(this.#subscribers);
    if (this.#random.below(3) === 0) subscriber.reconnect();
    else subscriber.hop();
  }

  async look(): Promise<void> {
    await this.#look(this.#readUpTo);
  }

  async lookAtAll(): Promise<void> {
    await this.#look(new Map());
  }

  get isDone(): boolean {
    return this.#publishers.every(({ isDone }) => isDone);
  }

  /** As {@link isDone}, of those who need no disk. */
  get isDoneWithoutDisk(): boolean {
    const { durable, publishers } = this.#load;
    return this.#publishers.every(
      ({ isDone }, i) => isDone || publishers[i]!.topics.some((topic) => durable.includes(topic)),
    );
  }

  async drain(ms: number): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.drain(ms)));
  }

  get isSettled(): boolean {
    return this.#subscribers.every(({ who }) => this.#place.hasAll(who));
  }

  settle(): void {
    for (const { who } of this.#subscribers) this.#place.recorder.add({ kind: "settled", who });
  }

  async stop(): Promise<void> {
    for (const subscriber of this.#subscribers) subscriber.stop();
    await Promise.all(this.#publishers.map((publisher) => publisher.stop()));
  }

  forgetCloseCodes(): void {
    for (const { closeCodes } of this.#publishers) closeCodes.clear();
  }

  closeCodes(): readonly number[] {
    const failed = closeCodesOf["storage-failed"].code;
    return this.#publishers
      .filter(({ closeCodes }) => closeCodes.size > 0)
      .map(({ closeCodes }) => (closeCodes.has(failed) ? failed : LOST));
  }

  refusals(): ReadonlyMap<number, number> {
    const all = new Map<number, number>();
    for (const { refusals } of this.#publishers)
      for (const [code, count] of refusals) all.set(code, (all.get(code) ?? 0) + count);
    return all;
  }

  async #look(upTo: ReadUpTo): Promise<void> {
    const { url, recorder } = this.#place;
    await readAll(url, this.#load.durable, upTo, recorder);
    for (const topic of this.#load.states) await readValues(url, topic, recorder);
  }
}
