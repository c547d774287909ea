// Reads a store as it was left: finds the snapshot to begin with, reads the log behind it, and decides what its end is. Changes nothing.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Files, readAll, readWhole } from "./files.ts";
import type { Frame } from "./frame.ts";
import { type DirectoryKind, names } from "./layout.ts";
import { type Manifest, type ManifestRead, readManifest, type SnapshotEntry } from "./manifest.ts";
import {
  findFrameBehind,
  readSegmentHeader,
  scanSegment,
  SEGMENT_HEAD_BYTES,
  type SegmentEntry,
  segmentHeader,
  segmentName,
  segmentNumber,
  type SegmentScan,
  segmentSeed,
} from "./segment.ts";
import { backupDirectory, corrupt, foreignDirectory, newerFormat } from "./sentences.ts";
import {
  SNAPSHOT_DIGEST_BYTES,
  SNAPSHOT_HEAD_BYTES,
  snapshotHeader,
  snapshotName,
  wholeRecords,
} from "./snapshot.ts";

/** Records that were read: of a frame, or of a part of a snapshot (LSN 0). Lent. */
export interface ReplayPart {
  readonly records: Uint8Array;
  readonly count: number;
  /** Of the first; 0 when they are of a snapshot. */
  readonly firstLsn: number;
}

/** The last segment, read. */
export interface Tail {
  readonly entry: SegmentEntry;
  /** The whole file. */
  readonly bytes: Uint8Array;
  readonly scan: SegmentScan;
}

/** What a store is found to be. */
export interface Recovered {
  readonly manifest: Manifest;
  /** The snapshot that was replayed; undefined when all of the log was. */
  readonly snapshot: SnapshotEntry | undefined;
  /** Newer ones, which cannot be read. */
  readonly badSnapshots: readonly SnapshotEntry[];
  /** Undefined when a store was being made and has no segment yet. */
  readonly tail: Tail | undefined;
  readonly nextLsn: number;
  /** Records that were replayed. */
  readonly replayed: number;
  /** Bytes of frames that were read behind the snapshot. */
  readonly logBytes: number;
}

/** Bytes of a snapshot that are read at a time. */
const PART_BYTES = 1_048_576;

/** A manifest, and the text that it was read from. */
export type Found = Extract<ManifestRead, { kind: "sound" }>;

/** The manifest of a directory that holds a store; undefined for an empty one. Throws a StoreError for any other. */
export function findManifest(
  files: Files,
  directory: string,
  kind: DirectoryKind,
): Found | undefined {
  switch (kind) {
    case "empty":
      return undefined;
    case "backup":
      throw backupDirectory(directory);
    case "foreign":
      throw foreignDirectory(directory);
    case "beheaded":
      throw corrupt(directory, "there are files of a store, and no MANIFEST that names them");
    case "store": {
      const read = loadManifest(files, directory);
      switch (read.kind) {
        case "sound":
          return read;
        case "newer":
          throw newerFormat(directory, read.format);
        case "damaged":
          throw corrupt(directory, "MANIFEST is not as it was written");
        case "foreign":
          throw files.list(directory)!.some((name) => segmentNumber(name) !== undefined)
            ? corrupt(directory, "MANIFEST is not as it was written")
            : foreignDirectory(directory);
      }
    }
  }
}

export function loadManifest(files: Files, directory: string): ManifestRead {
  const bytes = readWhole(files, join(directory, names.manifest));
  return readManifest(Buffer.from(bytes).toString("latin1"));
}

/**
 * Replays a store, part by part. Throws a StoreError of what was confirmed and cannot be read. `isCut`: segments are copies that end behind
 * their last frame.
 */
export function* recover(
  files: Files,
  directory: string,
  manifest: Manifest,
  isCut = false,
): Generator<ReplayPart, Recovered> {
  const { snapshot, bad } = chooseSnapshot(files, directory, manifest);
  let replayed = 0;
  if (snapshot !== undefined)
    for (const part of snapshotParts(files, directory, snapshot)) {
      replayed += part.count;
      yield part;
    }
  const held = snapshot?.nextLsn ?? 1;
  let expected = held;
  let logBytes = 0;
  let tail: Tail | undefined;
  for (const [i, entry] of manifest.segments.entries()) {
    const next = manifest.segments[i + 1];
    if (next !== undefined && next.firstLsn <= held) continue;
    tail = readSegment(files, directory, manifest, entry, isCut);
    const loss = lossOf(tail, next);
    if (loss !== undefined) throw corrupt(directory, loss);
    for (const frame of tail.scan.frames) {
      if (frame.firstLsn + frame.count <= held && snapshot !== undefined) continue;
      if (frame.count > 0) yield frame;
      replayed += frame.count;
      logBytes += frame.end - frame.at;
    }
    expected = tail.scan.nextLsn;
  }
  if (snapshot !== undefined && expected < snapshot.nextLsn)
    throw corrupt(
      directory,
      `the log ends before record ${snapshot.nextLsn - 1}, which ${snapshotName(snapshot.number)} holds`,
    );
  for (const { number } of strangersOf(files, directory, manifest, expected))
    throw corrupt(
      directory,
      `MANIFEST is older than the log: ${segmentName(number)}, which it does not name, holds records behind ${expected - 1}`,
    );
  return {
    manifest,
    snapshot,
    badSnapshots: bad,
    tail,
    nextLsn: expected,
    replayed,
    logBytes,
  };
}

/** The newest snapshot that is as it was written; none when the log reaches back to the first record. */
export function chooseSnapshot(
  files: Files,
  directory: string,
  manifest: Manifest,
): { readonly snapshot: SnapshotEntry | undefined; readonly bad: readonly SnapshotEntry[] } {
  const bad: SnapshotEntry[] = [];
  for (const snapshot of manifest.snapshots.toReversed()) {
    if (isSnapshotSound(files, directory, manifest, snapshot)) return { snapshot, bad };
    bad.push(snapshot);
  }
  if (bad.length > 0 && manifest.segments[0]?.firstLsn !== 1)
    throw corrupt(
      directory,
      `${bad.map(({ number }) => snapshotName(number)).join(" and ")} cannot be read, and the log behind does not hold the records before ${bad[0]!.nextLsn}`,
    );
  return { snapshot: undefined, bad };
}

/** Whether a snapshot is as the manifest says. */
export function isSnapshotSound(
  files: Files,
  directory: string,
  manifest: Manifest,
  entry: SnapshotEntry,
): boolean {
  const path = join(directory, snapshotName(entry.number));
  let file: number;
  try {
    file = files.openToRead(path);
  } catch {
    return false;
  }
  try {
    if (files.size(file) !== entry.bytes) return false;
    const hash = createHash("sha256");
    const part = new Uint8Array(Math.min(PART_BYTES, entry.bytes));
    const end = entry.bytes - SNAPSHOT_DIGEST_BYTES;
    let head = true;
    for (let at = 0; at < end;) {
      const read = readAll(files, file, part.subarray(0, Math.min(part.length, end - at)), 0, at);
      if (read === 0) return false;
      if (head) {
        const wanted = snapshotHeader(manifest, entry.number, entry.nextLsn);
        if (Buffer.compare(part.subarray(0, SNAPSHOT_HEAD_BYTES), wanted) !== 0) return false;
        head = false;
      }
      hash.update(part.subarray(0, read));
      at += read;
    }
    const digest = new Uint8Array(SNAPSHOT_DIGEST_BYTES);
    readAll(files, file, digest, 0, end);
    const hex = hash.digest("hex");
    return hex === entry.sha256 && hex === Buffer.from(digest).toString("hex");
  } finally {
    files.close(file);
  }
}

/** The records of a snapshot that is known to be sound. */
export function* snapshotParts(
  files: Files,
  directory: string,
  entry: SnapshotEntry,
): Generator<ReplayPart> {
  const file = files.openToRead(join(directory, snapshotName(entry.number)));
  try {
    const end = entry.bytes - SNAPSHOT_DIGEST_BYTES;
    let bytes = new Uint8Array(Math.min(PART_BYTES, entry.bytes));
    for (let at = SNAPSHOT_HEAD_BYTES; at < end;) {
      const wanted = Math.min(bytes.length, end - at);
      const read = readAll(files, file, bytes.subarray(0, wanted), 0, at);
      const whole = wholeRecords(bytes.subarray(0, read));
      if (whole.count > 0) {
        yield { records: bytes.subarray(0, whole.bytes), count: whole.count, firstLsn: 0 };
        at += whole.bytes;
      } else if (read < end - at) bytes = new Uint8Array(bytes.length * 2);
      else throw new Error(`${snapshotName(entry.number)} ends within a record.`);
    }
  } finally {
    files.close(file);
  }
}

/** Reads a segment that the manifest names. Throws a StoreError where the file is not the one that it means. */
export function readSegment(
  files: Files,
  directory: string,
  manifest: Manifest,
  entry: SegmentEntry,
  isCut: boolean,
): Tail {
  const name = segmentName(entry.number);
  const bytes = readNamed(files, directory, name);
  const header = segmentHeader(manifest, entry);
  if (bytes === undefined) throw corrupt(directory, `${name} is missing`);
  if (Buffer.compare(bytes.subarray(0, SEGMENT_HEAD_BYTES), header) !== 0)
    throw corrupt(directory, `${name} does not begin as it was written (byte 0)`);
  if (bytes.length < entry.bytes && !isCut)
    throw corrupt(
      directory,
      `${name} was cut: it has ${bytes.length} of ${entry.bytes} bytes, and its records begin with ${entry.firstLsn}`,
    );
  return { entry, bytes, scan: scanSegment(bytes, entry, segmentSeed(header)) };
}

/** The bytes of a file of the store; undefined when it is missing. */
export function readNamed(files: Files, directory: string, name: string): Uint8Array | undefined {
  try {
    return readWhole(files, join(directory, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What was confirmed and cannot be read at the end of what can; undefined when nothing is. */
export function lossOf(
  { entry, bytes, scan }: Tail,
  next: SegmentEntry | undefined,
): string | undefined {
  const name = segmentName(entry.number);
  const place = `${name} cannot be read at byte ${scan.end}`;
  if (next !== undefined) {
    const isWhole =
      scan.ending !== "open" && scan.nextLsn === next.firstLsn && scan.previous === next.previous;
    return isWhole
      ? undefined
      : `${place}, before the end of a segment that was sealed: records ${scan.nextLsn} to ${next.firstLsn - 1}`;
  }
  const behind = findFrameBehind(bytes, scan.end, segmentSeed(bytes));
  return behind === undefined
    ? undefined
    : `${place}, which was confirmed as a later frame proves: ${lsnRange(scan.nextLsn, behind)}`;
}

function lsnRange(from: number, behind: Frame): string {
  return from < behind.firstLsn
    ? `records ${from} to ${behind.firstLsn - 1}`
    : `what stands before record ${from}`;
}

/**
 * Segments that the manifest does not name, with records that none of its own holds: it is older than the log. `nextLsn`: the LSN behind
 * its own.
 */
export function strangersOf(
  files: Files,
  directory: string,
  manifest: Manifest,
  nextLsn: number,
): SegmentEntry[] {
  const known = new Set(manifest.segments.map(({ number }) => number));
  const found: SegmentEntry[] = [];
  for (const name of files.list(directory)!) {
    const number = segmentNumber(name);
    if (number === undefined || known.has(number)) continue;
    const bytes = readWhole(files, join(directory, name));
    const header = readSegmentHeader(bytes);
    if (header === undefined || header.entry.number !== number) continue;
    if (header.identity.storeId !== manifest.storeId || header.identity.era !== manifest.era)
      continue;
    if (scanSegment(bytes, header.entry, segmentSeed(bytes)).nextLsn > nextLsn)
      found.push(header.entry);
  }
  return found.toSorted((a, b) => a.firstLsn - b.firstLsn);
}
