// Checks a store that nobody has open, without changing anything.

import { type Files, nodeFiles } from "./files.ts";
import { FORMAT } from "./format.ts";
import { kindOf } from "./layout.ts";
import { findManifest } from "./recovery.ts";
import { noStore } from "./sentences.ts";
import { snapshotName } from "./snapshot.ts";
import { type Describe, type Problem, survey, surveySegment } from "./survey.ts";

export interface CheckOptions {
  /** Names the topic of a record, for the report of what cannot be read. */
  readonly describe?: Describe;
  readonly files?: Files;
}

/** What a store holds, and what of it cannot be read. */
export interface StoreReport {
  readonly format: number;
  /** Undefined when no file tells. */
  readonly storeId: string | undefined;
  readonly era: number | undefined;
  readonly run: number | undefined;
  /** The older one first. */
  readonly snapshots: readonly {
    readonly name: string;
    /** It stands for all records before this LSN. */
    readonly nextLsn: number;
    readonly bytes: number;
    readonly isSound: boolean;
  }[];
  readonly segments: readonly {
    readonly name: string;
    readonly frames: number;
    readonly records: number;
    /** First and last; undefined when it holds none. */
    readonly lsns: readonly [first: number, last: number] | undefined;
  }[];
  /** Of the log. */
  readonly records: number;
  /** Bytes at the end that no frame proves to have been confirmed: what an unclean stop leaves, and no problem. */
  readonly tornBytes: number;
  /** None: everything that was confirmed can be read. */
  readonly problems: readonly Problem[];
}

/** Reads everything. Throws a StoreError for what is no store, or one of a newer format. While a process has the store, it may see half of a change. */
export function fsck(
  directory: string,
  { describe, files = nodeFiles }: CheckOptions = {},
): StoreReport {
  checkKind(files, directory);
  const found = survey(files, directory);
  const problems = [...found.problems];
  const segments: StoreReport["segments"][number][] = [];
  let tornBytes = 0;
  for (const [i, entry] of found.entries.entries()) {
    const next = found.entries[i + 1];
    const segment = surveySegment(files, directory, found.identity!, entry, next, describe);
    const filled = segment.frames.filter(({ count }) => count > 0);
    const last = filled.at(-1);
    problems.push(...segment.problems);
    tornBytes += segment.tornBytes;
    segments.push({
      name: segment.name,
      frames: segment.frames.length,
      records: filled.reduce((sum, { count }) => sum + count, 0),
      lsns: last === undefined ? undefined : [filled[0]!.firstLsn, last.firstLsn + last.count - 1],
    });
  }
  return {
    format: FORMAT,
    storeId: found.identity?.storeId,
    era: found.identity?.era,
    run: found.manifest?.kind === "sound" ? found.manifest.manifest.run : undefined,
    snapshots: found.snapshots.map(({ entry, isSound }) => ({
      name: snapshotName(entry.number),
      nextLsn: entry.nextLsn,
      bytes: entry.bytes,
      isSound,
    })),
    segments,
    records: segments.reduce((sum, { records }) => sum + records, 0),
    tornBytes,
    problems,
  };
}

/** Throws for what is no store, however damaged. */
export function checkKind(files: Files, directory: string): void {
  const kind = kindOf(files.list(directory) ?? []);
  if (kind === "empty") throw noStore(directory);
  try {
    findManifest(files, directory, kind);
  } catch (error) {
    // damage is what this is for; a newer format, and what is somebody else's, is not
    if ((error as { code?: unknown }).code !== "corrupt") throw error;
  }
}
