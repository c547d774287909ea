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

export class Lanes {
  readonly #link: Link;
  readonly #producer: number;
  readonly #lanes = new Map<string, Lane>();
  /** In which something may be sent. */
  readonly #due = new Set<Lane>();
  /** How many are of other clients. */
  #left = 0;
  /** The highest number that was given to a publication of any topic: one that was used is not used again, whatever is forgotten. */
  #highest = 0;

  /** `producer` is this client. */
  constructor(link: Link, producer: number) {
    this.#link = link;
    this.#producer = producer;
  }

  of(owner: number, topic: string): Lane {
    const key = `${owner} ${topic}`;
    const isLeft = owner !== this.#producer;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = {
        key,
        topic,
        isLeft,
        line: new Line(),
        last: this.#highest,
        restsUntil: 0,
        window: windowMax,
        refusals: 0,
        base: 0,
      };
      this.#lanes.set(key, lane);
      if (isLeft) this.#left++;
    }
    return lane;
  }

  /** The next number of the lane. */
  next(lane: Lane): number {
    this.#highest = Math.max(this.#highest, ++lane.last);
    return lane.last;
  }

  /** Something about it has changed: at the end of this turn it is looked after. */
  touch(lane: Lane): void {
    this.#due.add(lane);
    this.#link.soon();
  }

  /** One of the lane is settled. */
  leave(lane: Lane, turn: Turn): void {
    lane.line.leave(turn);
    if (lane.line.open === 0) {
      this.#lanes.delete(lane.key);
      if (lane.isLeft && --this.#left === 0)
        for (const other of this.#lanes.values()) this.#due.add(other);
    }
    // another may have its place
    this.touch(lane);
  }

  /** On another link nothing is waited for. */
  renew(): void {
    for (const lane of this.#lanes.values()) {
      lane.restsUntil = 0;
      this.#due.add(lane);
    }
  }

  /** Some have come that were published earlier. */
  sort(): void {
    for (const { line } of this.#lanes.values()) line.sort();
  }

  /** What may be sent now, in order. */
  take(): readonly Turn[] {
    const some = [...(this.#left > 0 ? this.#lanes.values() : this.#due)];
    this.#due.clear();
    const firsts = this.#left > 0 ? firstOf(some) : undefined;
    return some
      .filter(
        (lane) => lane.restsUntil <= this.#link.now && (firsts?.get(lane.topic) ?? lane) === lane,
      )
      .flatMap(taken)
      .toSorted(bySeq);
  }
}

/** Whose publication to a topic is the oldest: those of others wait. */
function firstOf(lanes: readonly Lane[]): Map<string, Lane> {
  const firsts = new Map<string, [seq: number, lane: Lane]>();
  for (const lane of lanes)
    for (const { entry } of lane.line) {
      if (entry.seq < (firsts.get(lane.topic)?.[0] ?? Infinity))
        firsts.set(lane.topic, [entry.seq, lane]);
      break;
    }
  return new Map([...firsts].map(([topic, [, lane]]) => [topic, lane]));
}

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
