// The store of a simulated hub, in somebody's hand: it answers late and in parts, has no room, and a snapshot is taken in slices with
// anything between them.

import { RecordBuffer } from "../../record-buffer.ts";
import type { TestHub } from "../hub.testkit.ts";
import type { Snapshot } from "../snapshot.ts";
import { recordsIn } from "../records.testkit.ts";

/** What the next run begins with. */
export interface Kept {
  /** Since the first run; an LSN is the place in the list, from 1. */
  readonly stored: readonly Uint8Array[];
  readonly snapshot: readonly Uint8Array[];
  /** The first LSN that the snapshot does not stand for. */
  readonly from: number;
}

export const NOTHING: Kept = { stored: [], snapshot: [], from: 1 };

export class StoreHand {
  snapshots = 0;
  readonly #hub: TestHub;
  #kept: Kept;
  #snapshot: Snapshot | null = null;
  #records: Uint8Array[] = [];
  /** Records that must be answered before the first slice, or when all are made before the snapshot counts. */
  #awaited = 0;
  #isWhole = false;
  #from = 1;

  constructor(hub: TestHub, kept: Kept) {
    this.#hub = hub;
    this.#kept = kept;
  }

  store(count: number = this.#hub.appended.length): void {
    this.#answer(count, (part) => this.#hub.store(part));
  }

  /** There is no room: all is refused that was appended by whoever had not heard of that. */
  refuse(): void {
    this.#answer(this.#hub.appended.length, (part) => this.#hub.refuse(part));
  }

  /** Goes on with a snapshot, or begins one. */
  snapshot(bytes: number): void {
    if (this.#snapshot === null && !this.#isWhole) this.#begin();
    else if (this.#snapshot !== null && this.#awaited === 0) this.#slice(this.#snapshot, bytes);
  }

  /** The process is gone. Of what was not answered, so many are on disk. */
  crash(survivors: number): Kept {
    const stored = [...this.#hub.stored, ...this.#hub.appended.slice(0, survivors)];
    return { ...this.#kept, stored };
  }

  #answer(count: number, act: (part: number) => void): void {
    for (let left = Math.min(count, this.#hub.appended.length); left > 0;) {
      const part = this.#awaited > 0 ? Math.min(left, this.#awaited) : left;
      const isAwaited = this.#awaited > 0;
      left -= part;
      if (isAwaited) this.#awaited -= part;
      act(part);
      if (isAwaited && this.#awaited === 0) this.#arrived();
    }
  }

  #begin(): void {
    this.#snapshot = this.#hub.broker.snapshot();
    this.#records = [];
    this.#awaited = this.#hub.appended.length;
    if (this.#awaited === 0) this.#arrived();
  }

  #slice(snapshot: Snapshot, bytes: number): void {
    const buffer = new RecordBuffer();
    const isMore = snapshot.next(bytes, (write) => buffer.write(write));
    this.#records.push(...recordsIn(buffer.take()));
    if (isMore) return;
    this.#snapshot = null;
    this.#isWhole = true;
    this.#awaited = this.#hub.appended.length;
    if (this.#awaited === 0) this.#arrived();
  }

  #arrived(): void {
    if (!this.#isWhole) {
      this.#from = this.#hub.stored.length + 1;
      return;
    }
    this.#isWhole = false;
    this.snapshots++;
    this.#kept = { stored: [], snapshot: this.#records, from: this.#from };
  }
}
