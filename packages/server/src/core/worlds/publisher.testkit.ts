// A publisher that does not give up: what was not confirmed it sends again, as the same publication.

import { down, type EnvelopeValue } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { payloadOf } from "./payload.testkit.ts";
import type { Places } from "./places.testkit.ts";

export interface Sent {
  readonly topic: string;
  readonly n: number;
  readonly payload: number;
}

export interface Confirmed {
  readonly topic: string;
  readonly epoch: number;
  readonly offset: number;
  readonly payload: number;
}

/** `stored`: the records on disk; null for a topic that is not stored. */
export type StoredOf = (topic: string) => readonly Uint8Array[] | null;

export class Publisher {
  /** Of its publications, by numbers; null: they have ids. */
  readonly producer: number | null;
  readonly name: string;
  /** What it had confirmed; those of lost epochs are taken out by the world. */
  confirmed: Confirmed[] = [];
  /** Sent, and not confirmed, in the order of their numbers. */
  waiting: Sent[] = [];
  c!: TestClient;
  readonly #places: Places;
  readonly #storedOf: StoredOf;
  readonly #asked = new Map<number, Sent>();
  readonly #last = new Map<string, number>();
  #id = 0;

  constructor(name: string, producer: number | null, places: Places, storedOf: StoredOf) {
    this.name = name;
    this.producer = producer;
    this.#places = places;
    this.#storedOf = storedOf;
  }

  /** Goes on over a connection: all that waits is sent again. */
  connect(c: TestClient): void {
    this.c = c;
    this.#asked.clear();
    this.retry();
  }

  publish(topic: string, payload: number): void {
    const n = (this.#last.get(topic) ?? 0) + 1;
    this.#last.set(topic, n);
    this.#places.publish(payload, topic);
    const one = { topic, n, payload };
    // what is not kept is sent once
    if (this.#storedOf(topic) !== null) this.waiting.push(one);
    this.#send(one);
  }

  retry(): void {
    this.hear();
    for (const one of this.waiting.slice()) this.#send(one);
  }

  /** Reads its answers. */
  hear(): void {
    for (const frame of this.c.take()) {
      const one = this.#asked.get(frame[1] as number);
      if (one === undefined) continue;
      this.#asked.delete(frame[1] as number);
      if (frame[0] === down.OK) this.#confirm(one, frame[3] as number, frame[4] as number | null);
    }
  }

  #confirm(one: Sent, epoch: number, offset: number | null): void {
    const { topic, n, payload } = one;
    this.waiting = this.waiting.filter((other) => other.topic !== topic || other.n !== n);
    if (offset === null) return;
    const stored = this.#storedOf(topic);
    this.#places.seen(topic, epoch, offset, payload, stored);
    if (stored !== null) this.confirmed.push({ topic, epoch, offset, payload });
  }

  #send(one: Sent): void {
    const id = ++this.#id;
    this.#asked.set(id, one);
    const options = this.#optionsOf(one);
    this.c.send(
      client.publish(id, one.topic, payloadOf(one.payload), options === null ? {} : { options }),
    );
    this.hear();
  }

  #optionsOf({ topic, n }: Sent): Record<string, EnvelopeValue> | null {
    if (this.#storedOf(topic) === null) return null;
    if (this.producer === null) return { id: `${this.name}-${n}` };
    const sameTopic = this.waiting.filter((other) => other.topic === topic);
    return { id: [this.producer, n, Math.min(n, ...sameTopic.map((other) => other.n))] };
  }
}
