// Joins what is replayed into chunks that are worth a message each, copied so that they can be handed over.

import type { ReplayPart } from "./recovery.ts";

/** Chunks are about so large, in bytes. */
const CHUNK_BYTES = 1_048_576;

const NOTHING = new Uint8Array(0);

export interface ReplayChunk {
  /** A part of a memory of its own, which is handed over with it. */
  readonly records: Uint8Array<ArrayBuffer>;
  /** Of the first record; 0 when all are of a snapshot. */
  readonly firstLsn: number;
}

/** Returns what the parts return. Frames of a log follow one another, so that the LSN of the first tells all. */
export function* replayChunks<T>(parts: Generator<ReplayPart, T>): Generator<ReplayChunk, T> {
  let buffer = NOTHING;
  let bytes = 0;
  let firstLsn = 0;
  for (;;) {
    const next = parts.next();
    const part = next.done === true ? undefined : next.value;
    const isNew =
      part === undefined ||
      (part.firstLsn === 0) !== (firstLsn === 0) ||
      bytes + part.records.length > buffer.length;
    if (isNew && bytes > 0) {
      // it is handed over as it is: no second copy
      yield { records: buffer.subarray(0, bytes), firstLsn };
      buffer = NOTHING;
      bytes = 0;
    }
    if (next.done === true) return next.value;
    const { records } = next.value;
    if (bytes === 0) firstLsn = next.value.firstLsn;
    if (records.length > buffer.length)
      buffer = new Uint8Array(Math.max(records.length, CHUNK_BYTES));
    buffer.set(records, bytes);
    bytes += records.length;
  }
}
