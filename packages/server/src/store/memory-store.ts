// The reference of what a store promises, without a disk: records live as long as the memory that they are put into.

import {
  type Replay,
  type Store,
  StoreError,
  type StoreListener,
  type StoreOpened,
} from "../ports/store.ts";
import { CallOrder, CLOSED_FIRST } from "./call-order.ts";
import { eachRecord, RECORD_HEAD_BYTES } from "./numbers.ts";

interface Kept {
  readonly bytes: Uint8Array;
  readonly lsn: number;
}

/** What a memory store leaves to the next one, as a directory does. */
export class StoreMemory {
  readonly era: number;
  run = 0;
  nextLsn = 1;
  snapshot: readonly Uint8Array[] = [];
  /** The records behind the snapshot. */
  log: Kept[] = [];
  isHeld = false;

  /** `era`: 1 … 2^32 − 1. */
  constructor(era = 1) {
    this.era = era;
  }
}

interface Snapshot {
  /** It stands for all records before this LSN. */
  readonly nextLsn: number;
  readonly records: Uint8Array[];
}

export class MemoryStore implements Store {
  get isShortOfRoom(): boolean {
    return false;
  }

  readonly #memory: StoreMemory;
  readonly #calls: CallOrder = new CallOrder();
  #listener: StoreListener | undefined;
  #snapshot: Snapshot | undefined;
  /** What was asked for in this turn, in order; it is done when the turn is over. */
  #tasks: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(memory: StoreMemory = new StoreMemory()) {
    this.#memory = memory;
  }

  get logBytes(): number {
    return this.#memory.log.reduce((sum, { bytes }) => sum + RECORD_HEAD_BYTES + bytes.length, 0);
  }

  async open(replay: Replay, listener: StoreListener): Promise<StoreOpened> {
    const memory = this.#memory;
    this.#calls.open();
    if (memory.isHeld) throw new StoreError("locked", "Another store holds this memory.");
    memory.isHeld = true;
    memory.run++;
    this.#listener = listener;
    for (const bytes of memory.snapshot) replay(bytes, 0);
    for (const { bytes, lsn } of memory.log) replay(bytes, lsn);
    const { era, run, nextLsn, snapshot, log } = memory;
    return { era, run, nextLsn, replayed: snapshot.length + log.length, tornBytes: 0 };
  }

  append(records: Uint8Array, count: number): void {
    if (!this.#calls.append(records, count)) return;
    this.#later(() => {
      const { log, nextLsn } = this.#memory;
      eachRecord(records, (bytes) => log.push({ bytes, lsn: this.#memory.nextLsn++ }));
      this.#listener?.stored(count, nextLsn);
    });
  }

  beginSnapshot(): void {
    this.#calls.beginSnapshot();
    this.#later(() => {
      this.#snapshot = { nextLsn: this.#memory.nextLsn, records: [] };
    });
  }

  snapshotSlice(records: Uint8Array, count: number): void {
    if (!this.#calls.snapshotSlice(records, count)) return;
    this.#later(() => {
      eachRecord(records, (bytes) => this.#snapshot?.records.push(bytes));
      this.#listener?.sliceTaken();
    });
  }

  endSnapshot(): void {
    this.#calls.endSnapshot();
    this.#later(() => {
      const { nextLsn, records } = this.#snapshot!;
      this.#snapshot = undefined;
      this.#memory.snapshot = records;
      this.#memory.log = this.#memory.log.filter(({ lsn }) => lsn >= nextLsn);
      this.#listener?.snapshotEnded({
        bytes: records.reduce((sum, { length }) => sum + RECORD_HEAD_BYTES + length, 0),
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #close(): Promise<void> {
    this.#calls.close();
    if (this.#listener === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#later(() => {
        if (this.#snapshot !== undefined) this.#listener?.snapshotEnded({ sentence: CLOSED_FIRST });
        this.#memory.isHeld = false;
        resolve();
      });
    });
  }

  #later(task: () => void): void {
    if (this.#tasks.push(task) > 1) return;
    setImmediate(() => {
      const tasks = this.#tasks;
      this.#tasks = [];
      for (const each of tasks) each();
    });
  }
}
