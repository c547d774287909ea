// The figures of a queue: what an operator looks at, and what an autoscaler goes by.

import { Box } from "./box.ts";
import type { Counts } from "./census.ts";
import { Histogram, type Times } from "./histogram.ts";
import { type Kind, kinds, type Rate, Rates } from "./rates.ts";
import { type Scaling, scalingFor } from "./scaling.ts";

/** Histograms and the check reach back one to two of these, in milliseconds. */
const TURN_MS = 60_000;

/** What a queue tells of itself. */
export interface QueueStats extends Counts, Scaling {
  /** By priority, from 0. */
  readonly readyByPriority: readonly number[];
  /** The age of the oldest job that is ready, in milliseconds; null: none is. */
  readonly oldestReadyMs: number | null;
  readonly consumers: number;
  /** Jobs that all consumers work at at a time. */
  readonly concurrency: number;
  /** Groups that have something in the queue. */
  readonly groups: number;
  readonly isPaused: boolean;
  /** Since the hub started. */
  readonly totals: Readonly<Record<Kind, number>>;
  readonly rates: Readonly<Record<Kind, Rate>>;
  /** From when a job begins to wait until it is given out for the first time. */
  readonly wait: Times;
  /** From when a worker begins with a job until it says what became of it. */
  readonly processing: Times;
  /** Little's law, tried on the leased jobs: 0 when it holds; null: none were. */
  readonly residual: number | null;
}

/** What the figures do not know themselves. */
export type Present = Counts &
  Pick<
    QueueStats,
    "readyByPriority" | "oldestReadyMs" | "consumers" | "concurrency" | "groups" | "isPaused"
  >;

export class QueueFigures {
  readonly rates: Rates;
  readonly #wait = new Histogram();
  readonly #processing = new Histogram();
  readonly #leased: Box;
  #turnAt: number;

  constructor(now: number) {
    this.rates = new Rates(now);
    this.#leased = new Box(now);
    this.#turnAt = now + TURN_MS;
  }

  /** A job is given out. `waitedMs`: null when it was given out before. */
  gave(now: number, waitedMs: number | null): void {
    if (now >= this.#turnAt) this.#turn(now);
    this.#leased.enter(now);
    if (waitedMs !== null) this.#wait.add(waitedMs);
  }

  /** Its lease ended. */
  gotBack(now: number, heldMs: number): void {
    if (now >= this.#turnAt) this.#turn(now);
    this.#leased.leave(now, heldMs);
  }

  /** A worker said what became of a job. */
  processed(ms: number): void {
    this.#processing.add(ms);
  }

  stats(present: Present, now: number): QueueStats {
    if (now >= this.#turnAt) this.#turn(now);
    const { rates } = this;
    const given = rates.of("given", now);
    const again = rates.of("regiven", now).over5m;
    const scaling = scalingFor({
      sentPerSecond: rates.of("sent", now).over1m,
      retryRatio: again === 0 ? 0 : again / Math.max(given.over5m - again, again / RETRIES_MAX),
      processingMs: this.#processing.meanMs,
      waiting: present.ready,
      concurrency: present.concurrency,
    });
    return {
      ...present,
      ...scaling,
      totals: byKind((name, i) => rates.totals[i]!),
      rates: byKind((name) => rates.of(name, now)),
      wait: this.#wait.times,
      processing: this.#processing.times,
      residual: this.#leased.residual(now),
    };
  }

  #turn(now: number): void {
    const isLongAgo = now >= this.#turnAt + TURN_MS;
    this.#wait.turn();
    this.#processing.turn();
    this.#leased.turn(now);
    if (isLongAgo) {
      this.#wait.turn();
      this.#processing.turn();
      this.#leased.clear();
    }
    this.#turnAt = now + TURN_MS;
  }
}

/** A job is hardly given out more often than this, whatever the figures of the last minutes look like. */
const RETRIES_MAX = 10;

function byKind<T>(value: (name: Kind, i: number) => T): Record<Kind, T> {
  return Object.fromEntries(kinds.map((name, i) => [name, value(name, i)])) as Record<Kind, T>;
}
