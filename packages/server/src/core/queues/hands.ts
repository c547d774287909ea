// What is in the hands of consumers: whose turn it is to get something, and what each of them holds.

import type { Consumer } from "./consumer.ts";
import { Consumers } from "./consumers.ts";
import { Lease } from "./job.ts";
import { Leases } from "./leases.ts";
import { Pace } from "./pace.ts";
import type { QueueFigures } from "./queue-figures.ts";
import type { QueueJob } from "./queue-listener.ts";
import type { QueueSettings } from "./queue-settings.ts";

export class Hands<O> {
  readonly consumers: Consumers<O>;
  readonly leases: Leases<O> = new Leases();
  readonly #figures: QueueFigures;
  readonly #pace: Pace = new Pace();
  #settings: QueueSettings;
  /** Jobs that are held. */
  #held = 0;

  constructor(
    settings: QueueSettings,
    figures: QueueFigures,
    activeChanged: (consumer: Consumer<O>) => void,
  ) {
    this.#settings = settings;
    this.#figures = figures;
    this.consumers = new Consumers(settings.singleActive, activeChanged);
    this.configure(settings);
  }

  configure(settings: QueueSettings): void {
    this.#settings = settings;
    this.#pace.perSecond = settings.ratePerSecond;
    this.leases.maxProcessingMs = settings.maxProcessingMs ?? Infinity;
    this.consumers.setSingle(settings.singleActive);
  }

  /** From when on something may be given to somebody; Infinity: time alone does not bring it about. */
  get freeAt(): number {
    const { next } = this.consumers;
    const { concurrency, singleActive } = this.#settings;
    if (next === null || (concurrency !== null && this.#held >= concurrency)) return Infinity;
    return singleActive && this.#held !== next.held ? Infinity : this.#pace.freeAt;
  }

  /** Gives a job to the next consumer, under a lease with this number. */
  give(job: QueueJob<O>, number: number, now: number): void {
    const consumer = this.consumers.next!;
    const lease = new Lease(number, job, consumer, now);
    this.#figures.gave(now, job.given === 0 ? now - job.base : null);
    job.lease = lease;
    job.lastLease = number;
    job.isCounted = false;
    job.given++;
    this.#held++;
    this.leases.begin(lease, now + this.#settings.leaseMs, now);
    this.consumers.gave(consumer);
    this.#pace.take(now);
  }

  /** Takes a job out of its consumer's hands; it keeps its lease, until whoever decides about it forgets that. */
  take(job: QueueJob<O>, now: number): void {
    const lease = job.lease!;
    this.#held--;
    this.leases.end(lease, now);
    this.consumers.refresh(lease.consumer);
    this.#figures.gotBack(now, now - lease.givenAt);
  }

  /** Its consumer has done with a job. `processingMs`: as it measured; null: as it looks from here. */
  finish(job: QueueJob<O>, now: number, processingMs: number | null): void {
    const { startedAt, givenAt, isStarted } = job.lease!;
    this.#figures.processed(processingMs ?? now - (isStarted ? startedAt : givenAt));
    this.take(job, now);
  }

  /** Puts a job back that was taken: its consumer has not done with it after all. */
  restore(job: QueueJob<O>, now: number): void {
    const lease = job.lease!;
    this.#held++;
    this.leases.resume(lease, now);
    this.consumers.refresh(lease.consumer);
    this.#figures.gave(now, null);
  }
}
