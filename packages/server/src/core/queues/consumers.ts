// The consumers of a queue. Those that may be given a job stand in a ring and take turns.

import type { Consumer } from "./consumer.ts";

export class Consumers<O> {
  /** Jobs that all of them together work at at a time. */
  concurrency = 0;
  readonly #all = new Set<Consumer<O>>();
  readonly #activeChanged: (consumer: Consumer<O>) => void;
  #isSingle: boolean;
  /** The one that gets all jobs, if one does. */
  #active: Consumer<O> | null = null;
  #head: Consumer<O> | null = null;
  #tail: Consumer<O> | null = null;

  /** `isSingle`: one gets all jobs. */
  constructor(isSingle: boolean, activeChanged: (consumer: Consumer<O>) => void) {
    this.#isSingle = isSingle;
    this.#activeChanged = activeChanged;
  }

  /** In the order in which they joined. */
  get all(): ReadonlySet<Consumer<O>> {
    return this.#all;
  }

  /** Whose turn it is; null: nobody may be given anything. */
  get next(): Consumer<O> | null {
    return this.#head;
  }

  add(consumer: Consumer<O>): void {
    this.#all.add(consumer);
    this.concurrency += consumer.concurrency;
    consumer.isJoined = true;
    consumer.isActive = !this.#isSingle;
    this.#elect(consumer);
    this.refresh(consumer);
  }

  remove(consumer: Consumer<O>): void {
    if (!this.#all.delete(consumer)) return;
    this.concurrency -= consumer.concurrency;
    consumer.isJoined = false;
    consumer.isActive = false;
    this.refresh(consumer);
    this.#elect(null);
  }

  /** Something changed about it: it enters the ring, or leaves it. */
  refresh(consumer: Consumer<O>): void {
    const isAvailable =
      consumer.held < consumer.credit &&
      consumer.quota > 0 &&
      consumer.isActive &&
      !consumer.isBlocked &&
      !consumer.isStalled;
    if (isAvailable === consumer.isAvailable) return;
    if (isAvailable) this.#enter(consumer);
    else this.#leave(consumer);
  }

  /** It was given a job: it is the next one's turn. */
  gave(consumer: Consumer<O>): void {
    consumer.quota--;
    if (consumer.next !== null) {
      this.#leave(consumer);
      this.#enter(consumer);
    }
    this.refresh(consumer);
  }

  /** It is not answering, or answers again. */
  stall(consumer: Consumer<O>, isStalled: boolean): void {
    if (consumer.isStalled === isStalled) return;
    consumer.isStalled = isStalled;
    this.refresh(consumer);
    if (consumer.isJoined) this.#elect(null);
  }

  /** One gets all jobs from now on, or no longer. */
  setSingle(isSingle: boolean): void {
    if (isSingle === this.#isSingle) return;
    this.#isSingle = isSingle;
    this.#active = null;
    const [first] = this.#all;
    for (const consumer of this.#all) {
      const isActive = !isSingle || consumer === first;
      if (isActive && isSingle) this.#active = consumer;
      if (isActive !== consumer.isActive) this.#set(consumer, isActive);
    }
    this.#elect(null);
  }

  /** Sees to it that one that answers is active, if there is one. `newcomer` is not told. */
  #elect(newcomer: Consumer<O> | null): void {
    if (!this.#isSingle) return;
    const former = this.#active;
    if (former !== null && former.isJoined && !former.isStalled) return;
    let elected = former !== null && former.isJoined ? former : null;
    for (const consumer of this.#all) {
      elected ??= consumer;
      if (consumer.isStalled) continue;
      elected = consumer;
      break;
    }
    if (elected === former) return;
    this.#active = elected;
    if (former !== null && former.isJoined) this.#set(former, false);
    if (elected === null) return;
    if (elected === newcomer) elected.isActive = true;
    else this.#set(elected, true);
  }

  #set(consumer: Consumer<O>, isActive: boolean): void {
    consumer.isActive = isActive;
    this.refresh(consumer);
    this.#activeChanged(consumer);
  }

  #enter(consumer: Consumer<O>): void {
    const tail = this.#tail;
    consumer.isAvailable = true;
    consumer.previous = tail;
    if (tail === null) this.#head = consumer;
    else tail.next = consumer;
    this.#tail = consumer;
  }

  #leave(consumer: Consumer<O>): void {
    const { previous, next } = consumer;
    consumer.isAvailable = false;
    if (previous === null) this.#head = next;
    else previous.next = next;
    if (next === null) this.#tail = previous;
    else next.previous = previous;
    consumer.previous = null;
    consumer.next = null;
  }
}
