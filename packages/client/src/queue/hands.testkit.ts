// Workers for tests: handlers whose jobs end when the test says.

import { turn } from "../fake-hub.testkit.ts";
import type { JobInfo } from "./job.ts";
import { jobs, QueueBench } from "./queue-hub.testkit.ts";
import type { ConsumeOptions, Handler, Worker, WorkerJob } from "./working.ts";

/** Verbs of SETTLE. */
export const ACK = 0;
export const RELEASE = 1;
export const FAIL = 2;
export const REJECT = 3;
export const TOUCH = 4;
export const PROGRESS = 5;

/** A handler whose jobs end when the test says. */
export class Hands {
  readonly jobs: WorkerJob[] = [];
  readonly errors: [code: unknown, seq: number | undefined][] = [];
  readonly #ends: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  readonly handler: Handler = (job) =>
    new Promise<void>((resolve, reject) => {
      this.jobs.push(job);
      this.#ends.push({ resolve, reject });
    });

  readonly onError = (error: unknown, job: JobInfo | undefined): void => {
    const { code, message } = error as { code?: string; message: string };
    this.errors.push([code ?? message, job?.seq]);
  };

  /** The numbers of the jobs that began. */
  get begun(): number[] {
    return this.jobs.map(({ seq }) => seq);
  }

  async end(i: number, error?: unknown): Promise<void> {
    if (error === undefined) this.#ends[i]!.resolve();
    else this.#ends[i]!.reject(error);
    await turn();
  }
}

/** The hub says nothing for long, and is not asked. */
const quiet = { pingMs: 10_000_000 };

/** A worker that is served on a live link, and its hands. */
export async function working(
  options: ConsumeOptions = {},
  seqs: readonly number[] = [],
): Promise<{ bench: QueueBench; worker: Worker; hands: Hands }> {
  const bench = new QueueBench({ onDiagnostic: () => {} });
  await bench.welcome(quiet);
  const hands = new Hands();
  const worker = bench.q.consume(hands.handler, { onError: hands.onError, ...options });
  await turn();
  await bench.serve({}, ...seqs.map((seq) => jobs.delivery(7, seq)));
  return { bench, worker, hands };
}
