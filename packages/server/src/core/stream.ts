// What one subscription follows: the publications of a topic, or those of all topics that match a pattern. All subscribers of a
// stream get the same bytes.

import type { Batch, Joined } from "./batch.ts";

/** A subscription, as far as its stream knows it. */
export interface Row {
  readonly session: unknown;
  /** Its place in the stream's list of live subscribers; −1 while it is not in it. */
  index: number;
  /** The byte of the open batch at which it joined; 0 when none was open. */
  enteredAt: number;
}

export class Stream<R extends Row> {
  /** Tells the stream on the wire; of a topic it is also the alias. */
  readonly number: number;
  /** The topic or the pattern. */
  readonly name: string;
  /** Those at the head: each gets every round whole. Dense: a row knows its index. */
  readonly live: R[] = [];
  /** Those that came since the last round, live from the next one; null when there is none. */
  joining: R[] | null = null;
  /** What was published since the last round; null when nothing was. */
  batch: Batch | null = null;
  /** What the round in progress still owes to some; null when there is no such round. */
  owed: Joined | null = null;
  /** Sessions with replies that must not leave before the next round of this stream; null when there is none. */
  holding: R["session"][] | null = null;

  constructor(number: number, name: string) {
    this.number = number;
    this.name = name;
  }

  get isFollowed(): boolean {
    return this.live.length > 0 || this.joining !== null;
  }

  /** Whoever joins is told so with the next replies, so nothing may reach it before them: it is live from then on. */
  join(row: R): void {
    row.enteredAt = this.batch?.at ?? 0;
    this.joining ??= [];
    this.joining.push(row);
  }

  /** Takes the row out. What the open batch owes it is the caller's to settle. */
  leave(row: R): void {
    if (row.index < 0) {
      const others = this.joining?.filter((other) => other !== row) ?? [];
      this.joining = others.length > 0 ? others : null;
      return;
    }
    const last = this.live.pop()!;
    if (last !== row) {
      this.live[row.index] = last;
      last.index = row.index;
    }
    row.index = -1;
  }

  /** A round has begun, and those that joined before it have their grants. */
  admitJoining(): void {
    for (const row of this.joining ?? []) {
      row.index = this.live.length;
      this.live.push(row);
    }
    this.joining = null;
  }
}
