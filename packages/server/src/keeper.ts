// Between the core and the store: collects the records of a turn into one piece, carries answers back, and has a snapshot written when the
// log has become long.

import type { Broker } from "./core/broker.ts";
import type { RestoreFaults } from "./core/restore.ts";
import type { Snapshot } from "./core/snapshot.ts";
import { RecordBuffer } from "./record-buffer.ts";
import type { Store, StoreListener, StoreOpened } from "./ports/store.ts";

/** A store, and how it is used. */
export interface Keeping {
  readonly store: Store;
  /** A log is this long before a snapshot is worth writing, in bytes, or as long as the last snapshot if that was more. */
  readonly logBytesMin: number;
}

/** A slice of a snapshot, in bytes: what one turn can spare. */
const SLICE_BYTES = 131_072;

/**
 * So many slices may wait to be written: enough that the disk is never idle. What is published meanwhile waits behind them, and they take memory.
 */
const SLICES_AHEAD = 4;

export class Keeper implements StoreListener {
  readonly #store: Store;
  readonly #logBytesMin: number;
  readonly #told: () => Broker;
  readonly #onFailed: (sentence: string) => void;
  readonly #turn = new RecordBuffer();
  readonly #sliced = new RecordBuffer();
  /** Records that the store has not answered. */
  #unanswered = 0;
  #snapshot: Snapshot | null = null;
  /** Of the records that the snapshot stands for, those that the store has not answered: the core does not hold them before that. */
  #awaited = 0;
  #slicesAhead = 0;
  #isSliceScheduled = false;
  #isEnding = false;
  #isClosed = false;
  #snapshotBytes = 0;
  /** Behind a snapshot for which there was no room: how long the log is when another one is tried, unless there is room before. */
  #retryBytes = 0;
  #wasShort = false;

  /** `told`: the core, after it was told the time. */
  constructor(
    { store, logBytesMin }: Keeping,
    told: () => Broker,
    onFailed: (sentence: string) => void,
  ) {
    this.#store = store;
    this.#logBytesMin = logBytesMin;
    this.#told = told;
    this.#onFailed = onFailed;
  }

  async open(): Promise<StoreOpened & RestoreFaults> {
    const broker = this.#told();
    const restore = broker.restore();
    const opened = await this.#store.open((bytes, lsn) => restore.record(bytes, lsn), this);
    return { ...opened, ...this.#told().restored(restore, opened.era, opened.nextLsn, opened.run) };
  }

  append(record: Uint8Array, to: number): void {
    this.#turn.add(record, to);
  }

  /** The turn is over. */
  flush(): void {
    const isShort = this.#store.isShortOfRoom;
    this.#told().storeIsFull(isShort);
    if (this.#wasShort && !isShort) this.#retryBytes = 0;
    this.#wasShort = isShort;
    if (this.#turn.count > 0) {
      const { count } = this.#turn;
      this.#unanswered += count;
      this.#store.append(this.#turn.take(), count);
    }
    if (this.#isSnapshotDue) this.#begin();
  }

  get #isSnapshotDue(): boolean {
    if (this.#snapshot !== null || this.#isEnding || this.#isClosed) return false;
    const due = Math.max(this.#logBytesMin, this.#snapshotBytes, this.#retryBytes);
    return this.#store.logBytes > due;
  }

  async close(): Promise<void> {
    this.flush();
    // one that is not complete is given up
    this.#snapshot = null;
    this.#isClosed = true;
    await this.#store.close();
  }

  stored(count: number, firstLsn: number): void {
    this.#told().stored(count, firstLsn);
    this.#answered(count);
  }

  refused(count: number): void {
    this.#told().notStored(count);
    this.#answered(count);
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
    this.#retryBytes = "bytes" in outcome ? 0 : this.#store.logBytes + this.#logBytesMin / 2;
  }

  #begin(): void {
    this.#store.beginSnapshot();
    this.#snapshot = this.#told().snapshot();
    this.#awaited = this.#unanswered;
    this.#scheduleSlice();
  }

  #answered(count: number): void {
    this.#unanswered -= count;
    if (this.#awaited === 0) return;
    this.#awaited = Math.max(0, this.#awaited - count);
    this.#scheduleSlice();
  }

  /** One slice a turn, and none before the snapshot holds what it stands for, or while the store has enough. */
  #scheduleSlice(): void {
    if (this.#snapshot === null || this.#awaited > 0 || this.#isSliceScheduled) return;
    if (this.#slicesAhead >= SLICES_AHEAD) return;
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
