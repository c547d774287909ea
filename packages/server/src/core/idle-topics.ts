// Topics that hold nothing, about in the order in which they were used last: the ones to forget. Using one costs nothing: a topic that
// was used after it was put here gets another turn at the end (the algorithm known as second chance).

import type { LiveTopic } from "./session.ts";

/** A topic is forgotten when it was not used for this long, or for up to twice as long, in milliseconds; earlier when the hub is full. */
const KEPT_MS = 600_000;

/** Steps that one call may take: what is left waits for the next call. */
const STEPS_MAX = 1000;

export class IdleTopics {
  #queue: LiveTopic[] = [];
  /** What had been shown when each of them was put into the queue … */
  #shown: number[] = [];
  /** … and when that was. */
  #at: number[] = [];
  #next = 0;

  /** `shown`: the show number of what was shown last. The topic must be known and hold nothing. */
  add(topic: LiveTopic, now: number, shown: number): void {
    topic.standing = "idle";
    this.#queue.push(topic);
    this.#shown.push(shown);
    this.#at.push(now);
  }

  /** The one to forget now that the hub is full; undefined when every topic holds something. */
  longestUnused(now: number, shown: number): LiveTopic | undefined {
    for (let left = (this.#queue.length - this.#next) * 2; left > 0; left--) {
      if (this.#next === this.#queue.length) return undefined;
      const topic = this.#step(now, shown);
      if (topic !== undefined) return topic;
    }
    return undefined;
  }

  /** Hands over those that nobody used for long. */
  expire(now: number, shown: number, forget: (topic: LiveTopic) => void): void {
    for (let steps = 0; steps < STEPS_MAX && this.#next < this.#queue.length; steps++) {
      if (this.#at[this.#next]! + KEPT_MS > now) return;
      const topic = this.#step(now, shown);
      if (topic !== undefined) forget(topic);
    }
  }

  /** Takes the first of the queue: it is returned when it holds nothing and was not used since it came here. */
  #step(now: number, shown: number): LiveTopic | undefined {
    const topic = this.#queue[this.#next]!;
    const since = this.#shown[this.#next]!;
    this.#next++;
    if (this.#next > 1024 && this.#next * 2 > this.#queue.length) this.#compact();
    topic.standing = "known";
    if (holdsSomething(topic)) return undefined;
    if (topic.lastShow <= since) return topic;
    this.add(topic, now, shown);
    return undefined;
  }

  #compact(): void {
    this.#queue = this.#queue.slice(this.#next);
    this.#shown = this.#shown.slice(this.#next);
    this.#at = this.#at.slice(this.#next);
    this.#next = 0;
  }
}

/** Such a topic is put back when it no longer does. What is stored of a topic, its epoch and head, is never forgotten. */
export function holdsSomething(topic: LiveTopic): boolean {
  return (
    topic.followers > 0 ||
    (topic.log !== null && topic.log.count > 0) ||
    (topic.state !== null && topic.state.bytes > 0) ||
    topic.storeNumber > 0 ||
    topic.pending > 0
  );
}
