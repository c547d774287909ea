// What waits for the loop of a subscription that is pulled.

import { type At, Place } from "./position.ts";
import type { Publication } from "./publication.ts";

/** A publication that waits. */
export interface Kept {
  readonly publication: Publication;
  readonly at: At;
  /** What was reached behind it. */
  mark?: Uint8Array;
}

/** `place` goes on behind what was kept. */
export function take(place: Place, { publication: { topic }, at, mark }: Kept): void {
  place.set(topic, at);
  if (mark) place.reach(mark);
}

export class Loop {
  kept: Kept[] = [];
  dropped = 0;
  /** Left out since the last publication that was pulled, and how far. */
  missed = 0;
  lost: Place | undefined;
  /** The number of the message that the last one came with. */
  lastMessage = 0;
  /** Wakes the loop, which waits. */
  wake: (() => void) | undefined;
  pulled: AsyncGenerator<Publication, undefined> | undefined;

  /** Resolves when it is woken. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Leaves the oldest out. */
  drop(count: number, topic: string | undefined): void {
    this.lost ??= new Place(topic);
    for (const left of this.kept.splice(0, count)) take(this.lost, left);
    this.dropped += count;
    this.missed += count;
  }
}
