// In which order the methods of a store may be called. Whatever is against it is a mistake of the program: a TypeError, at once.

import { countRecords } from "./numbers.ts";

export class CallOrder {
  #state: "new" | "open" | "closed" = "new";
  #isSnapshotOpen = false;

  open(): void {
    if (this.#state !== "new") throw new TypeError("A store is opened once.");
    this.#state = "open";
  }

  /** False when there is nothing to append. */
  append(records: Uint8Array, count: number): boolean {
    this.#checkOpen();
    checkRecords(records, count);
    return count > 0;
  }

  beginSnapshot(): void {
    this.#checkOpen();
    if (this.#isSnapshotOpen) throw new TypeError("A snapshot has begun already.");
    this.#isSnapshotOpen = true;
  }

  /** False when there is nothing to add. */
  snapshotSlice(records: Uint8Array, count: number): boolean {
    this.#checkOpen();
    if (!this.#isSnapshotOpen) throw new TypeError("No snapshot has begun.");
    checkRecords(records, count);
    return count > 0;
  }

  endSnapshot(): void {
    this.#checkOpen();
    if (!this.#isSnapshotOpen) throw new TypeError("No snapshot has begun.");
    this.#isSnapshotOpen = false;
  }

  close(): void {
    this.#state = "closed";
  }

  #checkOpen(): void {
    if (this.#state === "new") throw new TypeError("The store is not open yet.");
    if (this.#state === "closed") throw new TypeError("The store is closed.");
  }
}

function checkRecords(records: Uint8Array, count: number): void {
  if (countRecords(records) !== count)
    throw new TypeError(
      `These ${records.length} bytes are not ${count} records, each behind its length.`,
    );
}

/** What is said of a snapshot that was not complete when its store was closed. */
export const CLOSED_FIRST = "The store was closed before the snapshot was complete.";
