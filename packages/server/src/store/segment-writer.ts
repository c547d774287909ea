// Writes frames to the end of one segment. What was written is on disk when a method returns.

import { type Files, isNoRoom, writeAll } from "./files.ts";
import { frameFlags, frameLength, makeFrame, SEAL_BYTES } from "./frame.ts";
import {
  SEGMENT_HEAD_BYTES,
  type SegmentEnding,
  type SegmentEntry,
  TERMINATOR_BYTES,
} from "./segment.ts";

/** Room that is kept for the seal of a segment and one behind which the store is closed. */
const RESERVE_BYTES = 2 * SEAL_BYTES + TERMINATOR_BYTES;

/** Where to go on in a segment. */
export interface SegmentEnd {
  /** Where the next frame begins, in bytes. */
  readonly end: number;
  /** The crc of the last frame. */
  readonly previous: number;
  /** The LSN that the next record gets. */
  readonly nextLsn: number;
  readonly ending: SegmentEnding;
}

export class SegmentWriter {
  readonly entry: SegmentEntry;
  readonly #files: Files;
  readonly #file: number;
  readonly #seed: number;
  #end: number;
  #previous: number;
  #nextLsn: number;
  #ending: SegmentEnding;
  readonly #seal: Uint8Array = new Uint8Array(SEAL_BYTES + TERMINATOR_BYTES);

  /** `file` is open for writing, and closed by {@link close}. */
  constructor(files: Files, file: number, entry: SegmentEntry, seed: number, end?: SegmentEnd) {
    this.#files = files;
    this.#file = file;
    this.entry = entry;
    this.#seed = seed;
    this.#end = end?.end ?? SEGMENT_HEAD_BYTES;
    this.#previous = end?.previous ?? entry.previous;
    this.#nextLsn = end?.nextLsn ?? entry.firstLsn;
    this.#ending = end?.ending ?? "open";
  }

  get nextLsn(): number {
    return this.#nextLsn;
  }

  get previous(): number {
    return this.#previous;
  }

  /** Where the next frame begins, in bytes. */
  get end(): number {
    return this.#end;
  }

  /** All that it holds is on disk, and a frame says so. */
  get isSealed(): boolean {
    return this.#ending !== "open";
  }

  /** Nothing was written to it. */
  get isEmpty(): boolean {
    return this.#end === SEGMENT_HEAD_BYTES;
  }

  /** Whether a frame of so many bytes of records has its place here. A new segment takes any: it grows. */
  fits(recordBytes: number): boolean {
    return this.isEmpty || this.#end + frameLength(recordBytes) + RESERVE_BYTES <= this.entry.bytes;
  }

  /**
   * Writes a frame of the records that stand in `bytes` from {@link FRAME_HEAD_BYTES} on; behind it there is room for
   * {@link TERMINATOR_BYTES}. Returns false when there is no room: nothing of it is in the file then. What it throws otherwise leaves it
   * unknown what is on disk.
   */
  append(bytes: Uint8Array, recordBytes: number, count: number): boolean {
    if (!this.#write(bytes, recordBytes, count, 0)) return false;
    this.#ending = "open";
    return true;
  }

  /** Writes that all before is on disk; `closed`: and that nothing follows in this run. Without room it does nothing. */
  seal(ending: "sealed" | "closed"): void {
    if (this.#ending === ending) return;
    const flags = frameFlags.seal | (ending === "closed" ? frameFlags.closed : 0);
    if (this.#write(this.#seal, 0, 0, flags)) this.#ending = ending;
  }

  close(): void {
    this.#files.close(this.#file);
  }

  #write(bytes: Uint8Array, recordBytes: number, count: number, flags: number): boolean {
    const length = frameLength(recordBytes);
    const crc = makeFrame(
      bytes,
      recordBytes,
      {
        firstLsn: this.#nextLsn,
        count,
        flags,
        syncedUpTo: this.#nextLsn - 1,
        previous: this.#previous,
      },
      this.#seed,
    );
    const written = bytes.subarray(0, length + TERMINATOR_BYTES);
    written.fill(0, length);
    try {
      writeAll(this.#files, this.#file, written, this.#end);
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.#cutBack();
      return false;
    }
    this.#files.sync(this.#file);
    this.#end += length;
    this.#previous = crc;
    this.#nextLsn += count;
    return true;
  }

  /** Takes away what was written of a frame for which there was no room, so that no later start takes it for stored. */
  #cutBack(): void {
    const isGrown = this.#files.size(this.#file) > Math.max(this.entry.bytes, this.#end);
    if (isGrown) this.#files.truncate(this.#file, Math.max(this.entry.bytes, this.#end));
    if (this.#end + TERMINATOR_BYTES <= this.#files.size(this.#file))
      writeAll(this.#files, this.#file, new Uint8Array(TERMINATOR_BYTES), this.#end);
    this.#files.sync(this.#file);
  }
}
