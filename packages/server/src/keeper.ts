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

export class Keeper implements StoreListener {
  readonly #store: Store;
  readonly #logBytesMin: number;
  readonly #told: () => Broker;
  readonly #onFailed: (sentence: string) => void;
  readonly #turn = new RecordBuffer();
  /** Records that the store has not answered. */
  #unanswered = 0;
  #snapshot: Snapshot | null = null;
  /** Of the records that the snapshot stands for, those that the store has not answered: the core does not hold them before that. */
  #awaited = 0;
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
    return { ...opened, ...this.#told().restored(restore, opened.era, opened.nextLsn) };
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

  snapshotEnded(outcome: { readonly bytes: number } | { readonly sentence: string }): void {
    this.#isEnding = false;
    if ("bytes" in outcome) this.#snapshotBytes = outcome.bytes;
    this.#retryBytes = "bytes" in outcome ? 0 : this.#store.logBytes + this.#logBytesMin / 2;
  }

  #begin(): void {
    this.#store.beginSnapshot();
    this.#snapshot = this.#told().snapshot();
    this.#awaited = this.#unanswered;
    if (this.#awaited === 0) setImmediate(this.#slice);
  }

  #answered(count: number): void {
    this.#unanswered -= count;
    if (this.#awaited === 0) return;
    this.#awaited = Math.max(0, this.#awaited - count);
    if (this.#awaited === 0) setImmediate(this.#slice);
  }

  readonly #slice = (): void => {
    if (this.#snapshot === null) return;
    const slice = new RecordBuffer();
    const isMore = this.#snapshot.next(SLICE_BYTES, (write) => slice.write(write));
    const { count } = slice;
    if (count > 0) this.#store.snapshotSlice(slice.take(), count);
    if (isMore) setImmediate(this.#slice);
    else {
      this.#snapshot = null;
      this.#isEnding = true;
      this.#store.endSnapshot();
    }
  };
}
