// The log of a store on its disk: opens what was left, writes frames, begins segments, replaces what a snapshot stands for. All of it
// synchronous and in one thread; who calls it decides when. It says `undefined` or a sentence where there is no room; what it throws once it is
// open leaves unknown what is on disk, and nothing may be written after that.

import { dirname, join } from "node:path";
import type { StoreOpened } from "../ports/store.ts";
import { type Files, isNoRoom, readHead } from "./files.ts";
import type { StoreIdentity } from "./format.ts";
import { frameLength } from "./frame.ts";
import { newIdentity } from "./identity.ts";
import { kindOf, names, UNFINISHED } from "./layout.ts";
import { lockDirectory, type Unlock } from "./lock.ts";
import { ManifestFile } from "./manifest-file.ts";
import type { Manifest } from "./manifest.ts";
import { Quarantine } from "./quarantine.ts";
import { findManifest, recover, type Recovered, type ReplayPart, type Tail } from "./recovery.ts";
import {
  readSegmentHeader,
  SEGMENT_HEAD_BYTES,
  type SegmentEntry,
  segmentHeader,
  segmentName,
  segmentNumber,
  segmentSeed,
} from "./segment.ts";
import { type Group, SegmentCopy } from "./segment-copy.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { unreadable } from "./sentences.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";
import {
  readSnapshotHeader,
  SNAPSHOT_HEAD_BYTES,
  snapshotName,
  snapshotNumber,
} from "./snapshot.ts";
import { Spare } from "./spare.ts";

/** Bytes in which the header of any file of a store lies. */
const HEAD_BYTES_MAX = Math.max(SEGMENT_HEAD_BYTES, SNAPSHOT_HEAD_BYTES);

export interface LogSettings {
  /** The size of a segment, in bytes. One record may be larger. */
  readonly segmentBytes: number;
  /** Takes a directory for this process alone. */
  readonly lock?: (directory: string) => Unlock;
}

/** The bytes of a snapshot, or why there is none. */
export type SnapshotOutcome = { readonly bytes: number } | { readonly sentence: string };

export class Log {
  readonly #files: Files;
  readonly #directory: string;
  readonly #settings: LogSettings;
  readonly #quarantine: Quarantine;
  readonly #spare: Spare;
  #unlock: Unlock | undefined;
  #manifest!: ManifestFile;
  #writer!: SegmentWriter;
  #snapshot: SnapshotWriter | undefined;
  /** There was no room to go on in another segment when it was tried last. */
  #isStuck = false;
  #logBytes = 0;
  /** Of `logBytes`, what the snapshot that is being written stands for. */
  #replacedBytes = 0;

  constructor(files: Files, directory: string, settings: LogSettings) {
    this.#files = files;
    this.#directory = directory;
    this.#settings = settings;
    this.#quarantine = new Quarantine(files, directory);
    this.#spare = new Spare(files, directory, settings.segmentBytes);
  }

  /** Bytes of frames since the last snapshot. */
  get logBytes(): number {
    return this.#logBytes;
  }

  get isShortOfRoom(): boolean {
    return this.#spare.isShort || this.#isStuck;
  }

  /** The last frame is not sealed. */
  get needsSeal(): boolean {
    return !this.#writer.isSealed;
  }

  /** Replays what is there, then makes ready for more. Throws a StoreError; nothing is changed then, and the lock is let go. */
  *open(): Generator<ReplayPart, StoreOpened> {
    try {
      const manifest = this.#find();
      const recovered = yield* recover(this.#files, this.#directory, manifest);
      return this.#begin(recovered);
    } catch (error) {
      this.release();
      this.#spare.close();
      (this.#writer as SegmentWriter | undefined)?.close();
      throw unreadable(this.#directory, error);
    }
  }

  /**
   * Writes a frame of the records that stand in `bytes` behind the place of its head; there is room for a terminator behind them. Returns
   * the LSN of the first; undefined when there is no room.
   */
  append(bytes: Uint8Array, recordBytes: number, count: number): number | undefined {
    if (!this.#writer.fits(recordBytes) && !this.#roll()) return undefined;
    const firstLsn = this.#writer.nextLsn;
    if (!this.#writer.append(bytes, recordBytes, count)) return undefined;
    this.#logBytes += frameLength(recordBytes);
    return firstLsn;
  }

  seal(): void {
    this.#writer.seal("sealed");
  }

  /** Makes a slice of what is needed later. Returns whether there is more to do. */
  prepare(): boolean {
    return this.#spare.step();
  }

  /** Does as much of it as is due, so that under load, too, the next segment is ready before this one is full. */
  keepPace(): void {
    while (this.#spare.filledBytes < 2 * this.#writer.end && this.#spare.step());
  }

  /** Where there was no room: looks again. */
  retryRoom(): void {
    this.#spare.retry();
    if (this.#isStuck) this.#roll();
  }

  /** Begins a snapshot of all that was appended. Returns why it cannot be written, when there is no room. */
  beginSnapshot(): string | undefined {
    // without room for a segment, what follows stays in this one, and a replay begins in its middle
    if (!this.#writer.isEmpty) this.#roll();
    this.#replacedBytes = this.#logBytes;
    return this.#withRoom(() => {
      this.#snapshot = new SnapshotWriter(
        this.#files,
        this.#directory,
        this.#manifest.value,
        this.#manifest.takeNumber(),
        this.#writer.nextLsn,
      );
    });
  }

  /** Returns why the snapshot is given up, when there is no room. */
  addToSnapshot(records: Uint8Array, count: number): string | undefined {
    return this.#withRoom(() => this.#snapshot!.add(records, count));
  }

  endSnapshot(): SnapshotOutcome {
    let bytes = 0;
    const sentence = this.#withRoom(() => {
      bytes = this.#replace(this.#snapshot!);
    });
    return sentence === undefined ? { bytes } : { sentence };
  }

  /** Seals the log behind everything, and lets go of the directory. */
  close(): void {
    this.#dropSnapshot();
    this.#spare.close();
    this.#writer.seal("closed");
    this.#writer.close();
    this.release();
  }

  /** Lets go of the directory, and writes nothing. */
  release(): void {
    this.#unlock?.();
    this.#unlock = undefined;
  }

  /** The manifest, under the lock; of a directory without a store a new one, which is on disk. */
  #find(): Manifest {
    const found = this.#files.list(this.#directory);
    if (found === undefined) {
      this.#files.makeDirectory(this.#directory);
      this.#files.syncDirectory(dirname(this.#directory));
    }
    // a directory of somebody else gets no lock either
    else findManifest(this.#files, this.#directory, kindOf(found));
    this.#unlock = (this.#settings.lock ?? lockDirectory)(this.#directory);
    const now = kindOf(this.#files.list(this.#directory)!);
    const read = findManifest(this.#files, this.#directory, now);
    this.#manifest = new ManifestFile(
      this.#files,
      this.#directory,
      read?.manifest ?? newManifest(),
      read?.text,
    );
    if (read === undefined) this.#manifest.write({});
    return this.#manifest.value;
  }

  #begin(recovered: Recovered): StoreOpened {
    const { manifest, tail, nextLsn, replayed, logBytes, badSnapshots } = recovered;
    const found = this.#files.list(this.#directory)!;
    this.#spare.find(found);
    this.#logBytes = logBytes;
    const earlier = manifest.segments.slice(0, -1);
    const entry = this.#goOn(tail, nextLsn);
    this.#manifest.write({
      run: manifest.run + 1,
      snapshots: manifest.snapshots.filter((snapshot) => !badSnapshots.includes(snapshot)),
      segments: [...earlier, entry],
    });
    this.#clean(recovered);
    const { era, run } = this.#manifest.value;
    return { era, run, nextLsn, replayed, tornBytes: tail?.scan.restBytes ?? 0 };
  }

  /** Opens the last segment to write on, or one that holds the same. */
  #goOn(tail: Tail | undefined, nextLsn: number): SegmentEntry {
    if (tail === undefined) return this.#makeSegment(nextLsn, 0, [], false);
    const { entry, scan } = tail;
    if (scan.ending === "closed" && scan.restBytes === 0) {
      const file = this.#files.openToWrite(join(this.#directory, segmentName(entry.number)));
      this.#writer = new SegmentWriter(this.#files, file, entry, segmentSeed(tail.bytes), scan);
      return entry;
    }
    // what is read back now need not be on disk, if a sync had failed: it is written once more, to another file
    if (scan.restBytes > 0)
      this.#quarantine.keep(
        `${segmentName(entry.number)}-at-${scan.end}`,
        tail.bytes.subarray(scan.end, scan.end + scan.restBytes),
      );
    return this.#makeSegment(entry.firstLsn, entry.previous, scan.frames, true);
  }

  /** Makes a segment under its name, on disk, and goes on behind what it holds. Throws where there is no room. */
  #makeSegment(
    firstLsn: number,
    previous: number,
    groups: Iterable<Group>,
    isSealed: boolean,
  ): SegmentEntry {
    const taken = this.#spare.take();
    if (taken === undefined)
      throw Object.assign(new Error("no space is left for a segment of the log"), {
        code: "ENOSPC",
      });
    const number = this.#manifest.takeNumber();
    const entry = { number, firstLsn, bytes: this.#settings.segmentBytes, previous };
    const header = segmentHeader(this.#manifest.value, entry);
    try {
      const copy = new SegmentCopy(this.#files, taken.file, entry, header);
      for (const group of groups) copy.add(group);
      const end = copy.finish(isSealed);
      this.#files.sync(taken.file);
      this.#files.rename(taken.path, join(this.#directory, segmentName(number)));
      this.#spare.taken();
      this.#files.syncDirectory(this.#directory);
      this.#writer = new SegmentWriter(this.#files, taken.file, entry, segmentSeed(header), end);
      return entry;
    } catch (error) {
      this.#files.close(taken.file);
      throw error;
    }
  }

  /** Goes on in another segment. Returns false when there is no room for one: this one is still good. */
  #roll(): boolean {
    this.#isStuck = !this.#tryRoll();
    return !this.#isStuck;
  }

  #tryRoll(): boolean {
    const before = this.#writer;
    before.seal("sealed");
    if (!before.isSealed) return false;
    const { segments } = this.#manifest.value;
    let entry: SegmentEntry | undefined;
    const sentence = this.#whereRoom(() => {
      entry = this.#makeSegment(before.nextLsn, before.previous, [], false);
      this.#manifest.write({ segments: [...segments, entry] });
    });
    if (sentence === undefined) {
      before.close();
      return true;
    }
    if (entry !== undefined) {
      this.#writer.close();
      this.#spare.putBack(segmentName(entry.number));
    }
    this.#writer = before;
    return false;
  }

  /** Makes a complete snapshot count, and lets go of what it replaces. Returns its bytes. */
  #replace(writer: SnapshotWriter): number {
    const snapshot = writer.end();
    this.#snapshot = undefined;
    const before = this.#manifest.value;
    const snapshots = [...before.snapshots.slice(-1), snapshot];
    // the one before is kept with the log behind it, in case this one cannot be read
    const from = snapshots.length > 1 ? snapshots[0]!.nextLsn : 0;
    const segments = before.segments.filter((_, i) => {
      const next = before.segments[i + 1];
      return next === undefined || next.firstLsn > from;
    });
    try {
      this.#manifest.write({ snapshots, segments });
    } catch (error) {
      if (isNoRoom(error)) this.#files.remove(join(this.#directory, snapshotName(snapshot.number)));
      throw error;
    }
    for (const { number } of before.snapshots.slice(0, -1))
      this.#files.remove(join(this.#directory, snapshotName(number)));
    for (const segment of before.segments)
      if (!segments.includes(segment)) this.#spare.recycle(segmentName(segment.number));
    this.#logBytes -= this.#replacedBytes;
    return snapshot.bytes;
  }

  /** Takes away what earlier runs have left and the manifest does not name. */
  #clean({ badSnapshots }: Recovered): void {
    const { segments, snapshots } = this.#manifest.value;
    const used = new Set([
      ...segments.map(({ number }) => segmentName(number)),
      ...snapshots.map(({ number }) => snapshotName(number)),
    ]);
    const bad = new Set(badSnapshots.map(({ number }) => snapshotName(number)));
    for (const name of this.#files.list(this.#directory)!) {
      if (used.has(name)) continue;
      if (bad.has(name)) this.#quarantine.move(name);
      else if (segmentNumber(name) !== undefined || snapshotNumber(name) !== undefined)
        this.#cleanFile(name);
      else if (isUnfinished(name)) this.#files.remove(join(this.#directory, name));
    }
  }

  /** What this store has written and no longer needs goes; any other file is not ours to judge. */
  #cleanFile(name: string): void {
    const { storeId, era } = this.#manifest.value;
    const head = headOf(readHead(this.#files, join(this.#directory, name), HEAD_BYTES_MAX));
    if (head?.name !== name || head.identity.storeId !== storeId || head.identity.era !== era)
      this.#quarantine.move(name);
    else if (segmentNumber(name) === undefined) this.#files.remove(join(this.#directory, name));
    else this.#spare.recycle(name);
  }

  /** As {@link whereRoom}; the snapshot is given up when there is none. */
  #withRoom(task: () => void): string | undefined {
    const sentence = this.#whereRoom(task);
    if (sentence !== undefined) this.#dropSnapshot();
    return sentence;
  }

  /** Does something; returns a sentence when there is no room for it. */
  #whereRoom(task: () => void): string | undefined {
    try {
      task();
      return undefined;
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      return `There is no room: ${(error as Error).message}`;
    }
  }

  #dropSnapshot(): void {
    this.#snapshot?.drop();
    this.#snapshot = undefined;
  }
}

/** Which file of which store something is, by its beginning. */
function headOf(
  bytes: Uint8Array,
): { readonly name: string; readonly identity: StoreIdentity } | undefined {
  const segment = readSegmentHeader(bytes);
  if (segment !== undefined)
    return { name: segmentName(segment.entry.number), identity: segment.identity };
  const snapshot = readSnapshotHeader(bytes);
  return snapshot && { name: snapshotName(snapshot.number), identity: snapshot.identity };
}

function newManifest(): Manifest {
  return { ...newIdentity(), run: 0, nextNumber: 1, snapshots: [], segments: [] };
}

function isUnfinished(name: string): boolean {
  if (!name.endsWith(UNFINISHED)) return false;
  const whole = name.slice(0, -UNFINISHED.length);
  return whole === names.manifest || whole === names.spare || snapshotNumber(whole) !== undefined;
}
