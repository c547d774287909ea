// Who is a member of a topic. Of the first so many the state of `$presence.<topic>` tells all; the others wait for a place there. How many
// there are altogether is told by `$members.<topic>`.

import type { LiveSession, LiveTopic } from "./session.ts";
import type { Timed } from "./wheel.ts";

/** Members of a topic of whom all is told. */
const LISTED_MAX = 1000;

/** What a member says of itself. */
export interface Said {
  readonly encoding: number;
  readonly bytes: Uint8Array;
}

export class Members implements Timed {
  /** Where those are told who have a place. */
  readonly topic: LiveTopic;
  /** When their count is to be told; Infinity: it is. */
  dueAt: number = Infinity;
  /** When it was told last. */
  toldAt: number = -Infinity;
  readonly #listed = new Set<LiveSession>();
  /** In the order in which they came. */
  readonly #waiting = new Map<LiveSession, Said>();
  /** Sessions of each subject; one without a subject is its own. */
  readonly #sessions = new Map<string | LiveSession, number>();

  constructor(topic: LiveTopic) {
    this.topic = topic;
  }

  /** All of them. */
  get count(): number {
    return this.#listed.size + this.#waiting.size;
  }

  /** How many they are when one with several sessions counts once. */
  get subjects(): number {
    return this.#sessions.size;
  }

  /** A session says something of itself. Returns whether it has a place; otherwise that waits with it. */
  enter(session: LiveSession, said: Said): boolean {
    if (this.#listed.has(session)) return true;
    if (!this.#waiting.has(session)) this.#add(session, 1);
    if (this.#listed.size < LISTED_MAX) {
      this.#listed.add(session);
      return true;
    }
    // what it said is a view of what came
    this.#waiting.set(session, { ...said, bytes: said.bytes.slice() });
    return false;
  }

  /** A session is gone. Returns whether it had a place. */
  leave(session: LiveSession): boolean {
    this.#add(session, -1);
    this.#waiting.delete(session);
    return this.#listed.delete(session);
  }

  /** What a session said that waits for a place. */
  waiting(session: LiveSession): Said | undefined {
    return this.#waiting.get(session);
  }

  /** The first that waits gets a place that is free; undefined: there is none of the one or the other. */
  next(): readonly [LiveSession, Said] | undefined {
    const first = this.#waiting.entries().next().value;
    if (first === undefined || this.#listed.size >= LISTED_MAX) return undefined;
    this.#waiting.delete(first[0]);
    this.#listed.add(first[0]);
    return first;
  }

  #add(session: LiveSession, change: number): void {
    const subject = session.publisher ?? session;
    const count = (this.#sessions.get(subject) ?? 0) + change;
    if (count > 0) this.#sessions.set(subject, count);
    else this.#sessions.delete(subject);
  }
}
