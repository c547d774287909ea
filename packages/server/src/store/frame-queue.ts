// Records that wait to be written. What has come together becomes one frame. No timer: the longer a sync takes, the more comes together.

import { FRAME_HEAD_BYTES, frameLength } from "./frame.ts";
import { RECORD_HEAD_BYTES, viewOf } from "./numbers.ts";
import { TERMINATOR_BYTES } from "./segment.ts";

/** A frame holds at most so many records, and so many bytes of them unless one is larger: a sync of more keeps others waiting. */
export const FRAME_BOUNDS = { records: 4096, bytes: 1_048_576 } as const;

/** Records where a frame is made of them, see {@link FRAME_HEAD_BYTES}; good until the next are taken. */
export interface NextFrame {
  readonly bytes: Uint8Array;
  readonly recordBytes: number;
  readonly count: number;
}

interface Batch {
  readonly records: Uint8Array;
  readonly count: number;
}

export class FrameQueue {
  #batches: Batch[] = [];
  /** Grows to what frames need. */
  #buffer: Uint8Array = bufferFor(4096);

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Records that are waiting, each behind its length. */
  add(records: Uint8Array, count: number): void {
    this.#batches.push({ records, count });
  }

  /** Returns how many records there were. */
  clear(): number {
    const count = this.#batches.reduce((sum, batch) => sum + batch.count, 0);
    this.#batches = [];
    return count;
  }

  /** Takes what goes into the next frame. There is something. */
  take(): NextFrame {
    let count = 0;
    let recordBytes = 0;
    let taken = 0;
    let large: Uint8Array | undefined;
    for (const batch of this.#batches) {
      const part = firstOf(batch, FRAME_BOUNDS.records - count, FRAME_BOUNDS.bytes - recordBytes);
      if (part.count === 0) {
        if (count > 0) break;
        // one record that is larger than a frame: alone
        large = batch.records.subarray(0, recordEnd(batch.records, 0));
        this.#batches[taken] = restOf(batch, { bytes: large.length, count: 1 });
        break;
      }
      this.#reserve(recordBytes + part.bytes);
      this.#buffer.set(batch.records.subarray(0, part.bytes), FRAME_HEAD_BYTES + recordBytes);
      count += part.count;
      recordBytes += part.bytes;
      if (part.count < batch.count) {
        this.#batches[taken] = restOf(batch, part);
        break;
      }
      taken++;
    }
    if (this.#batches[taken]?.count === 0) taken++;
    this.#batches.splice(0, taken);
    if (large === undefined) return { bytes: this.#buffer, recordBytes, count };
    const bytes = bufferFor(large.length);
    bytes.set(large, FRAME_HEAD_BYTES);
    return { bytes, recordBytes: large.length, count: 1 };
  }

  #reserve(recordBytes: number): void {
    if (frameLength(recordBytes) + TERMINATOR_BYTES <= this.#buffer.length) return;
    const grown = bufferFor(Math.min(FRAME_BOUNDS.bytes, recordBytes * 2));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}

interface Part {
  readonly bytes: number;
  readonly count: number;
}

/** As many records of a batch as fit. */
function firstOf({ records, count }: Batch, countMax: number, bytesMax: number): Part {
  if (count <= countMax && records.length <= bytesMax) return { bytes: records.length, count };
  let bytes = 0;
  let fitting = 0;
  while (fitting < Math.min(count, countMax)) {
    const end = recordEnd(records, bytes);
    if (end > bytesMax) break;
    bytes = end;
    fitting++;
  }
  return { bytes, count: fitting };
}

function restOf({ records, count }: Batch, part: Part): Batch {
  return { records: records.subarray(part.bytes), count: count - part.count };
}

function recordEnd(records: Uint8Array, at: number): number {
  return at + RECORD_HEAD_BYTES + viewOf(records).getUint32(at);
}

function bufferFor(recordBytes: number): Uint8Array {
  return new Uint8Array(frameLength(recordBytes) + TERMINATOR_BYTES);
}
