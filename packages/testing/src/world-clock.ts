// The time of a world. What is due now happens by itself, each in a turn of its own; later things wait until the time is moved by hand.

import type { Runtime } from "@fanwire/client/runtime";
import { turn } from "./turn.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** So many things at one moment are no test any more: something asks to be woken again and again. */
const tasksMax = 1_000_000;

export class WorldClock implements Runtime {
  readonly random: () => number;
  readonly #startedAt: number;
  readonly #timers = new Set<Timer>();
  #now = 0;
  /** How many have run at this moment. */
  #ran = 0;
  #running: Promise<void> | undefined;
  #moving: Promise<void> = Promise.resolve();

  /** `time`: when the world begins, in milliseconds since 1970. */
  constructor(time: number, random: () => number) {
    this.#startedAt = time;
    this.random = random;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#startedAt + this.#now;
  }

  setTimer(run: () => void, ms: number): unknown {
    return this.at(this.#now + Math.max(ms, 0), run);
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** Runs once, at this time. What is due now runs in the order in which it was asked for. */
  at(at: number, run: () => void): unknown {
    const timer = { at, run };
    this.#timers.add(timer);
    if (at <= this.#now) this.#running ??= this.#run();
    return timer;
  }

  /** Resolves when nothing is due at this time. */
  async settle(): Promise<void> {
    await (this.#running ?? turn());
    // what others have waited for may lead to more
    if (this.#running) await this.settle();
  }

  /** Moves the time on, and lets everything happen at its own. */
  pass(ms: number): Promise<void> {
    const passed = this.#moving.then(() => this.#pass(ms));
    this.#moving = passed.catch(() => {});
    return passed;
  }

  async #pass(ms: number): Promise<void> {
    await this.settle();
    const until = this.#now + ms;
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#moveTo(next.at);
      this.#running ??= this.#run();
      // oxlint-disable-next-line no-await-in-loop -- one moment after the other
      await this.settle();
    }
    this.#moveTo(until);
  }

  #moveTo(at: number): void {
    if (at <= this.#now) return;
    this.#now = at;
    this.#ran = 0;
  }

  async #run(): Promise<void> {
    try {
      await turn();
      for (let due = this.#next(this.#now); due; due = this.#next(this.#now)) {
        this.#timers.delete(due);
        if (++this.#ran > tasksMax) throw new Error("The world does not come to rest.");
        due.run();
        // oxlint-disable-next-line no-await-in-loop -- each has a turn of its own
        await turn();
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** What is due first, if that is by then. */
  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
    return first;
  }
}
