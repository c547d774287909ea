// A segment of the log, as bytes: a header, then frames back to back up to a length of zero. Pure.

import { crc32 } from "node:zlib";
import { FRAME_ALIGN, frameFlags, type Frame, readFrame, SEAL_BYTES } from "./frame.ts";
import { FORMAT, LEAST_READER, type StoreIdentity } from "./format.ts";
import { getLong, setLong, viewOf } from "./numbers.ts";

/** Bytes of the header, the first frame's place. */
export const SEGMENT_HEAD_BYTES = 64;

/** Zeros behind the last frame: what a file held in an earlier life is not taken for more. */
export const TERMINATOR_BYTES: number = FRAME_ALIGN;

const MAGIC = Buffer.from("fwlog\r\n\0", "latin1");

/** What the manifest knows of a segment, and its header says again. */
export interface SegmentEntry {
  /** Counts up over the whole life of a store; the file is called after it. */
  readonly number: number;
  /** The LSN of the first record that it may hold. */
  readonly firstLsn: number;
  /** The file is at least so long, from the beginning: a shorter one was cut by somebody else. */
  readonly bytes: number;
  /** The crc of the last frame of the segment before; of the first: 0. */
  readonly previous: number;
}

export function segmentName(number: number): string {
  return `log-${number}`;
}

/** The number in the name of a segment; undefined when it is no such name. */
export function segmentNumber(name: string): number | undefined {
  const digits = /^log-([1-9]\d{0,14})$/u.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function segmentHeader(identity: StoreIdentity, entry: SegmentEntry): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEAD_BYTES);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint16(8, FORMAT);
  view.setUint16(10, LEAST_READER);
  view.setUint32(12, identity.era);
  bytes.set(Buffer.from(identity.storeId, "hex"), 16);
  setLong(view, 32, entry.number);
  setLong(view, 40, entry.firstLsn);
  setLong(view, 48, entry.bytes);
  view.setUint32(56, entry.previous);
  view.setUint32(60, crc32(bytes.subarray(0, 60)));
  return bytes;
}

/** What a header says; undefined when it is none. */
export function readSegmentHeader(
  bytes: Uint8Array,
): { readonly identity: StoreIdentity; readonly entry: SegmentEntry } | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES) return undefined;
  const view = viewOf(bytes);
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0 || view.getUint16(10) > FORMAT) return undefined;
  if (crc32(bytes.subarray(0, 60)) !== view.getUint32(60)) return undefined;
  return {
    identity: {
      storeId: Buffer.from(bytes.subarray(16, 32)).toString("hex"),
      era: view.getUint32(12),
    },
    entry: {
      number: getLong(view, 32),
      firstLsn: getLong(view, 40),
      bytes: getLong(view, 48),
      previous: view.getUint32(56),
    },
  };
}

/** With what the sums of the frames of a segment begin: the sum of its header, so that they hold in no other. */
export function segmentSeed(header: Uint8Array): number {
  return viewOf(header).getUint32(60);
}

/** What the last frame says: more may follow, all before is on disk, or the store was closed in order. */
export type SegmentEnding = "open" | "sealed" | "closed";

/** How far a segment can be read, and what stands behind that. */
export interface SegmentScan {
  /** Sound frames, each linked to the one before. */
  readonly frames: readonly Frame[];
  /** Where the last of them ends. */
  readonly end: number;
  /** Its crc, to which the next frame is linked. */
  readonly previous: number;
  /** The LSN that the next record gets. */
  readonly nextLsn: number;
  readonly ending: SegmentEnding;
  /** Bytes behind the end that look like the beginning of a frame; 0 where zeros say that nothing follows. */
  readonly restBytes: number;
}

/** Reads frames as far as they are linked. `bytes` is the whole file; its header is known to be the one that `entry` makes. */
export function scanSegment(bytes: Uint8Array, entry: SegmentEntry, seed: number): SegmentScan {
  const frames: Frame[] = [];
  let end = SEGMENT_HEAD_BYTES;
  let previous = entry.previous;
  let nextLsn = entry.firstLsn;
  for (;;) {
    const frame = readFrame(bytes, end, seed);
    if (frame === undefined || frame.previous !== previous || frame.firstLsn !== nextLsn) break;
    frames.push(frame);
    end = frame.end;
    previous = frame.crc;
    nextLsn += frame.count;
  }
  return {
    frames,
    end,
    previous,
    nextLsn,
    ending: endingOf(frames.at(-1)),
    restBytes: restBytes(bytes, end),
  };
}

function endingOf(last: Frame | undefined): SegmentEnding {
  if (last === undefined) return "open";
  if ((last.flags & frameFlags.closed) !== 0) return "closed";
  return (last.flags & frameFlags.seal) === 0 ? "open" : "sealed";
}

function restBytes(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < 4) return 0;
  const length = viewOf(bytes).getUint32(at);
  if (length === 0) return 0;
  if (length >= SEAL_BYTES && length <= bytes.length - at) return length;
  let last = bytes.length;
  while (last > at && bytes[last - 1] === 0) last--;
  return last - at;
}

/**
 * The first sound frame of this segment behind `at`. A frame is written only when all before it is on disk: where there is one, what
 * cannot be read before it had been confirmed.
 */
export function findFrameBehind(bytes: Uint8Array, at: number, seed: number): Frame | undefined {
  const view = viewOf(bytes);
  for (let place = at + FRAME_ALIGN; bytes.length - place >= SEAL_BYTES; place += FRAME_ALIGN) {
    const length = view.getUint32(place);
    if (length < SEAL_BYTES || length > bytes.length - place) continue;
    const frame = readFrame(bytes, place, seed);
    if (frame !== undefined) return frame;
  }
  return undefined;
}
