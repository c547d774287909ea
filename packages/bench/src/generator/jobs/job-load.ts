// Loads a queue: keeps so many jobs under way, and sees to it that each is done once.

import { passed } from "../../in-turn.ts";
import { HubJobs } from "./hub-jobs.ts";
import type { JobClient, JobFillOrder, JobFloodOrder, JobOrder, JobOutcome } from "./job-client.ts";
import { JobLedger } from "./job-ledger.ts";
import { RabbitJobs } from "./rabbit-jobs.ts";

/** When nothing moves for so long although something should, it is lost; in milliseconds. */
const LOST_MS = 10_000;

/** One queue and what was sent to it. */
export class JobLoad {
  readonly #client: JobClient;
  readonly #ledger: JobLedger;
  readonly #perMessage: number;

  private constructor(client: JobClient, ledger: JobLedger, perMessage: number) {
    this.#client = client;
    this.#ledger = ledger;
    this.#perMessage = perMessage;
  }

  static async open(order: JobOrder): Promise<JobLoad> {
    const ledger = new JobLedger();
    const opened = order.speaks === "amqp" ? RabbitJobs : HubJobs;
    return new JobLoad(await opened.open(order, ledger), ledger, order.perMessage);
  }

  take(credit: number): Promise<void> {
    return this.#client.take(credit);
  }

  /** Sends as fast as jobs are confirmed, or done. */
  async flood({ window, ms, until }: JobFloodOrder): Promise<JobOutcome> {
    const ledger = this.#ledger;
    const reached = (): number =>
      until === "done" ? Math.min(ledger.doneCount, ledger.confirmedCount) : ledger.confirmedCount;
    const before = reached();
    const cpu = process.cpuUsage();
    const begun = performance.now();
    ledger.latency.clear();
    const endAt = begun + ms;
    this.#keepUp(window, reached, (now) => now >= endAt);
    await passed(ms);
    await this.#until(reached);
    ledger.onMoved = () => {};
    if (until === "done") await this.#client.settled();
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const { p50, p99, max } = ledger.latency.percentiles();
    return {
      jobs: reached() - before,
      seconds,
      cpuSeconds: (user + system) / 1_000_000,
      p50Ms: p50,
      p99Ms: p99,
      maxMs: max,
    };
  }

  /** Sends so many, and waits until they are confirmed. Returns how long that took, in seconds. */
  async fill({ jobs, window }: JobFillOrder): Promise<number> {
    const ledger = this.#ledger;
    const reached = (): number => ledger.confirmedCount;
    const last = ledger.sent + jobs;
    const begun = performance.now();
    this.#keepUp(window, reached, () => ledger.sent >= last);
    await this.#until(reached, () => last);
    ledger.onMoved = () => {};
    return (performance.now() - begun) / 1000;
  }

  /** Waits until every job is done, and ends. Returns what must not be, in sentences. */
  async finish(): Promise<string[]> {
    await this.#until(() => this.#ledger.doneCount);
    await this.#client.settled();
    await this.#client.close();
    return this.#ledger.failures();
  }

  /** Sends whenever there is room in the window, until it is the end. */
  #keepUp(window: number, reached: () => number, isEnd: (now: number) => boolean): void {
    const ledger = this.#ledger;
    let isScheduled = false;
    const turn = (): void => {
      isScheduled = false;
      const now = performance.now();
      while (!isEnd(now) && ledger.sent - reached() + this.#perMessage <= window)
        this.#client.send(ledger.send(this.#perMessage), now);
    };
    ledger.onMoved = () => {
      if (!isScheduled) setImmediate(turn);
      isScheduled = true;
    };
    turn();
  }

  /** Resolves when so many have reached it, or nothing more does. */
  async #until(
    reached: () => number,
    wanted: () => number = () => this.#ledger.sent,
    before = -1,
    movedAt: number = performance.now(),
  ): Promise<void> {
    const now = reached();
    if (now >= wanted()) return;
    const at = performance.now();
    if (now === before && at - movedAt > LOST_MS) return;
    await passed(1);
    await this.#until(reached, wanted, now, now === before ? movedAt : at);
  }
}
