// How many jobs are in which state, and what they weigh.

import type { JobState } from "./job.ts";
import { PRIORITIES } from "./queue-settings.ts";

/** Jobs of a queue by their state, and the bytes of their tails. */
export interface Counts {
  readonly storing: number;
  readonly delayed: number;
  readonly ready: number;
  readonly leased: number;
  readonly settling: number;
  readonly moving: number;
  readonly dead: number;
  readonly bytes: number;
}

export class Census implements Counts {
  storing = 0;
  delayed = 0;
  ready = 0;
  leased = 0;
  settling = 0;
  moving = 0;
  dead = 0;
  bytes = 0;
  delayedBytes = 0;
  deadBytes = 0;
  readonly readyByPriority: number[] = Array.from({ length: PRIORITIES }, () => 0);
  readonly readyBytesByPriority: number[] = Array.from({ length: PRIORITIES }, () => 0);

  /** All that are in the queue. */
  get jobs(): number {
    const { storing, delayed, ready, leased, settling, moving, dead } = this;
    return storing + delayed + ready + leased + settling + moving + dead;
  }

  /** Ready and delayed. */
  get depth(): number {
    return this.ready + this.delayed;
  }

  /** `change`: 1, a job comes into the state; -1, it leaves it. */
  count(state: JobState, priority: number, bytes: number, change: 1 | -1): void {
    switch (state) {
      case "storing":
        this.storing += change;
        break;
      case "leased":
        this.leased += change;
        break;
      case "settling":
        this.settling += change;
        break;
      case "moving":
        this.moving += change;
        break;
      case "ready":
        this.ready += change;
        this.readyByPriority[priority]! += change;
        this.readyBytesByPriority[priority]! += bytes * change;
        break;
      case "delayed":
        this.delayed += change;
        this.delayedBytes += bytes * change;
        break;
      case "dead":
        this.dead += change;
        this.deadBytes += bytes * change;
        break;
      case "gone":
        this.bytes -= bytes * change;
        break;
    }
  }
}
