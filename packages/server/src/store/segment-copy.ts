// Makes a segment of frames that were read: their sums begin with its own seed, so they are made anew.

import { type Files, writeAll } from "./files.ts";
import { frameFlags, FRAME_HEAD_BYTES, frameLength, makeFrame } from "./frame.ts";
import { SEGMENT_HEAD_BYTES, type SegmentEntry, segmentSeed, TERMINATOR_BYTES } from "./segment.ts";
import type { SegmentEnd } from "./segment-writer.ts";

/** What becomes a frame. */
export interface Group {
  /** Each behind its length. */
  readonly records: Uint8Array;
  readonly count: number;
}

export class SegmentCopy {
  readonly #files: Files;
  readonly #file: number;
  readonly #seed: number;
  #end = SEGMENT_HEAD_BYTES;
  #previous: number;
  #nextLsn: number;

  /** Writes the header. The caller syncs the file and closes it. */
  constructor(files: Files, file: number, entry: SegmentEntry, header: Uint8Array) {
    this.#files = files;
    this.#file = file;
    this.#seed = segmentSeed(header);
    this.#previous = entry.previous;
    this.#nextLsn = entry.firstLsn;
    writeAll(files, file, header, 0);
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#end;
  }

  /** Adds a frame; none for a group without records. */
  add({ records, count }: Group): void {
    if (count > 0) this.#write(records, count, 0);
  }

  /** Writes what stands behind the last frame, which is a seal if `isSealed`. */
  finish(isSealed: boolean): SegmentEnd {
    if (isSealed) this.#write(new Uint8Array(0), 0, frameFlags.seal);
    writeAll(this.#files, this.#file, new Uint8Array(TERMINATOR_BYTES), this.#end);
    return {
      end: this.#end,
      previous: this.#previous,
      nextLsn: this.#nextLsn,
      ending: isSealed ? "sealed" : "open",
    };
  }

  #write(records: Uint8Array, count: number, flags: number): void {
    const frame = new Uint8Array(frameLength(records.length));
    frame.set(records, FRAME_HEAD_BYTES);
    const head = {
      firstLsn: this.#nextLsn,
      count,
      flags,
      syncedUpTo: this.#nextLsn - 1,
      previous: this.#previous,
    };
    this.#previous = makeFrame(frame, records.length, head, this.#seed);
    writeAll(this.#files, this.#file, frame, this.#end);
    this.#end += frame.length;
    this.#nextLsn += count;
  }
}
