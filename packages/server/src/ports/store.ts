// What survives the process. The core hands over records that are results (never increments), and hears in the same order what became of
// each: nothing durable is shown, confirmed or counted before that. A store looks into no record.

/** What has become of records, in the order in which they were appended. No call comes from inside a method of the store. */
export interface StoreListener {
  /** The next `count` records are on stable storage. `firstLsn`: of the first; the others follow it. */
  stored(count: number, firstLsn: number): void;
  /**
   * The next `count` records are not stored and never will be: there is no room. With them everything is refused that was appended
   * before this call, so that nothing is stored behind what is missing. Later ones may be stored.
   */
  refused(count: number): void;
  /** Nobody knows what has become of the records that are not answered, and no more are taken: the process should end. */
  failed(sentence: string): void;
  /** A slice of the snapshot was dealt with: it was written, or the snapshot was given up before. Slices are told in order, one call each. */
  sliceTaken(): void;
  /** A snapshot is complete, and what it replaces is let go; or it could not be written, and what was stays. */
  snapshotEnded(outcome: { readonly bytes: number } | { readonly sentence: string }): void;
}

/** What a store knows of itself when it was opened. */
export interface StoreOpened {
  /** Tells this store from all others, and from itself after a restore or a salvage: 1 … 2^32 − 1. */
  readonly era: number;
  /** How often it was opened, this time included. */
  readonly run: number;
  /** The LSN that the next record gets; the first of a store is 1. */
  readonly nextLsn: number;
  /** Records that were replayed. */
  readonly replayed: number;
  /** Bytes at the end that no frame proves to have been confirmed, and that were left out; 0 after a clean stop. */
  readonly tornBytes: number;
}

/** Gets what was stored: first the records of the snapshot (LSN 0), then those of the log, in order. `bytes` is only lent. */
export type Replay = (bytes: Uint8Array, lsn: number) => void;

export interface Store {
  /**
   * Reads everything, and takes records from then on. Rejects with a {@link StoreError}; nothing is changed then. Called once, first.
   * Records of the log that the snapshot holds already may be replayed once more.
   */
  open(replay: Replay, listener: StoreListener): Promise<StoreOpened>;
  /**
   * Appends records that lie back to back, each behind its length (4 bytes, big-endian). The bytes are the store's from then on. They
   * are answered by one or several calls of the listener, together with what comes meanwhile.
   */
  append(records: Uint8Array, count: number): void;
  /** Bytes of the log since the last snapshot: how long a replay has become. Follows what was answered. */
  readonly logBytes: number;
  /**
   * What comes when the room that is set aside is used up will be refused: there is none for more at the moment. What may wait had better be
   * refused before it is appended. Follows what was answered, and ends by itself when there is room again.
   */
  readonly isShortOfRoom: boolean;
  /**
   * Begins a snapshot: it stands for all records that were appended before. What follows by {@link snapshotSlice} is written beside the log, until
   * {@link endSnapshot}. One at a time.
   */
  beginSnapshot(): void;
  /**
   * Records of the snapshot, as in {@link append}. Their order is kept. Whoever has more of them had better wait for `sliceTaken`: a store
   * keeps all that it has not written in memory, and what is appended meanwhile waits behind it.
   */
  snapshotSlice(records: Uint8Array, count: number): void;
  endSnapshot(): void;
  /** Answers everything, a snapshot that is not complete too, seals the log, and lets go of the directory. */
  close(): Promise<void>;
}

/** Why a store cannot be opened. */
export type StoreErrorCode =
  /** The path is no directory of a store, and is not empty. */
  | "not-a-store"
  /** A newer version of fanwire has written it. */
  | "newer-format"
  /** It cannot be read, or not be written. */
  | "inaccessible"
  /** Another process has it. */
  | "locked"
  /** What was confirmed cannot be read: nothing was changed. */
  | "corrupt"
  /** There is no room to begin with. */
  | "full";

/** An error of a store, with a sentence that says what is wrong, where, and what to do. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
