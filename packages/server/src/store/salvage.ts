// Keeps of a damaged store what can be proved, when somebody asks for it. What was there is set aside, never deleted, beside a report of what is
// lost. The store has another era then: who followed it learns that it does not go on where it was.

import { join } from "node:path";
import { type Files, nodeFiles, readWhole } from "./files.ts";
import { checkKind, fsck, type StoreReport } from "./fsck.ts";
import { names } from "./layout.ts";
import { lockDirectory, type Unlock } from "./lock.ts";
import { newIdentity } from "./identity.ts";
import { ManifestFile } from "./manifest-file.ts";
import type { Manifest, SnapshotEntry } from "./manifest.ts";
import { Quarantine } from "./quarantine.ts";
import { rebuild } from "./rebuild.ts";
import { type ReplayPart, snapshotParts } from "./recovery.ts";
import { segmentNumber } from "./segment.ts";
import { snapshotNumber } from "./snapshot.ts";
import { type Describe, survey, type Survey, surveySegment } from "./survey.ts";

/**
 * So far behind the snapshot the log goes on: more than there ever were. A snapshot holds some of what was stored while it was written, which may
 * be lost in the log; LSNs of that are given to nothing else, as the marks of clients are made of them.
 */
const LEAP = 4_294_967_296;

export interface SalvageOptions {
  /** Names the topic of a record, for the report of what is lost. */
  readonly describe?: Describe;
  readonly files?: Files;
  readonly lock?: (directory: string) => Unlock;
}

/** What was kept of a store, and what was lost. */
export interface SalvageReport {
  /** The store as it was found; its problems are what is lost. */
  readonly found: StoreReport;
  /** The era that it has now; undefined when there was nothing to do, and nothing was changed. */
  readonly era: number | undefined;
  /** Records that were kept: of a snapshot, and behind it. */
  readonly kept: { readonly snapshot: number; readonly log: number };
  /** The file that holds this report; undefined when nothing was changed. */
  readonly file: string | undefined;
}

/** Throws a StoreError for what is no store, or in use. */
export function salvage(directory: string, options: SalvageOptions = {}): SalvageReport {
  const { files = nodeFiles, lock = lockDirectory } = options;
  checkKind(files, directory);
  const unlock = lock(directory);
  try {
    const found = fsck(directory, options);
    if (found.problems.length === 0)
      return { found, era: undefined, kept: { snapshot: 0, log: found.records }, file: undefined };
    return salvageLocked(files, directory, found);
  } finally {
    unlock();
  }
}

function salvageLocked(files: Files, directory: string, found: StoreReport): SalvageReport {
  const before = survey(files, directory);
  const snapshot = before.snapshots.findLast(({ isSound }) => isSound)?.entry;
  const old = files.list(directory)!.filter((name) => numberOf(name) !== undefined);
  const identity = newIdentity(before.identity?.storeId);
  const counts = { snapshot: 0, log: 0 };
  const rebuilt = rebuild(files, directory, {
    identity,
    number: Math.max(nextNumberOf(before), 0, ...old.map((name) => numberOf(name)! + 1)),
    snapshotNextLsn: snapshot?.nextLsn,
    firstLsn: snapshot && snapshot.nextLsn + LEAP,
    parts: counted(provable(files, directory, before, snapshot), counts),
  });
  const quarantine = new Quarantine(files, directory);
  const report = { found, era: identity.era, kept: counts };
  const file = quarantine.keep(
    `loss-${identity.era}.json`,
    Buffer.from(JSON.stringify(report, null, 2)),
  );
  replaceManifest(files, directory, before, quarantine, {
    ...identity,
    ...rebuilt,
    run: found.run ?? 0,
  });
  for (const name of old) quarantine.move(name);
  return { ...report, file };
}

/** The newest sound snapshot, and all sound frames behind it, in order and each once. */
function* provable(
  files: Files,
  directory: string,
  { identity, entries }: Survey,
  snapshot: SnapshotEntry | undefined,
): Generator<ReplayPart> {
  if (snapshot !== undefined) yield* snapshotParts(files, directory, snapshot);
  let nextLsn = snapshot?.nextLsn ?? 1;
  for (const [i, entry] of entries.entries()) {
    const next = entries[i + 1];
    const { frames } = surveySegment(files, directory, identity!, entry, next, undefined);
    for (const frame of frames) {
      if (frame.count === 0 || frame.firstLsn + frame.count <= nextLsn) continue;
      yield frame;
      nextLsn = frame.firstLsn + frame.count;
    }
  }
}

function* counted(
  parts: Iterable<ReplayPart>,
  counts: { snapshot: number; log: number },
): Generator<ReplayPart> {
  for (const part of parts) {
    counts[part.firstLsn === 0 ? "snapshot" : "log"] += part.count;
    yield part;
  }
}

/** The manifest that was there is set aside too: where it is damaged, nothing else tells what it said. */
function replaceManifest(
  files: Files,
  directory: string,
  { manifest: read }: Survey,
  quarantine: Quarantine,
  manifest: Manifest,
): void {
  if (read !== undefined)
    quarantine.keep(names.manifest, readWhole(files, join(directory, names.manifest)));
  const text = read?.kind === "sound" ? read.text : undefined;
  new ManifestFile(files, directory, manifest, text).write({});
}

function nextNumberOf({ manifest }: Survey): number {
  return manifest?.kind === "sound" ? manifest.manifest.nextNumber : 1;
}

function numberOf(name: string): number | undefined {
  return segmentNumber(name) ?? snapshotNumber(name);
}
