// In which order publications leave: those of one client to one topic are a lane.

import type { Link } from "./link.ts";
import type { OutboxEntry } from "./outbox.ts";

/** Publications of a topic that are sent and not answered, at most: of so many the hub knows where they went. */
export const windowMax = 64;

/** A publication that has its turn. */
export interface Turn {
  readonly isOpen: boolean;
  readonly entry: OutboxEntry;
  /** Its number; 0: it has none, or none yet. */
  n: number;
  /** It is under way. */
  isSent: boolean;
  /** It may be sent: where it is kept, it is there. */
  isKept: boolean;
  readonly send: () => void;
}

const bySeq = (a: Turn, b: Turn): number => a.entry.seq - b.entry.seq;

/** Those that are open, in the order in which they were published. Takes and leaves one in the same time, however many there are. */
export class Line<T extends Turn> {
  #all: T[] = [];
  /** None is open before that. */
  #from = 0;
  /** How many there are. */
  open = 0;
  /** Of their payloads. */
  bytes = 0;

  *[Symbol.iterator](): Generator<T, void> {
    const all = this.#all;
    while (all[this.#from]?.isOpen === false) this.#from++;
    for (let i = this.#from; i < all.length; i++) if (all[i]!.isOpen) yield all[i]!;
  }

  /** When the first of them was published. */
  get since(): number {
    for (const { entry } of this) return entry.seq;
    return Infinity;
  }

  push(turn: T): void {
    this.#all.push(turn);
    this.open++;
    this.bytes += turn.entry.payload.length;
  }

  /** One is not open any more. */
  leave({ entry }: T): void {
    this.open--;
    this.bytes -= entry.payload.length;
    // the others are put together when they are less than half
    if (this.#all.length > 2 * this.open + windowMax) this.sort();
  }

  /** Some have come that were published earlier. */
  sort(): void {
    this.#all = [...this].toSorted(bySeq);
    this.#from = 0;
  }
}

export interface Lane {
  /** Whose it is, and the topic. */
  readonly key: string;
  readonly topic: string;
  /** Another client has published them. */
  readonly isLeft: boolean;
  /** What is not settled. */
  readonly line: Line<Turn>;
  /** The number of the last one. */
  last: number;
  /** None is sent before that; 0: it is not waited for. */
  restsUntil: number;
  /** How many may be sent and not answered. */
  window: number;
  /** Refusals since something was taken. */
  refusals: number;
  /** The lowest number that was not settled when it was last looked after. */
  base: number;
}

/** The lowest number of the lane that is not settled. */
export function lowest({ line }: Lane): number | undefined {
  for (const { n } of line) if (n) return n;
  return undefined;
}

export interface Lanes {
  of(owner: number, topic: string): Lane;
  /** The next number of the lane. */
  next(lane: Lane): number;
  /** Something about it has changed: at the end of this turn it is looked after. */
  touch(lane: Lane): void;
  /** One of the lane is settled. */
  leave(lane: Lane, turn: Turn): void;
  /** On another link nothing is waited for. */
  renew(): void;
  /** What may be sent now, in order. */
  take(): readonly Turn[];
}

/** Those of a client, which is `producer`. */
export function openLanes(link: Link, producer: number): Lanes {
  const lanes = new Map<string, Lane>();
  /** In which something may be sent. */
  let due = new Set<Lane>();
  /** How many are of other clients. */
  let left = 0;
  /** The highest number that was given to a publication of any topic: one that was used is not used again, whatever is forgotten. */
  let highest = 0;

  function touch(lane: Lane): void {
    due.add(lane);
    link.soon();
  }

  return {
    of(owner, topic) {
      const key = `${owner} ${topic}`;
      let lane = lanes.get(key);
      if (!lane) {
        const isLeft = owner !== producer;
        lane = {
          key,
          topic,
          isLeft,
          line: new Line(),
          last: highest,
          restsUntil: 0,
          window: windowMax,
          refusals: 0,
          base: 0,
        };
        lanes.set(key, lane);
        if (isLeft) left++;
      }
      return lane;
    },
    next(lane) {
      highest = Math.max(highest, ++lane.last);
      return lane.last;
    },
    touch,
    leave(lane, turn) {
      lane.line.leave(turn);
      if (!lane.line.open) {
        lanes.delete(lane.key);
        if (lane.isLeft && --left === 0) due = new Set(lanes.values());
      }
      // another may have its place
      touch(lane);
    },
    renew() {
      due = new Set(lanes.values());
      for (const lane of due) lane.restsUntil = 0;
    },
    take() {
      const some = [...(left ? lanes.values() : due)];
      due.clear();
      // whose publication to a topic is the oldest: those of others wait
      const firsts = left && new Map(some.toSorted(byAge).map((lane) => [lane.topic, lane]));
      return some
        .filter(
          (lane) => link.now >= lane.restsUntil && (!firsts || firsts.get(lane.topic) === lane),
        )
        .flatMap(taken)
        .toSorted(bySeq);
    },
  };
}

const byAge = (a: Lane, b: Lane): number => b.line.since - a.line.since;

/** What may be sent of a lane: behind one that is not kept yet none, and none beyond the window. */
function taken(lane: Lane): Turn[] {
  const found: Turn[] = [];
  let flying = 0;
  lane.base = 0;
  for (const turn of lane.line) {
    lane.base ||= turn.n;
    if (!turn.isKept || (!turn.isSent && flying >= lane.window)) break;
    if (!turn.isSent) found.push(turn);
    flying++;
  }
  return found;
}
