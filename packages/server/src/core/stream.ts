// What one subscription follows: the publications of a topic, or those of all topics that match a pattern. All subscribers of a
// stream get the same bytes.

import type { Batch, Joined } from "./batch.ts";

/** A subscription, as far as its stream knows it. */
export interface Row {
  readonly session: unknown;
  /** Its place in the list that it is live in, the stream's or that of a cohort; {@link JOINING} or {@link LAGGING} otherwise. */
  index: number;
  /** Up to where its client has been sent the stream. Kept while it is not live. */
  cursor: number;
}

/** It is granted, and live from the next round. */
export const JOINING = -1;

/** Its cursor is behind, or it waits until there is room to see. */
export const LAGGING = -2;

/** A row that is not live yet, and the byte of the open batch at which it came; 0 when none was open. */
export interface Joining<R extends Row> {
  readonly row: R;
  readonly enteredAt: number;
}

/** What a stream has only while something happens to it. */
export class Turn<R extends Row> {
  /** What was published since the last round; null when nothing was. */
  batch: Batch | null = null;
  /** The cursor of everything that was published before the batch. */
  before = 0;
  /** Those that came since the last round; null when there is none. */
  joining: Joining<R>[] | null = null;
  /** What the round in progress still owes to some; null when there is no such round. */
  owed: Joined | null = null;
  /** Sessions with replies that must not leave before the next round of this stream; null when there is none. */
  holding: R["session"][] | null = null;

  get isOver(): boolean {
    return this.batch === null && this.joining === null && this.owed === null;
  }
}

/** Live subscriptions that get one delivery a tick, at the same ticks and as the same bytes. */
export class Cohort<R extends Row> {
  readonly stream: Stream<R>;
  readonly mode: { readonly lag: number; readonly intervalMs: number };
  readonly replay = null;
  readonly rows: R[] = [];
  /** Those that came since the last tick: they have cursors of their own. */
  joining: R[] = [];
  /** Up to where all of its rows have been sent the stream. */
  cursor: number;
  /** See `Reader`. */
  stateFloor = 0;
  /** When the next delivery is due; Infinity while nothing new is known. */
  dueAt: number = Infinity;

  constructor(stream: Stream<R>, mode: Cohort<R>["mode"], cursor: number) {
    this.stream = stream;
    this.mode = mode;
    this.cursor = cursor;
  }
}

/** The last publication of a topic, kept for those who want no more than that. Overwritten by the next one. */
export interface Latest {
  offset: number;
  bytes: Uint8Array;
  /** Of its tail, which begins at the first byte. */
  length: number;
}

/** What a stream has only while somebody may be sent the latest publication alone. */
export class LatestOnly<R extends Row> {
  /** How many may. */
  followers = 0;
  /** Those that get one delivery a tick, by their mode. */
  readonly cohorts: Cohort<R>[] = [];
  /** Of a topic; null while nothing was published, or there is no room for it. */
  latest: Latest | null = null;
}

export class Stream<R extends Row> {
  /** Tells the stream on the wire; of a topic it is also the alias. */
  readonly number: number;
  /** The topic or the pattern. */
  readonly name: string;
  /** Subscriptions, wherever their cursors are. */
  followers = 0;
  /** Those at the head, who get every round whole: none, one, or a dense list in which each row knows its index. */
  live: R | R[] | null = null;
  turn: Turn<R> | null = null;
  latestOnly: LatestOnly<R> | null = null;

  constructor(number: number, name: string) {
    this.number = number;
    this.name = name;
  }

  /** Somebody gets what is published at once. */
  get isHeard(): boolean {
    return this.live !== null || (this.turn !== null && this.turn.joining !== null);
  }

  /** What all live subscribers have been sent or are owed. `head`: the cursor of what was published last. */
  settled(head: number): number {
    const { turn } = this;
    return turn !== null && turn.batch !== null ? turn.before : head;
  }

  /** The row is live. Most streams of a large hub have one: only the second makes a list. */
  admit(row: R): void {
    const { live } = this;
    if (live === null) {
      row.index = 0;
      this.live = row;
    } else if (Array.isArray(live)) enlist(live, row);
    else {
      row.index = 1;
      this.live = [live, row];
    }
  }

  /** The row is no longer live. */
  dismiss(row: R): void {
    const { live } = this;
    if (!Array.isArray(live)) this.live = null;
    else {
      delist(live, row);
      if (live.length === 0) this.live = null;
    }
  }
}

/** Puts a row into a dense list. */
export function enlist<R extends Row>(rows: R[], row: R): void {
  row.index = rows.length;
  rows.push(row);
}

/** Takes a row out of its dense list; the last one takes its place. */
export function delist<R extends Row>(rows: R[], row: R): void {
  const last = rows.pop()!;
  if (last === row) return;
  rows[row.index] = last;
  last.index = row.index;
}
