// How smoothly a page runs: the longest time between two frames, and the longest task.

/** Since it was begun, in milliseconds. */
export interface Frames {
  readonly count: number;
  readonly longestFrameMs: number;
  /** The longest of those over 50 ms, which is what browsers tell; 0: there was none. */
  readonly longestTaskMs: number;
}

/** To be told of every frame. */
export class FrameWatch {
  #count = 0;
  #longestFrameMs = 0;
  #longestTaskMs = 0;
  #lastAt: number | undefined;

  constructor() {
    new PerformanceObserver((list) => this.#add(list.getEntries())).observe({ type: "longtask" });
  }

  begin(): void {
    this.#count = 0;
    this.#longestFrameMs = 0;
    this.#longestTaskMs = 0;
    this.#lastAt = undefined;
  }

  drawn(): void {
    const now = performance.now();
    if (this.#lastAt !== undefined)
      this.#longestFrameMs = Math.max(this.#longestFrameMs, now - this.#lastAt);
    this.#lastAt = now;
    this.#count++;
  }

  told(): Frames {
    return {
      count: this.#count,
      longestFrameMs: this.#longestFrameMs,
      longestTaskMs: this.#longestTaskMs,
    };
  }

  #add(tasks: readonly PerformanceEntry[]): void {
    for (const { duration } of tasks) this.#longestTaskMs = Math.max(this.#longestTaskMs, duration);
  }
}
