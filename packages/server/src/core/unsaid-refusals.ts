// Publications that asked for no answer are still not refused in silence: at most once a second and topic it is said how many were.

import type { Timed } from "./wheel.ts";

/** Between two times that the same thing is said, in milliseconds. */
const QUIET_MS = 1000;

/** Topics that are counted apart; those beyond share one count without a topic. */
const TOPICS_MAX = 32;

/** What has been refused of one topic since it was last said. */
interface Refused {
  count: number;
  code: number;
  text: string;
}

/** Says one refusal: its topic (null: of several), the last code and text, and how many it stands for. */
export type Say = (
  topic: string | number | null,
  code: number,
  text: string,
  count: number,
) => void;

export class UnsaidRefusals<S> implements Timed {
  readonly session: S;
  /** When what was counted is due to be said; Infinity when nothing was. */
  dueAt: number = Infinity;
  readonly #byTopic = new Map<string | number | null, Refused>();

  constructor(session: S) {
    this.session = session;
  }

  /** Counts a refusal, or says it at once when none of its topic was said lately. Returns whether a deadline began. */
  add(now: number, topic: string | number, code: number, text: string, say: Say): boolean {
    const key = this.#byTopic.has(topic) || this.#byTopic.size < TOPICS_MAX ? topic : null;
    const refused = this.#byTopic.get(key);
    if (refused !== undefined) {
      refused.count++;
      refused.code = code;
      refused.text = text;
      return false;
    }
    this.#byTopic.set(key, { count: 0, code, text });
    say(key, code, text, 1);
    if (this.dueAt < Infinity) return false;
    this.dueAt = now + QUIET_MS;
    return true;
  }

  /** The second has passed: says what was counted in it. Returns whether another one begins. */
  settle(now: number, say: Say): boolean {
    for (const [topic, refused] of this.#byTopic) {
      if (refused.count > 0) say(topic, refused.code, refused.text, refused.count);
      if (refused.count === 0) this.#byTopic.delete(topic);
      refused.count = 0;
    }
    this.dueAt = this.#byTopic.size > 0 ? now + QUIET_MS : Infinity;
    return this.dueAt < Infinity;
  }
}
