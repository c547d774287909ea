// Who holds what, and until when. A consumer works at the oldest jobs that it holds, as many as it said; the others it has in reserve.

import type { Consumer } from "./consumer.ts";
import { Line } from "./line.ts";
import type { QueueLease } from "./queue-listener.ts";

export class Leases<O> {
  /** How long a job may be worked at; Infinity: without an end. Holds for those that begin from then on. */
  maxProcessingMs: number = Infinity;
  readonly #line: Line<QueueLease<O>> = new Line();

  /** The one that runs out first. */
  get first(): QueueLease<O> | null {
    return this.#line.first;
  }

  get firstKey(): number {
    return this.#line.firstKey;
  }

  begin(lease: QueueLease<O>, dueAt: number, now: number): void {
    const { consumer } = lease;
    const { newest } = consumer;
    lease.older = newest;
    if (newest === null) consumer.oldest = lease;
    else newest.newer = lease;
    consumer.newest = lease;
    consumer.held++;
    this.#line.add(lease, dueAt);
    if (consumer.started < consumer.concurrency) this.#start(lease, now);
  }

  /** The consumer holds it no more; it begins with the next one. */
  end(lease: QueueLease<O>, now: number): void {
    const { consumer, older, newer } = lease;
    if (older === null) consumer.oldest = newer;
    else older.newer = newer;
    if (newer === null) consumer.newest = older;
    else newer.older = older;
    consumer.held--;
    this.#line.remove(lease);
    if (lease.isStarted) {
      consumer.started--;
      if (consumer.lastStarted === lease) consumer.lastStarted = older;
      this.#startNext(consumer, now);
    }
    lease.older = null;
    lease.newer = null;
  }

  /** What it ended with was not to be: it goes on. The consumer had begun with it, whatever was thought. */
  resume(lease: QueueLease<O>, now: number): void {
    const { consumer } = lease;
    const { oldest } = consumer;
    lease.newer = oldest;
    if (oldest === null) consumer.newest = lease;
    else oldest.older = lease;
    consumer.oldest = lease;
    consumer.held++;
    consumer.started++;
    if (consumer.lastStarted === null) consumer.lastStarted = lease;
    if (!lease.isStarted) lease.startedAt = now;
    this.#line.add(lease, lease.key);
  }

  /** It runs out at another time, but no later than its consumer may work at it. */
  extend(lease: QueueLease<O>, dueAt: number): void {
    this.#line.remove(lease);
    const end = lease.isStarted ? lease.startedAt + this.maxProcessingMs : Infinity;
    this.#line.add(lease, Math.min(dueAt, end));
  }

  /** Whether it has been worked at for too long. */
  isTooLong(lease: QueueLease<O>, now: number): boolean {
    return lease.isStarted && now >= lease.startedAt + this.maxProcessingMs;
  }

  #startNext(consumer: Consumer<O>, now: number): void {
    if (consumer.started >= consumer.concurrency) return;
    const { lastStarted } = consumer;
    const next = lastStarted === null ? consumer.oldest : lastStarted.newer;
    if (next !== null) this.#start(next, now);
  }

  #start(lease: QueueLease<O>, now: number): void {
    const { consumer } = lease;
    lease.startedAt = now;
    consumer.lastStarted = lease;
    consumer.started++;
    if (now + this.maxProcessingMs < lease.key) this.extend(lease, lease.key);
  }
}

/** What a consumer holds, the newest first. `reserve`: only what it has not begun with. */
export function heldBy<O>({ newest, lastStarted }: Consumer<O>, reserve: boolean): QueueLease<O>[] {
  const all: QueueLease<O>[] = [];
  const end = reserve ? lastStarted : null;
  for (let lease = newest; lease !== end && lease !== null; lease = lease.older) all.push(lease);
  return all;
}
