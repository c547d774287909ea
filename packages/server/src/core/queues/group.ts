import type { Job } from "./job.ts";
import { Line, OUT, type Placed, Stand } from "./line.ts";

/** Above the number of any job: turns that were taken go behind jobs of the same time. */
const TURNS = 2 ** 52;

/** Jobs that are worked at in order, or few at a time. Its place in a line is that of its next turn. */
export class Group<C> implements Placed<Group<C>> {
  key = 0.5;
  seq = 0.5;
  place: number = OUT;
  previous: Group<C> | null = null;
  next: Group<C> | null = null;
  readonly name: string;
  /** Groups that were made before it was last changed whether there are any have another one: they only wait to be emptied. */
  readonly era: number;
  /** Its jobs that are ready, the oldest first whatever their priority. */
  readonly waiting: Line<Job<C>> = new Line();
  /** Jobs that somebody holds. */
  held = 0;
  /** Jobs that wait for a retry. */
  resting = 0;
  /** When it had its last turn. */
  servedAt: number = -Infinity;
  /** Which turn of all that was. */
  turn = 0;
  /** The level of its head; -1: it has none. */
  level = -1;
  /** Stands for it among the groups of its level by the age of their heads. */
  readonly age: Stand<Group<C>> = new Stand<Group<C>>(this, 0, 0.5);

  constructor(name: string, era: number) {
    this.name = name;
    this.era = era;
  }

  /** Sets where its next turn is: where its head would be, or behind those that wait since its last turn. */
  queueBehind(head: Job<C>): number {
    const isFresh = head.base > this.servedAt;
    this.seq = isFresh ? head.seq : TURNS + this.turn;
    return isFresh ? head.base : this.servedAt;
  }
}
