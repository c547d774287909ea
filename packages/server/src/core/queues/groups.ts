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
  #groups = new Map<string, Group<C>>();
  #era = 0;
  #turns = 0;

  constructor(levels: Levels<C>, concurrency: number | null) {
    this.#levels = levels;
    this.#concurrency = concurrency;
  }

  /** How many there are. One without ready, held or resting jobs is forgotten. */
  get size(): number {
    return this.#groups.size;
  }

  /** Jobs of a group that are held or rest at a time; null: groups are labels. What is there is to be {@link file}d then, and nothing given out before. */
  set concurrency(value: number | null) {
    const isOther = (value === null) !== (this.#concurrency === null);
    this.#concurrency = value;
    if (!isOther) return;
    this.#era++;
    this.#groups = new Map();
  }

  /** Puts a job where it belongs since {@link concurrency} was set. */
  file(job: Job<C>, part: Part): void {
    const group = job.circle as Group<C> | null;
    if (part === "none") return;
    if (group?.era === this.#era) this.#arrange(group);
    else if (group !== null || this.#groupOf(job) !== null) this.move(job, part, part);
  }

  /** The job is given out: its group has its turn. */
  serve({ circle }: Job<C>, now: number): void {
    if (circle === null) return;
    const group = circle as Group<C>;
    group.servedAt = now;
    group.turn = ++this.#turns;
  }

  move(job: Job<C>, from: Part, to: Part): void {
    const was = job.circle as Group<C> | null;
    const is = to === "none" ? null : this.#groupOf(job);
    if (was !== null) leave(was, job, from);
    else if (from === "waiting") this.#levels.remove(job);
    if (is !== null) join(is, job, to);
    else if (to === "waiting") this.#levels.add(job);
    job.circle = is;
    if (was !== null && was !== is) this.#arrange(was);
    if (is !== null) this.#arrange(is);
  }

  #groupOf({ group: name, circle }: Job<C>): Group<C> | null {
    if (name === null || this.#concurrency === null) return null;
    const known = circle as Group<C> | null;
    if (known?.era === this.#era) return known;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, this.#era);
      this.#groups.set(name, group);
    }
    return group;
  }

  #arrange(group: Group<C>): void {
    const head = group.waiting.first;
    const busy = group.held + group.resting;
    this.#levels.displace(group);
    if (head !== null) this.#levels.place(group, head, busy < this.#concurrency!);
    else if (busy === 0 && group.era === this.#era) this.#groups.delete(group.name);
  }
}

function join<C>(group: Group<C>, job: Job<C>, to: Part): void {
  if (to === "waiting") group.waiting.add(job, job.base);
  else if (to === "held") group.held++;
  else if (to === "resting") group.resting++;
}

function leave<C>(group: Group<C>, job: Job<C>, from: Part): void {
  if (from === "waiting") group.waiting.remove(job);
  else if (from === "held") group.held--;
  else if (from === "resting") group.resting--;
}
