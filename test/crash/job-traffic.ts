// Jobs: senders that send each until it is answered, workers that do most of them. What is rejected or fails too often goes to a queue for the
// dead, of which the workers take it too.

import { once } from "node:events";
import { closeCodes as closeCodesOf, down } from "@fanwire/protocol";
import type { TopicOptions } from "@fanwire/server";
import { client, SeededRandom } from "@fanwire/testkit";
import { BACKLOG, JobSender } from "./job-sender.ts";
import { JobWorker } from "./job-worker.ts";
import { RawLink } from "./raw.ts";
import type { Place, Traffic } from "./traffic.ts";

const QUEUES = ["jobs", "ordered"];
const ALL = [...QUEUES, "jobs~dead"];

/** As they are declared. A worker that is gone is not waited for. */
const DECLARED = {
  jobs: { maxFailures: 3, backoffMs: 20, leaseMs: 5000, resumeMs: 0 },
  // a job that is dead leaves its group to the next: here none ever is, so the order holds
  ordered: { groupConcurrency: 1, maxFailures: 0, backoffMs: 20, leaseMs: 5000, resumeMs: 0 },
} as const;

const SENDERS = 2;
const WORKERS = 3;

/** A link that was lost, and nobody said why. */
const LOST = 1006;

/** Whoever this is has all when all that was confirmed is done. */
export const WORKERS_ALL = "workers";

export class JobTraffic implements Traffic {
  readonly rules: readonly TopicOptions[] = [];
  readonly isDone = true;
  readonly #window: number;
  /** Jobs that nobody has done, as far as is known here. */
  readonly #left: () => number;
  #place!: Place;
  #random!: SeededRandom;
  #senders: readonly JobSender[] = [];
  #workers: readonly JobWorker[] = [];

  constructor(window: number, left: () => number) {
    this.#window = window;
    this.#left = left;
  }

  async begin(place: Place): Promise<void> {
    this.#place = place;
    const { url, recorder, seed } = place;
    this.#random = new SeededRandom(seed);
    await declare(url);
    const randomOf = (i: number): SeededRandom => new SeededRandom(seed * 100 + i);
    this.#workers = Array.from(
      { length: WORKERS },
      (_, i) =>
        new JobWorker(url, {
          who: `w${i}`,
          queues: ALL,
          rejected: ["jobs"],
          random: randomOf(i),
          recorder,
        }),
    );
    this.#senders = Array.from(
      { length: SENDERS },
      (_, i) =>
        new JobSender(
          url,
          {
            name: `j${i}`,
            queues: QUEUES,
            grouped: ["ordered"],
            window: this.#window,
            random: randomOf(WORKERS + i),
            recorder,
          },
          () => this.#left() < BACKLOG,
        ),
    );
  }

  disturb(): void {
    this.#random.of(this.#workers).cut();
    for (const sender of this.#senders) sender.fill();
  }

  /** What is in queues only workers are told. */
  async look(): Promise<void> {}

  async lookAtAll(): Promise<void> {}

  async drain(ms: number): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.drain(ms)));
  }

  get isSettled(): boolean {
    return this.#place.hasAll(WORKERS_ALL);
  }

  settle(): void {}

  async stop(): Promise<void> {
    await Promise.all([...this.#senders, ...this.#workers].map((each) => each.stop()));
  }

  forgetCloseCodes(): void {
    for (const { closeCodes } of [...this.#senders, ...this.#workers]) closeCodes.clear();
  }

  closeCodes(): readonly number[] {
    const failed = closeCodesOf["storage-failed"].code;
    return [...this.#senders, ...this.#workers]
      .filter(({ closeCodes }) => closeCodes.size > 0)
      .map(({ closeCodes }) => (closeCodes.has(failed) ? failed : LOST));
  }

  refusals(): ReadonlyMap<number, number> {
    const all = new Map<number, number>();
    for (const { refusals } of this.#senders)
      for (const [code, count] of refusals) all.set(code, (all.get(code) ?? 0) + count);
    return all;
  }
}

/** The queues are there when this resolves, on disk. */
async function declare(url: string): Promise<void> {
  const answers = new EventTarget();
  const link = await RawLink.open(url, ([op, id]) => {
    if (op === down.OK || op === down.REFUSED) answers.dispatchEvent(new Event(`${id as number}`));
  });
  for (const [i, [name, said]] of Object.entries(DECLARED).entries()) {
    const answered = once(answers, `${i + 1}`);
    link.send(client.manage(i + 1, "declare", name, said));
    await answered;
  }
  link.cut();
}
