// A queue in a test: it is told the time by hand, and remembers what its listener was told.

import { limits } from "@fanwire/protocol";
import { Consumer } from "./consumer.ts";
import type { JobDraft, JobPast } from "./job.ts";
import type { Grave, QueueJob } from "./queue-listener.ts";
import { defaultsFor, type QueueSettings } from "./queue-settings.ts";
import type { Checked, Verb } from "./verbs.ts";
import { WorkQueue } from "./work-queue.ts";

const RUN = 2 ** 32;

/** A million jobs may wait here, and nothing is ever dropped or dead unless a test wants it. */
export class TestQueue {
  readonly queue: WorkQueue<string>;
  now: number;
  /** What the listener was told, in words. */
  readonly told: string[] = [];
  /** What becomes of the dead. */
  grave: Grave = "stays";
  leases = 0;

  constructor(settings: Partial<QueueSettings> = {}, now: number = 1_000_000) {
    this.now = now;
    const listener = {
      lost: ({ job, consumer }: NonNullable<QueueJob<string>["lease"]>, why: string) =>
        this.told.push(`${consumer.owner} lost ${nameOf(job)}: ${why}`),
      failed: (job: QueueJob<string>) => this.told.push(`${nameOf(job)} failed: ${job.error}`),
      dead: (job: QueueJob<string>, why: string) => {
        this.told.push(`${nameOf(job)} is dead: ${why}`);
        return this.grave;
      },
      expired: (job: QueueJob<string>) => this.told.push(`${nameOf(job)} expired`),
      activeChanged: ({ owner, isActive }: Consumer<string>) =>
        this.told.push(`${owner} ${isActive ? "is active" : "stands by"}`),
    };
    const all = { ...defaultsFor("q"), jobsMax: 1_000_000, backoffJitterPercent: 0, ...settings };
    this.queue = new WorkQueue("q", all, listener, 1, now);
  }

  /** What the listener was told since it was asked last. */
  takeTold(): string[] {
    return this.told.splice(0);
  }

  draft(name: string, draft: Partial<JobDraft> = {}): JobDraft {
    const bytes = Uint8Array.from(name, (c) => c.codePointAt(0)!);
    const none = { id: null, sender: null, group: null, origin: null, notBefore: -Infinity };
    const same = {
      ...none,
      priority: limits.jobPriorityDefault,
      sentAt: this.now,
      expiresAt: Infinity,
    };
    return { ...same, tail: bytes, ...draft };
  }

  /** Sends jobs by name, one after the other. */
  send(names: string, draft: Partial<JobDraft> = {}): QueueJob<string>[] {
    const all = names.split(" ").map((name) => this.draft(name, draft));
    return all.map((one) => this.queue.add(one, 0, this.now, true));
  }

  restore(
    seq: number,
    name: string,
    past: Partial<JobPast> = {},
    draft: Partial<JobDraft> = {},
  ): void {
    const none = { failures: 0, error: null, retryAt: -Infinity, isDead: false };
    this.queue.restore(seq, this.draft(name, draft), { ...none, ...past }, this.now);
  }

  join(
    owner: string,
    concurrency: number = 1,
    credit: number = 100,
    quota?: number,
  ): Consumer<string> {
    const consumer = new Consumer(owner, concurrency, credit, quota);
    this.queue.addConsumer(consumer);
    return consumer;
  }

  set(settings: Partial<QueueSettings>): void {
    this.queue.configure({ ...this.queue.settings, ...settings });
  }

  /** Gives out what there is, up to so many, and tells their names. */
  give(count: number = Infinity): string[] {
    const names: string[] = [];
    for (let job = this.#giveOne(); job !== undefined; job = this.#giveOne()) {
      names.push(nameOf(job));
      if (names.length >= count) break;
    }
    return names;
  }

  /** The same, and to whom. */
  giveTo(count: number): string[] {
    return Array.from({ length: count }, () => this.#giveOne())
      .filter((job) => job !== undefined)
      .map((job) => `${nameOf(job)} to ${job.lease!.consumer.owner}`);
  }

  find(name: string): QueueJob<string> {
    return [...this.queue.jobs()].find((job) => nameOf(job) === name)!;
  }

  /** What may be said of a job under the lease that it has, or under another one. */
  check(name: string, verb: Verb, lease?: number): "job" | Checked {
    const job = this.find(name);
    const checked = this.queue.check(job.seq, lease ?? job.lease!.number, verb, this.now);
    return checked === job ? "job" : (checked as Checked);
  }

  ack(...names: string[]): void {
    for (const name of names) this.queue.ack(this.find(name), this.now, null);
  }

  fail(name: string, delayMs: number | null = null): boolean {
    return this.queue.fail(this.find(name), this.now, delayMs, "no luck");
  }

  release(...names: string[]): void {
    for (const name of names) this.queue.release(this.find(name), this.now);
  }

  /** Time passes, and what is due is done. */
  pass(ms: number): void {
    this.now += ms;
    while (this.queue.tick(this.now, 100));
  }

  #giveOne(): QueueJob<string> | undefined {
    const job = this.queue.give(this.now, RUN + this.leases + 1);
    if (job !== undefined) this.leases++;
    return job;
  }
}

export function nameOf({ tail }: { tail: Uint8Array }): string {
  return String.fromCodePoint(...tail);
}
