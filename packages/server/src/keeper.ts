// Between the core and the store: collects the records of a turn into one piece, carries answers back, and has a snapshot written when the
// log has become long.

import type { Broker } from "./core/broker.ts";
import type { RestoreFaults } from "./core/restore.ts";
import type { Snapshot } from "./core/snapshot.ts";
import { RecordBuffer } from "./record-buffer.ts";
import type { Store, StoreListener, StoreOpened } from "./ports/store.ts";

/** A log is this long before a snapshot is worth writing, in bytes, or as long as the last snapshot if that was more. */
const LOG_BYTES_MIN = 67_108_864;

/** A slice of a snapshot, in bytes: what one turn can spare. */
const SLICE_BYTES = 131_072;

/**
 * So many slices may wait to be written: enough that the disk is never idle. What is published meanwhile waits behind them, and they take memory.
 */
const SLICES_AHEAD = 4;

export class Keeper implements StoreListener {
  readonly #store: Store;
  readonly #told: () => Broker;
  readonly #onFailed: (sentence: string) => void;
  readonly #turn = new RecordBuffer();
  readonly #sliced = new RecordBuffer();
  #snapshot: Snapshot | null = null;
  #slicesAhead = 0;
  #isSliceScheduled = false;
  #isEnding = false;
  #isClosing = false;
  #snapshotBytes = 0;

  /** `told`: the core, after it was told the time. */
  constructor(store: Store, told: () => Broker, onFailed: (sentence: string) => void) {
    this.#store = store;
    this.#told = told;
    this.#onFailed = onFailed;
  }

  async open(): Promise<StoreOpened & RestoreFaults> {
    const broker = this.#told();
    const restore = broker.restore();
    const opened = await this.#store.open((bytes, lsn) => restore.record(bytes, lsn), this);
    return { ...opened, ...this.#told().restored(restore, opened.era, opened.nextLsn) };
  }

  append(record: Uint8Array, to: number): void {
    this.#turn.add(record, to);
  }

  /** The turn is over. */
  flush(): void {
    this.#told().storeIsFull(this.#store.isShortOfRoom);
    if (this.#turn.count > 0) {
      const { count } = this.#turn;
      this.#store.append(this.#turn.take(), count);
    }
    if (this.#snapshot === null && !this.#isEnding && !this.#isClosing && this.#isLong)
      this.#begin();
  }

  /** The log has become long enough for a snapshot. */
  get #isLong(): boolean {
    return this.#store.logBytes > Math.max(LOG_BYTES_MIN, this.#snapshotBytes);
  }

  async close(): Promise<void> {
    this.flush();
    this.#isClosing = true;
    // what was written of it is let go
    this.#snapshot = null;
    await this.#store.close();
  }

  stored(count: number, firstLsn: number): void {
    this.#told().stored(count, firstLsn);
  }

  refused(count: number): void {
    this.#told().notStored(count);
  }

  failed(sentence: string): void {
    this.#onFailed(sentence);
  }

  sliceTaken(): void {
    this.#slicesAhead--;
    this.#scheduleSlice();
  }

  snapshotEnded(outcome: { readonly bytes: number } | { readonly sentence: string }): void {
    this.#isEnding = false;
    if ("bytes" in outcome) this.#snapshotBytes = outcome.bytes;
  }

  #begin(): void {
    this.#store.beginSnapshot();
    this.#snapshot = this.#told().snapshot();
    this.#scheduleSlice();
  }

  /** One slice a turn, and none while the store has enough. */
  #scheduleSlice(): void {
    if (this.#snapshot === null || this.#isSliceScheduled || this.#slicesAhead >= SLICES_AHEAD)
      return;
    this.#isSliceScheduled = true;
    setImmediate(this.#slice);
  }

  readonly #slice = (): void => {
    this.#isSliceScheduled = false;
    if (this.#snapshot === null) return;
    const slice = this.#sliced;
    const isMore = this.#snapshot.next(SLICE_BYTES, (write) => slice.write(write));
    const { count } = slice;
    if (count > 0) {
      this.#slicesAhead++;
      this.#store.snapshotSlice(slice.take(), count);
    }
    if (isMore) return this.#scheduleSlice();
    this.#snapshot = null;
    this.#isEnding = true;
    this.#store.endSnapshot();
  };
}
