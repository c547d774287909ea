// What the hub says of the queue once a second, topic $queue.<name>.stats.
import type { QueueStats } from "@fanwire/client/queue";
import { PRIORITIES } from "../../jobs.ts";
import { Track } from "../data/track.ts";

/** A value a second. */
const SLOW = { breakAfterMs: 3_000, capacity: 1_440 };
/** What changes in steps is drawn in steps: the value before holds until just then. */
const STEP_MS = 1;

export class QueueFigures {
  newest: QueueStats | undefined;
  /** Columns: low, low and normal, all: ready jobs, one above the other. NaN where nothing is added, so that no line lies on another. */
  readonly depth = new Track({ columns: 3, ...SLOW });
  /** One column: all that are ready. */
  readonly ready = new Track({ columns: 1, ...SLOW });
  /** One column: the age of the oldest that is ready, in ms. */
  readonly oldest = new Track({ columns: 1, ...SLOW });
  /** Columns: p50, p95, in ms. */
  readonly processing = new Track({ columns: 2, ...SLOW });
  /** One column: the mean, in ms. */
  readonly mean = new Track({ columns: 1, ...SLOW });
  /** Columns: working, needed. */
  readonly workers = new Track({ columns: 2, ...SLOW });
  #at = -Infinity;

  /** Of an earlier time than the last one is nothing taken: a hub that was started again begins anew. */
  take(time: number, data: unknown): void {
    if (typeof data !== "object" || data === null || !("readyByPriority" in data)) return;
    const stats = data as QueueStats;
    this.newest = stats;
    const [urgent = 0, normal = 0, low = 0] = PRIORITIES.map(
      ({ priority }) => stats.readyByPriority[priority] ?? 0,
    );
    // what others sent with another priority stands with the normal ones
    const others = Math.max(0, stats.ready - urgent - normal - low);
    const upToNormal = low + normal + others;
    const isAdded = upToNormal > low || urgent > 0;
    this.depth.push(time, low, isAdded ? upToNormal : NaN, urgent > 0 ? stats.ready : NaN);
    this.ready.push(time, stats.ready);
    this.oldest.push(time, stats.oldestReadyMs ?? 0);
    const { meanMs, p50Ms, p95Ms } = stats.processing;
    this.processing.push(time, p50Ms ?? NaN, p95Ms ?? NaN);
    this.mean.push(time, meanMs ?? NaN);
    this.#step(time, stats.concurrency, stats.recommendedWorkers);
  }

  /** Nothing more is told: what was told last holds no more. */
  end(): void {
    this.newest = undefined;
    this.break();
  }

  break(): void {
    for (const track of this.#tracks) track.break();
  }

  get #tracks(): readonly Track[] {
    return [this.depth, this.ready, this.oldest, this.processing, this.mean, this.workers];
  }

  #step(time: number, working: number, needed: number): void {
    const { workers } = this;
    const isClose = time - this.#at <= SLOW.breakAfterMs && time > this.#at;
    if (isClose) workers.push(time - STEP_MS, workers.last(0), workers.last(1));
    workers.push(time, working, needed);
    this.#at = time;
  }
}
