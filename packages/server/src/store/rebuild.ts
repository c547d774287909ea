// Makes the files of a store out of what was read of another: after a salvage or a restore it holds the same, and is of another era.

import { join } from "node:path";
import type { Files } from "./files.ts";
import type { StoreIdentity } from "./format.ts";
import { frameLength } from "./frame.ts";
import type { Manifest, SnapshotEntry } from "./manifest.ts";
import type { ReplayPart } from "./recovery.ts";
import {
  SEGMENT_HEAD_BYTES,
  type SegmentEntry,
  segmentHeader,
  segmentName,
  TERMINATOR_BYTES,
} from "./segment.ts";
import { SegmentCopy } from "./segment-copy.ts";
import type { SegmentEnd } from "./segment-writer.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

/** About how large segments become, in bytes. */
const SEGMENT_BYTES = 67_108_864;

/** What is to be made. */
export interface Plan {
  readonly identity: StoreIdentity;
  /** The number of the first file. */
  readonly number: number;
  /** Of the snapshot with which the parts begin; undefined when they begin with the log. */
  readonly snapshotNextLsn: number | undefined;
  /** The LSN with which the log begins; undefined: as it was. */
  readonly firstLsn?: number | undefined;
  /** First those of the snapshot, then those of the log. LSNs that are missing between them are closed up. */
  readonly parts: Iterable<ReplayPart>;
}

/** What was made, and is on disk: it counts when a manifest that holds it is. */
export type Rebuilt = Pick<Manifest, "snapshots" | "segments" | "nextNumber">;

export function rebuild(files: Files, directory: string, plan: Plan): Rebuilt {
  const builder = new Builder(files, directory, plan);
  for (const part of plan.parts) builder.add(part);
  return builder.finish();
}

class Builder {
  readonly #files: Files;
  readonly #directory: string;
  readonly #plan: Plan;
  readonly #snapshots: SnapshotEntry[] = [];
  readonly #segments: SegmentEntry[] = [];
  #number: number;
  #snapshot: SnapshotWriter | undefined;
  #segment: { readonly copy: SegmentCopy; readonly file: number } | undefined;

  constructor(files: Files, directory: string, plan: Plan) {
    this.#files = files;
    this.#directory = directory;
    this.#plan = plan;
    this.#number = plan.number;
    const { identity, snapshotNextLsn } = plan;
    if (snapshotNextLsn !== undefined)
      this.#snapshot = new SnapshotWriter(
        files,
        directory,
        identity,
        this.#number++,
        snapshotNextLsn,
      );
  }

  add(part: ReplayPart): void {
    if (part.firstLsn === 0) return this.#snapshot!.add(part.records, part.count);
    if (this.#segment === undefined)
      this.#begin(this.#plan.firstLsn ?? Math.min(part.firstLsn, this.#firstLsn), 0);
    else if (this.#segment.copy.bytes + frameLength(part.records.length) > SEGMENT_BYTES) {
      const { nextLsn, previous } = this.#end();
      this.#begin(nextLsn, previous);
    }
    this.#segment!.copy.add(part);
  }

  finish(): Rebuilt {
    if (this.#snapshot !== undefined) this.#snapshots.push(this.#snapshot.end());
    if (this.#segment === undefined) this.#begin(this.#firstLsn, 0);
    this.#end();
    this.#files.syncDirectory(this.#directory);
    return { snapshots: this.#snapshots, segments: this.#segments, nextNumber: this.#number };
  }

  /** The LSN of the first record that a log must hold. */
  get #firstLsn(): number {
    return this.#plan.firstLsn ?? this.#plan.snapshotNextLsn ?? 1;
  }

  #begin(firstLsn: number, previous: number): void {
    const entry: SegmentEntry = {
      number: this.#number++,
      firstLsn,
      // how long it becomes is not known yet; the next start copies the last one
      bytes: SEGMENT_HEAD_BYTES + TERMINATOR_BYTES,
      previous,
    };
    const file = this.#files.create(join(this.#directory, segmentName(entry.number)));
    const header = segmentHeader(this.#plan.identity, entry);
    this.#segments.push(entry);
    this.#segment = { file, copy: new SegmentCopy(this.#files, file, entry, header) };
  }

  #end(): SegmentEnd {
    const { copy, file } = this.#segment!;
    const end = copy.finish(true);
    this.#files.sync(file);
    this.#files.close(file);
    return end;
  }
}
