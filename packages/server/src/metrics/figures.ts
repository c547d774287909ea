// What the hub says of itself, as a publication on `$sys.hub`.

import { monitorEventLoopDelay } from "node:perf_hooks";

/** What is counted since the hub started. */
export interface Totals {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly topics: number;
  readonly publications: number;
  readonly deliveries: number;
}

/** The payload of `$sys.hub`. Rates are of the time since the one before. */
export interface HubFigures {
  readonly sessions: number;
  readonly subscriptions: number;
  readonly topics: number;
  readonly publicationsPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** How late the event loop was. */
  readonly loopDelayMeanMs: number;
  readonly loopDelayP99Ms: number;
  /** Of the hub's process, 100 being one core. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly uptimeMs: number;
  readonly version: string;
}

/** How often the loop's delay is sampled, in milliseconds: every sample is at least this long, and only the rest is delay. */
const SAMPLE_MS = 10;

export class Figures {
  readonly #version: string;
  readonly #loop = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  #before: Totals;
  #cpuBefore: NodeJS.CpuUsage = process.cpuUsage();
  #at: number = performance.now();
  readonly #startedAt: number = this.#at;

  constructor(version: string, totals: Totals) {
    this.#version = version;
    this.#before = totals;
    this.#loop.enable();
  }

  stop(): void {
    this.#loop.disable();
  }

  /** The figures since the last call. */
  take(totals: Totals): HubFigures {
    const now = performance.now();
    const seconds = Math.max(now - this.#at, 1) / 1000;
    const cpu = process.cpuUsage(this.#cpuBefore);
    const before = this.#before;
    const figures: HubFigures = {
      sessions: totals.sessions,
      subscriptions: totals.subscriptions,
      topics: totals.topics,
      publicationsPerSecond: (totals.publications - before.publications) / seconds,
      deliveriesPerSecond: (totals.deliveries - before.deliveries) / seconds,
      loopDelayMeanMs: delayMs(this.#loop.mean),
      loopDelayP99Ms: delayMs(this.#loop.percentile(99)),
      cpuPercent: (cpu.user + cpu.system) / (seconds * 10_000),
      memoryBytes: process.memoryUsage.rss(),
      uptimeMs: Math.round(now - this.#startedAt),
      version: this.#version,
    };
    this.#loop.reset();
    this.#cpuBefore = process.cpuUsage();
    this.#before = totals;
    this.#at = now;
    return figures;
  }
}

function delayMs(nanoseconds: number): number {
  const ms = nanoseconds / 1_000_000 - SAMPLE_MS;
  return ms > 0 ? Math.round(ms * 100) / 100 : 0;
}
