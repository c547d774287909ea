// All deadlines of the hub, by kind: each kind has a wheel of its own fineness, and something to do when an item is due.

import { type Alarm, type Alarmed, alarmOf } from "./alarm.ts";
import type { Clock } from "./clock.ts";
import type { Sink } from "./sink.ts";
import { type Timed, Wheel } from "./wheel.ts";

/** Puts an item where it is found when its `dueAt` has come. */
export type Remind<T extends Timed> = (item: T) => void;

export class Deadlines {
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #kinds: { advance(now: number): void; dueAt(): number; size(): number }[] = [];

  constructor(sink: Sink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** A new kind, kept to `slotMs`. An item that `due` gives a later deadline is reminded of again by it. */
  kind<T extends Timed>(slotMs: number, due: (item: T) => void): Remind<T> {
    const wheel = new Wheel<T>(slotMs, this.#clock.now);
    this.#kinds.push({
      advance: (now) => wheel.advance(now, due),
      dueAt: () => wheel.dueAt,
      size: () => wheel.size,
    });
    return (item) => {
      wheel.add(item);
      this.#sink.wakeAt(item.dueAt);
    };
  }

  /** A new kind of what may be due earlier than was thought: reminded of again, it is found at the earlier time. It has no place when `due` is called. */
  alarms<T extends Alarmed>(slotMs: number, due: (of: T) => void): (of: T) => void {
    const remind = this.kind<Alarm<T>>(slotMs, ({ of }) => {
      of.alarm = null;
      due(of);
    });
    return (of) => {
      const alarm = alarmOf(of);
      if (alarm !== undefined) remind(alarm);
    };
  }

  /** How many are kept, those that were put off or given up included until they are found. */
  get size(): number {
    return this.#kinds.reduce((sum, kind) => sum + kind.size(), 0);
  }

  /** Acts on all that is due. */
  tick(): void {
    let next = Infinity;
    for (const kind of this.#kinds) kind.advance(this.#clock.now);
    for (const kind of this.#kinds) next = Math.min(next, kind.dueAt());
    this.#sink.wakeAt(next);
  }
}
