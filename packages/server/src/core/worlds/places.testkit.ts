// What a world knows for certain: which payload stands at which place, and what of it is on disk.

import type { FaultKind } from "@fanwire/testkit";
import { numberIn } from "./payload.testkit.ts";

/** Takes what went wrong. */
export type Tell = (kind: FaultKind, sentence: string) => void;

export class Places {
  readonly #tell: Tell;
  /** By topic and epoch: payloads by offset. */
  readonly #payloads = new Map<string, Map<number, number>>();
  /** The highest offset that was seen of a topic in an epoch. */
  readonly #highest = new Map<string, number>();
  /** Topics by payload. */
  readonly #published = new Map<number, string>();
  readonly #refused = new Set<number>();
  readonly #durable = new Set<number>();
  #looked = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  publish(payload: number, topic: string): void {
    this.#published.set(payload, topic);
  }

  /** It was refused for good: nobody will ever get it. */
  refuse(payload: number): void {
    this.#refused.add(payload);
  }

  /** A hub begins with what is stored. */
  restart(snapshot: readonly Uint8Array[]): void {
    this.#durable.clear();
    this.#looked = 0;
    this.#add(snapshot);
  }

  /** Somebody was shown, or told, that a payload stands there. `stored`: the records on disk; null where nothing is stored. */
  seen(
    topic: string,
    epoch: number,
    offset: number,
    payload: number,
    stored: readonly Uint8Array[] | null,
  ): void {
    const key = placesOf(topic, epoch);
    const payloads = this.#payloads.get(key) ?? new Map<number, number>();
    this.#payloads.set(key, payloads);
    const other = payloads.get(offset);
    if (other !== undefined && other !== payload)
      this.#tell("changed", `${topic} ${epoch}:${offset} was ${other}, and is ${payload}`);
    payloads.set(offset, payload);
    this.#highest.set(key, Math.max(this.#highest.get(key) ?? 0, offset));
    if (this.#published.get(payload) !== topic || this.#refused.has(payload))
      this.#tell("invented", `${topic} tells ${payload}, which nobody has published there`);
    if (stored !== null && !this.#isDurable(payload, stored))
      this.#tell("shown-early", `${topic} tells ${payload}, which is not on disk`);
  }

  /** A head was told. */
  head(topic: string, epoch: number, head: number): void {
    const known = this.highest(topic, epoch);
    if (head < known) this.#tell("went-back", `${topic} was at ${known}, and is at ${head}`);
  }

  /** The highest offset that anybody has seen; 0 when none was. */
  highest(topic: string, epoch: number): number {
    return this.#highest.get(placesOf(topic, epoch)) ?? 0;
  }

  #isDurable(payload: number, stored: readonly Uint8Array[]): boolean {
    this.#add(stored.slice(this.#looked));
    this.#looked = stored.length;
    return this.#durable.has(payload);
  }

  #add(records: readonly Uint8Array[]): void {
    for (const record of records) {
      const found = numberIn(record);
      if (found !== undefined) this.#durable.add(found);
    }
  }
}

/** A topic in one epoch, as a key. */
export function placesOf(topic: string, epoch: number): string {
  return `${topic} ${epoch}`;
}
