// Groups: which of their jobs wait, are held or rest until a retry, and so which groups may be served. One that may not is in no line
// that is looked at, so it costs nothing and holds nobody up.

import { Group } from "./group.ts";
import type { Job } from "./job.ts";
import type { Levels } from "./levels.ts";

/** What a job is to its group. */
export type Part =
  /** Nothing: it is not ready yet, parked, or gone. */
  "none" | "waiting" | "held" | "resting";

export class Groups<C> {
  #concurrency: number | null;
  readonly #levels: Levels<C>;
  readonly #groups = new Map<string, Group<C>>();
  #turns = 0;

  constructor(levels: Levels<C>, concurrency: number | null) {
    this.#levels = levels;
    this.#concurrency = concurrency;
  }

  /** How many there are. One without ready, held or resting jobs is forgotten. */
  get size(): number {
    return this.#groups.size;
  }

  /** Jobs of a group that are held or rest at a time; null: groups are labels, and that is only said while no job is counted. */
  set concurrency(value: number | null) {
    this.#concurrency = value;
    for (const group of this.#groups.values()) this.#arrange(group);
  }

  /** The job is given out: its group has its turn. */
  serve({ circle }: Job<C>, now: number): void {
    if (circle === null) return;
    const group = circle as Group<C>;
    group.servedAt = now;
    group.turn = ++this.#turns;
  }

  move(job: Job<C>, from: Part, to: Part): void {
    const group = (job.circle as Group<C> | null) ?? (to === "none" ? null : this.#groupOf(job));
    if (group === null) {
      if (from === "waiting") this.#levels.remove(job);
      if (to === "waiting") this.#levels.add(job);
      return;
    }
    if (job.circle !== null) leave(group, job, from);
    if (to === "waiting") group.waiting.add(job, job.base);
    else if (to === "held") group.held++;
    else if (to === "resting") group.resting++;
    job.circle = to === "none" ? null : group;
    this.#arrange(group);
  }

  #groupOf({ group: name }: Job<C>): Group<C> | null {
    if (name === null || this.#concurrency === null) return null;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name);
      this.#groups.set(name, group);
    }
    return group;
  }

  #arrange(group: Group<C>): void {
    const head = group.waiting.first;
    const busy = group.held + group.resting;
    this.#levels.displace(group);
    if (head !== null) this.#levels.place(group, head, busy < this.#concurrency!);
    else if (busy === 0) this.#groups.delete(group.name);
  }
}

function leave<C>(group: Group<C>, job: Job<C>, from: Part): void {
  if (from === "waiting") group.waiting.remove(job);
  else if (from === "held") group.held--;
  else if (from === "resting") group.resting--;
}
