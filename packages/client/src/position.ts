// Where the application stands, as it sees it and as it is kept here.

import type { limits } from "@fanwire/protocol";

declare const brand: unique symbol;

/**
 * A place in the log of a topic, or in all that a pattern gets. Opaque: keep it, compare it for equality, give it back; nothing else is
 * promised.
 */
export type Position = string & { readonly [brand]: "position" };

/**
 * Where to begin: behind a position; with what comes now; with the first that is kept; or with the last so many, at most 1,000,000. Of
 * a pattern: a position that its subscription had, or now.
 */
export type From = Position | "now" | "start" | { readonly last: number };

/** The same, so that what is equal is the same: the last n, `start`, `state`, or a position. */
export type Start = number | string;

/** With the latest publication of each key. */
export const STATE = "state";

/** How many topics may stand beside a mark, and what each takes at most beside its name, in bytes. */
const topicsMax: typeof limits.markTopicsMax = 1024;
const topicBytes = 32;

/** A publication of a topic. */
export type At = readonly [epoch: number, offset: number];

/** The position of a publication. */
export const position = ([epoch, offset]: At): Position => `${epoch}:${offset}` as Position;

/** Whether `at` is what one who stands at `known` has been told already. */
export const isKnown = (known: At | undefined, [epoch, offset]: At): boolean =>
  known?.[0] === epoch && offset <= known[1];

const atOf = (epoch: string, offset: string): At => [+epoch, +offset];

/** How far somebody was served. Of a topic: its last publication. Of a pattern: a mark, and the last of each topic since. */
export class Place {
  /** Of a pattern; undefined: the hub has told none. */
  mark: Uint8Array | undefined;
  /** Of a topic. */
  at: At | undefined;
  readonly #after: Map<string, At> | undefined;

  /** `topic`: undefined for a pattern. */
  constructor(topic: string | undefined) {
    this.#after = topic ? undefined : new Map();
  }

  /** The last of a topic. */
  get(topic: string): At | undefined {
    return this.#after ? this.#after.get(topic) : this.at;
  }

  set(topic: string, at: At): void {
    if (this.#after) this.#after.set(topic, at);
    else this.at = at;
  }

  /** All of a pattern up to the mark was served. */
  reach(mark: Uint8Array): void {
    this.mark = mark;
    this.#after?.clear();
  }

  /** From here on as `other`, beside what is known already. */
  follow(other: Place): void {
    if (other.mark) this.reach(other.mark);
    this.at = other.at ?? this.at;
    for (const [topic, at] of other.#after ?? []) this.set(topic, at);
  }

  /** As the hub is asked to go on from here: what has no room beside the mark, in `bytes`, comes again, and is known. Undefined: nowhere yet. */
  from(bytes: number): unknown {
    if (!this.mark) return this.at;
    const from: unknown[] = [this.mark];
    for (const [name, at] of [...this.#after!].slice(0, topicsMax)) {
      bytes -= name.length + topicBytes;
      if (bytes < 0) break;
      from.push(name, ...at);
    }
    return from;
  }

  /** Undefined: nowhere yet. */
  position(): Position | undefined {
    if (!this.mark) return this.at && position(this.at);
    const all = [`~${btoa(String.fromCharCode(...this.mark))}`];
    for (const [name, at] of this.#after!) all.push(`${name}:${position(at)}`);
    return all.join(" ") as Position;
  }

  /** Whether its numbers can be. */
  get isSound(): boolean {
    return [...(this.#after?.values() ?? this.at!)].flat().every(Number.isSafeInteger);
  }
}

/** Positions of topics, and of patterns: a mark in Base64, topics with their positions. */
const forms = [/^\d+:\d+$/u, /^~[\w+/]{2,86}={0,2}( [^ ]+:\d+:\d+)*$/u] as const;

/** Whether it is a position of the topic, or of a pattern where there is no topic. */
export const isPosition = (text: unknown, topic: string | undefined): text is Position =>
  typeof text === "string" && forms[topic ? 0 : 1].test(text) && placeOf(text, topic).isSound;

/** Where a position of that kind is. */
export function placeOf(text: string, topic: string | undefined): Place {
  const place = new Place(topic);
  const [first, ...others] = (topic ? `~ ${topic}:${text}` : text).split(" ");
  if (!topic) place.mark = Uint8Array.from(atob(first!.slice(1)), (c) => c.charCodeAt(0));
  for (const other of others) {
    const parts = other.split(":");
    const [epoch, offset] = parts.splice(-2);
    place.set(parts.join(":"), atOf(epoch!, offset!));
  }
  return place;
}

/**
 * Where a feed goes for a start; nowhere, for one that the hub alone knows. `known`: what others had of the topic, so that it does not go
 * beyond, and they miss nothing.
 */
export function goalOf(start: Start, topic: string | undefined, known?: At): Place {
  const isPlace = isPosition(start, topic);
  const place = isPlace ? placeOf(start, topic) : new Place(topic);
  if (!topic || !known || start === STATE) return place;
  const [epoch, offset] = known;
  const at = place.at ?? [epoch, typeof start === "number" ? offset - start : 0];
  place.at = isKnown(known, at) ? [epoch, Math.max(at[1], 0)] : at[0] === epoch ? known : at;
  return place;
}
