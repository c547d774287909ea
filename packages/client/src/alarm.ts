// The one timer of a client.

import type { Runtime } from "./runtime.ts";

/** The longest time that a timer of the platform takes, in milliseconds. */
const timerMsMax = 2 ** 31 - 1;

/** Something that happens at its time. */
export interface Timed {
  /** `Infinity`: not now. */
  readonly dueAt: number;
  due(now: number): void;
}

/** Rings for all that wait for their time. */
export class Alarm {
  readonly #runtime: Runtime;
  readonly #timed: Set<Timed> = new Set();
  #timer: unknown;
  #ringsAt = Infinity;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    if (timed.dueAt < this.#ringsAt) this.set();
  }

  /** The timer stays as it is: should it ring in vain, it is set anew. */
  delete(timed: Timed): void {
    this.#timed.delete(timed);
  }

  /** Sets the timer to the earliest time. */
  set(): void {
    let ringsAt = Infinity;
    for (const { dueAt } of this.#timed) ringsAt = Math.min(ringsAt, dueAt);
    if (ringsAt === this.#ringsAt) return;
    const runtime = this.#runtime;
    const delayMs = Math.min(Math.max(ringsAt - runtime.now(), 0), timerMsMax);
    runtime.clearTimer(this.#timer);
    this.#ringsAt = ringsAt;
    if (ringsAt < Infinity) this.#timer = runtime.setTimer(() => this.#ring(), delayMs);
  }

  #ring(): void {
    const now = this.#runtime.now();
    this.#ringsAt = Infinity;
    for (const timed of this.#timed) if (now >= timed.dueAt) timed.due(now);
    this.set();
  }
}
