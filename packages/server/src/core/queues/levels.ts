// What is ready, by priority. The value of a job is `base - priority × agingMs`: it never changes, so each level is a line in order of
// age, and the next job is found by comparing ten heads. A job is overtaken only by those that come within the worth of the difference
// of their priorities after it, and that bounds how long anything waits. A group stands in the line as one.

import type { Group } from "./group.ts";
import type { Job } from "./job.ts";
import { Line, OUT, type Stand } from "./line.ts";
import { PRIORITIES, STRICT } from "./queue-settings.ts";

class Level<C> {
  /** Jobs that stand for themselves. */
  readonly singles: Line<Job<C>> = new Line();
  /** Groups that may be served, by whose turn it is. */
  readonly turns: Line<Group<C>> = new Line();
  /** All groups whose heads are of this level, by their age. */
  readonly ages: Line<Stand<Group<C>>> = new Line();

  get next(): Job<C> | Group<C> | null {
    const single = this.singles.first;
    const group = this.turns.first;
    if (single === null || group === null) return single ?? group;
    const isGroup = group.key < single.key || (group.key === single.key && group.seq < single.seq);
    return isGroup ? group : single;
  }

  get oldest(): Job<C> | null {
    const single = this.singles.first;
    const group = this.ages.first?.item.waiting.first ?? null;
    return older(single, group);
  }
}

export class Levels<C> {
  readonly #levels: Level<C>[] = Array.from({ length: PRIORITIES }, () => new Level<C>());
  /** Bits of those that have a next one. */
  #filled = 0;
  /** What is next; undefined: to be found. */
  #next: Job<C> | null | undefined = null;
  #agingMs = 0;

  /** What a step of priority is worth, in milliseconds. */
  set agingMs(value: number) {
    this.#agingMs = value;
    this.#next = undefined;
  }

  add(job: Job<C>): void {
    this.#levels[job.priority]!.singles.add(job, job.base);
    this.#filled |= 1 << job.priority;
    this.#next = undefined;
  }

  remove(job: Job<C>): void {
    const level = this.#levels[job.priority]!;
    level.singles.remove(job);
    this.#check(job.priority, level);
  }

  /** Puts a group where its head belongs. `isOpen`: it may be served. */
  place(group: Group<C>, head: Job<C>, isOpen: boolean): void {
    const level = this.#levels[head.priority]!;
    group.level = head.priority;
    group.age.seq = head.seq;
    level.ages.add(group.age, head.base);
    if (!isOpen) return;
    level.turns.add(group, group.queueBehind(head));
    this.#filled |= 1 << head.priority;
    this.#next = undefined;
  }

  /** Takes a group out, if it is anywhere. */
  displace(group: Group<C>): void {
    if (group.level < 0) return;
    const level = this.#levels[group.level]!;
    level.ages.remove(group.age);
    if (group.place !== OUT) level.turns.remove(group);
    this.#check(group.level, level);
    group.level = -1;
  }

  /** Whose turn it is; null: nobody's. */
  get next(): Job<C> | null {
    if (this.#next === undefined) this.#next = this.#find();
    return this.#next;
  }

  /** The job that is the oldest of all that are ready, served next or not. */
  get oldest(): Job<C> | null {
    let oldest: Job<C> | null = null;
    for (const level of this.#levels) oldest = older(oldest, level.oldest);
    return oldest;
  }

  /** The oldest job of the least urgent level that is not above one. A group is as urgent as its head. */
  lowest(priority: number): Job<C> | null {
    for (let i = 0; i <= priority; i++) {
      const { oldest } = this.#levels[i]!;
      if (oldest !== null) return oldest;
    }
    return null;
  }

  #check(priority: number, level: Level<C>): void {
    this.#next = undefined;
    if (level.singles.first === null && level.turns.first === null)
      this.#filled &= ~(1 << priority);
  }

  #find(): Job<C> | null {
    let best: Job<C> | Group<C> | null = null;
    let bestValue = Infinity;
    for (let filled = this.#filled; filled !== 0;) {
      const priority = 31 - Math.clz32(filled);
      filled &= ~(1 << priority);
      const next = this.#levels[priority]!.next!;
      if (this.#agingMs === STRICT) return jobOf(next);
      const value = next.key - priority * this.#agingMs;
      if (best === null || value < bestValue || (value === bestValue && next.seq < best.seq)) {
        best = next;
        bestValue = value;
      }
    }
    return best === null ? null : jobOf(best);
  }
}

function jobOf<C>(next: Job<C> | Group<C>): Job<C> | null {
  return "waiting" in next ? next.waiting.first : next;
}

/** The older one of two, by when they began to wait. */
function older<C>(a: Job<C> | null, b: Job<C> | null): Job<C> | null {
  if (a === null || b === null) return a ?? b;
  return b.base < a.base || (b.base === a.base && b.seq < a.seq) ? b : a;
}
