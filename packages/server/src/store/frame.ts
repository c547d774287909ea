// A frame of the log: what one group commit has written. Pure; it knows bytes, and neither files nor what follows from a bad frame.
//
//   0 length   4 crc   8 firstLsn   16 count   20 flags   24 syncedUpTo   32 previous   36 recordBytes   40 records …   end mark
//
// All numbers have the most significant byte first. `length` is that of the whole frame, a multiple of 8. `crc` covers everything behind
// itself and begins with the seed of the segment, so that a frame of another segment, or of an earlier life of the same file, is none.
// `previous` is the crc of the frame before: frames are a chain, and yet each can be checked alone, which tells a torn tail from damage.

import { crc32 } from "node:zlib";
import { countRecords, getLong, setLong, viewOf } from "./numbers.ts";

/** Bytes before the records of a frame. */
export const FRAME_HEAD_BYTES = 40;

/** Frames begin and end at multiples of this many bytes. */
export const FRAME_ALIGN = 8;

/** Stands in the last four bytes of a frame: most of what is no frame is told by it, before anything is summed. */
const END_MARK = 0xfa_9e_e2_0d;

export const frameFlags = {
  /** Holds no records and says that all before it is on disk. The last frame of a segment that is followed by another one. */
  seal: 1,
  /** A seal behind which the store was closed in order. */
  closed: 2,
} as const;

export interface FrameHead {
  /** The LSN of its first record; of a seal: that the next record gets. */
  readonly firstLsn: number;
  readonly count: number;
  /** See {@link frameFlags}. */
  readonly flags: number;
  /** All records up to this LSN were on disk before the frame was written. */
  readonly syncedUpTo: number;
  /** The crc of the frame before, or what the header of the segment says for the first. */
  readonly previous: number;
}

/** A frame that was read, and whose own bytes are sound. */
export interface Frame extends FrameHead {
  /** Where it begins, in bytes. */
  readonly at: number;
  /** Where the next one begins. */
  readonly end: number;
  readonly crc: number;
  /** Records, each behind its length. They are lent from what was read. */
  readonly records: Uint8Array;
}

/** The bytes of a frame that holds so many bytes of records, their lengths included. */
export function frameLength(recordBytes: number): number {
  return Math.ceil((FRAME_HEAD_BYTES + recordBytes + 4) / FRAME_ALIGN) * FRAME_ALIGN;
}

/** The bytes of a seal. */
export const SEAL_BYTES: number = frameLength(0);

/**
 * Makes a frame of the records that stand in `bytes` from {@link FRAME_HEAD_BYTES} on. Returns its crc. `bytes` is as long as
 * {@link frameLength} says, or longer.
 */
export function makeFrame(
  bytes: Uint8Array,
  recordBytes: number,
  head: FrameHead,
  seed: number,
): number {
  const length = frameLength(recordBytes);
  const view = viewOf(bytes);
  view.setUint32(0, length);
  setLong(view, 8, head.firstLsn);
  view.setUint32(16, head.count);
  view.setUint32(20, head.flags);
  setLong(view, 24, head.syncedUpTo);
  view.setUint32(32, head.previous);
  view.setUint32(36, recordBytes);
  bytes.fill(0, FRAME_HEAD_BYTES + recordBytes, length - 4);
  view.setUint32(length - 4, END_MARK);
  const crc = crc32(bytes.subarray(8, length), seed);
  view.setUint32(4, crc);
  return crc;
}

/** The frame that begins at `at`; undefined when there is none whose own bytes are sound. The chain is the caller's to check. */
export function readFrame(bytes: Uint8Array, at: number, seed: number): Frame | undefined {
  if (bytes.length - at < SEAL_BYTES) return undefined;
  const view = viewOf(bytes);
  const length = view.getUint32(at);
  if (length < SEAL_BYTES || length % FRAME_ALIGN !== 0 || length > bytes.length - at)
    return undefined;
  const end = at + length;
  if (view.getUint32(end - 4) !== END_MARK) return undefined;
  const recordBytes = view.getUint32(at + 36);
  if (frameLength(recordBytes) !== length) return undefined;
  const crc = view.getUint32(at + 4);
  if (crc32(bytes.subarray(at + 8, end), seed) !== crc) return undefined;
  const records = bytes.subarray(at + FRAME_HEAD_BYTES, at + FRAME_HEAD_BYTES + recordBytes);
  const count = view.getUint32(at + 16);
  if (countRecords(records) !== count) return undefined;
  return {
    at,
    end,
    crc,
    records,
    count,
    firstLsn: getLong(view, at + 8),
    flags: view.getUint32(at + 20),
    syncedUpTo: getLong(view, at + 24),
    previous: view.getUint32(at + 32),
  };
}
