// Looks at everything that a directory holds of a store, damaged or not, and says what of it can be proved. Changes nothing.

import { join } from "node:path";
import { createHash } from "node:crypto";
import { type Files, readWhole } from "./files.ts";
import type { StoreIdentity } from "./format.ts";
import { type Frame, FRAME_HEAD_BYTES, readFrame, SEAL_BYTES } from "./frame.ts";
import { names } from "./layout.ts";
import type { Manifest, ManifestRead, SnapshotEntry } from "./manifest.ts";
import { RECORD_HEAD_BYTES, viewOf } from "./numbers.ts";
import { isSnapshotSound, loadManifest, readNamed, strangersOf } from "./recovery.ts";
import {
  findFrameBehind,
  readSegmentHeader,
  SEGMENT_HEAD_BYTES,
  type SegmentEntry,
  segmentHeader,
  segmentName,
  segmentNumber,
  segmentSeed,
} from "./segment.ts";
import {
  readSnapshotHeader,
  SNAPSHOT_DIGEST_BYTES,
  snapshotName,
  snapshotNumber,
} from "./snapshot.ts";

/** The name of the topic, or whatever else, that a record is of; undefined for none. */
export type Describe = (record: Uint8Array) => string | undefined;

/** Something that was written and cannot be read. */
export interface Problem {
  readonly file: string;
  /** Where it begins and ends, in bytes; undefined when it is the whole file. */
  readonly bytes?: readonly [from: number, to: number];
  /** First and last record; undefined when they are not known, or none. */
  readonly lsns?: readonly [first: number, last: number];
  /** What the unreadable bytes seem to be of, as good as that can be told. */
  readonly topics: readonly string[];
  readonly sentence: string;
}

/** What can be proved of a segment. */
export interface SegmentSurvey {
  readonly name: string;
  readonly frames: readonly Frame[];
  readonly problems: readonly Problem[];
  /** Bytes at the end of the last segment that no frame proves to have been confirmed. */
  readonly tornBytes: number;
}

export interface Survey {
  readonly manifest: ManifestRead | undefined;
  readonly identity: StoreIdentity | undefined;
  readonly snapshots: readonly { readonly entry: SnapshotEntry; readonly isSound: boolean }[];
  /** In the order of their records. */
  readonly entries: readonly SegmentEntry[];
  readonly problems: readonly Problem[];
}

/** What the files are, by the manifest, or without it by their own headers. */
export function survey(files: Files, directory: string): Survey {
  const found = files.list(directory) ?? [];
  const manifest = found.includes(names.manifest) ? loadManifest(files, directory) : undefined;
  if (manifest?.kind === "sound")
    return surveyByManifest(files, directory, manifest.manifest, manifest);
  const problems: Problem[] = [
    {
      file: names.manifest,
      topics: [],
      sentence:
        manifest === undefined ? "MANIFEST is missing." : "MANIFEST is not as it was written.",
    },
  ];
  const headers = found
    .filter((name) => segmentNumber(name) !== undefined)
    .toSorted((a, b) => segmentNumber(a)! - segmentNumber(b)!)
    .map((name) => ({ name, header: readSegmentHeader(readWhole(files, join(directory, name))) }));
  const identity = headers.findLast(({ header }) => header !== undefined)?.header?.identity;
  const entries: SegmentEntry[] = [];
  for (const { name, header } of headers) {
    const isOurs =
      header !== undefined &&
      segmentName(header.entry.number) === name &&
      isSame(header.identity, identity);
    if (isOurs) entries.push(header.entry);
    else
      problems.push(
        unreadableFile(name, "its beginning cannot be read, and no MANIFEST says what it was"),
      );
  }
  return {
    manifest,
    identity,
    entries,
    problems,
    snapshots: found
      .filter((name) => snapshotNumber(name) !== undefined)
      .map((name) => surveySnapshot(files, directory, name, identity))
      .filter((each) => each !== undefined)
      .toSorted((a, b) => a.entry.nextLsn - b.entry.nextLsn),
  };
}

function surveyByManifest(
  files: Files,
  directory: string,
  manifest: Manifest,
  read: ManifestRead,
): Survey {
  const snapshots = manifest.snapshots.map((entry) => ({
    entry,
    isSound: isSnapshotSound(files, directory, manifest, entry),
  }));
  const last = manifest.segments.at(-1);
  const end =
    last && surveySegment(files, directory, manifest, last, undefined, undefined).frames.at(-1);
  const nextLsn = end === undefined ? (last?.firstLsn ?? 1) : end.firstLsn + end.count;
  const strangers = strangersOf(files, directory, manifest, nextLsn);
  const held = snapshots.findLast(({ isSound }) => isSound)?.entry.nextLsn ?? 1;
  return {
    manifest: read,
    identity: manifest,
    snapshots,
    entries: [...manifest.segments, ...strangers],
    problems: [
      ...snapshots
        .filter(({ isSound }) => !isSound)
        .map(({ entry }) =>
          unreadableFile(snapshotName(entry.number), "its SHA-256 is not the one that it had"),
        ),
      ...(nextLsn < held && last !== undefined
        ? [
            {
              file: segmentName(last.number),
              lsns: [nextLsn, held - 1] as const,
              topics: [],
              sentence: `It ends before record ${held - 1}, which a snapshot holds.`,
            },
          ]
        : []),
      ...strangers.map(({ number }) =>
        unreadableFile(segmentName(number), "MANIFEST does not name it, and is older than it"),
      ),
    ],
  };
}

/** A snapshot without a manifest proves itself: its last bytes are the SHA-256 of all others. */
function surveySnapshot(
  files: Files,
  directory: string,
  name: string,
  identity: StoreIdentity | undefined,
): { readonly entry: SnapshotEntry; readonly isSound: boolean } | undefined {
  const bytes = readWhole(files, join(directory, name));
  const head = readSnapshotHeader(bytes);
  if (head === undefined || !isSame(head.identity, identity)) return undefined;
  const body = bytes.subarray(0, bytes.length - SNAPSHOT_DIGEST_BYTES);
  const sha256 = createHash("sha256").update(body).digest("hex");
  return {
    entry: {
      number: head.number,
      nextLsn: head.nextLsn,
      records: 0,
      bytes: bytes.length,
      sha256,
    },
    isSound:
      sha256 === Buffer.from(bytes.subarray(body.length)).toString("hex") &&
      snapshotName(head.number) === name,
  };
}

/** All sound frames of a segment, also those behind damage, and what is not. `next`: the segment behind it. */
export function surveySegment(
  files: Files,
  directory: string,
  identity: StoreIdentity,
  entry: SegmentEntry,
  next: SegmentEntry | undefined,
  describe: Describe | undefined,
): SegmentSurvey {
  const name = segmentName(entry.number);
  const lastLsn = next === undefined ? undefined : next.firstLsn - 1;
  const bytes = readNamed(files, directory, name);
  if (bytes === undefined)
    return {
      name,
      frames: [],
      tornBytes: 0,
      problems: [
        {
          ...unreadableFile(name, "it is missing"),
          ...(lastLsn === undefined ? {} : { lsns: [entry.firstLsn, lastLsn] as const }),
        },
      ],
    };
  const problems: Problem[] = [];
  const header = segmentHeader(identity, entry);
  if (Buffer.compare(bytes.subarray(0, SEGMENT_HEAD_BYTES), header) !== 0)
    problems.push({
      file: name,
      bytes: [0, SEGMENT_HEAD_BYTES],
      topics: [],
      sentence: "Its beginning is not as it was written.",
    });
  const seed = segmentSeed(header);
  const frames: Frame[] = [];
  let at = SEGMENT_HEAD_BYTES;
  let nextLsn = entry.firstLsn;
  for (;;) {
    const frame = readFrame(bytes, at, seed) ?? findFrameBehind(bytes, at, seed);
    if (frame === undefined) break;
    if (frame.at > at)
      problems.push(
        lossBetween(name, bytes, [at, frame.at], [nextLsn, frame.firstLsn - 1], describe),
      );
    frames.push(frame);
    at = frame.end;
    nextLsn = frame.firstLsn + frame.count;
  }
  if (bytes.length < entry.bytes)
    problems.push({
      file: name,
      bytes: [bytes.length, entry.bytes],
      topics: [],
      sentence: `It was cut: it has ${bytes.length} of ${entry.bytes} bytes.`,
    });
  const rest = restOf(bytes, at);
  const isComplete =
    next === undefined || (nextLsn === next.firstLsn && frames.at(-1)?.crc === next.previous);
  if (!isComplete)
    problems.push(lossBetween(name, bytes, [at, at + rest], [nextLsn, lastLsn!], describe));
  return { name, frames, problems, tornBytes: next === undefined ? rest : 0 };
}

function restOf(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < RECORD_HEAD_BYTES) return 0;
  const length = viewOf(bytes).getUint32(at);
  return Math.min(length, bytes.length - at);
}

function lossBetween(
  file: string,
  bytes: Uint8Array,
  place: readonly [from: number, to: number],
  lsns: readonly [first: number, last: number],
  describe: Describe | undefined,
): Problem {
  const isKnown = lsns[0] <= lsns[1];
  return {
    file,
    bytes: place,
    ...(isKnown ? { lsns } : {}),
    topics: describe === undefined ? [] : topicsIn(bytes.subarray(...place), describe),
    sentence: isKnown
      ? `Records ${lsns[0]} to ${lsns[1]} cannot be read.`
      : "A frame without records cannot be read.",
  };
}

/** What unreadable frames seem to be of. Their bytes are taken for what they pretend to be, as far as that goes. */
function topicsIn(bytes: Uint8Array, describe: Describe): string[] {
  const topics = new Set<string>();
  const view = viewOf(bytes);
  for (let at = 0; at + SEAL_BYTES <= bytes.length;) {
    const length = view.getUint32(at);
    const end = length >= SEAL_BYTES && at + length <= bytes.length ? at + length : bytes.length;
    for (let record = at + FRAME_HEAD_BYTES; record + RECORD_HEAD_BYTES < end;) {
      const from = record + RECORD_HEAD_BYTES;
      record = from + view.getUint32(record);
      if (record > end) break;
      const topic = guess(bytes.subarray(from, record), describe);
      if (topic !== undefined) topics.add(topic);
    }
    at = end;
  }
  return [...topics].toSorted();
}

/** These bytes need not be a record. */
function guess(record: Uint8Array, describe: Describe): string | undefined {
  try {
    return describe(record);
  } catch {
    return undefined;
  }
}

function unreadableFile(file: string, why: string): Problem {
  return { file, topics: [], sentence: `It cannot be used: ${why}.` };
}

function isSame(identity: StoreIdentity, other: StoreIdentity | undefined): boolean {
  return identity.storeId === other?.storeId && identity.era === other.era;
}
