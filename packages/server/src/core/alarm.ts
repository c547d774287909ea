// The deadline of something that may have to be looked at earlier than was thought. A place in a wheel is not moved to an earlier time: it is
// given up, is dropped when it is found, and another is taken.

import type { Timed } from "./wheel.ts";

/** What has a time at which to look at it. It has one place in a wheel, or none. */
export interface Alarmed {
  /** When to look; Infinity: never. */
  readonly dueAt: number;
  /** Its place; null: it has none. */
  alarm: Timed | null;
}

export class Alarm<T extends Alarmed> implements Timed {
  readonly of: T;
  dueAt: number;

  constructor(of: T) {
    this.of = of;
    this.dueAt = of.dueAt;
  }
}

/** The place that is to be taken; undefined when there is one that is early enough, or none is needed. */
export function alarmOf<T extends Alarmed>(of: T): Alarm<T> | undefined {
  const before = of.alarm;
  if (of.dueAt >= (before?.dueAt ?? Infinity)) return undefined;
  if (before !== null) before.dueAt = Infinity;
  const alarm = new Alarm(of);
  of.alarm = alarm;
  return alarm;
}
