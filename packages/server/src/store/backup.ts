// Copies a store, also one that is in use, to a directory; and makes a store of such a copy again.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { StoreError } from "../ports/store.ts";
import { type Files, linkOrCopy, nodeFiles, readWhole, syncFile, writeWhole } from "./files.ts";
import { newIdentity } from "./identity.ts";
import { kindOf, names } from "./layout.ts";
import { ManifestFile } from "./manifest-file.ts";
import { type Manifest, sealText, unsealText } from "./manifest.ts";
import { rebuild } from "./rebuild.ts";
import {
  chooseSnapshot,
  findManifest,
  isSnapshotSound,
  lossOf,
  readNamed,
  readSegment,
  recover,
} from "./recovery.ts";
import { segmentName } from "./segment.ts";
import { corrupt, noStore } from "./sentences.ts";
import { snapshotName } from "./snapshot.ts";

/** How often it is begun anew when the store has changed its files meanwhile. */
const ATTEMPTS_MAX = 5;

/** A file of a backup. */
interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What `BACKUP.json` says. */
export interface BackupList {
  /** The manifest of the store at that time. */
  readonly manifest: Manifest;
  /** It holds all records before this LSN. */
  readonly nextLsn: number;
  readonly files: readonly BackupFile[];
}

/**
 * Copies a store to a directory that is empty or missing. Everything that was confirmed when it is called is in the copy. Snapshots, which are
 * never written to again, get a second name where the file system allows it; segments are used again by the store, so they are copied. Throws a
 * StoreError, and leaves `target` without a `BACKUP.json`, when the store cannot be read.
 */
export function backup(directory: string, target: string, files: Files = nodeFiles): BackupList {
  for (let attempt = 1; ; attempt++) {
    makeEmpty(files, target, attempt > 1);
    try {
      return backupOnce(files, directory, target);
    } catch (error) {
      const mayBeChange = error instanceof StoreError ? error.code === "corrupt" : isMissing(error);
      if (!mayBeChange || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function backupOnce(files: Files, directory: string, target: string): BackupList {
  const found = findManifest(files, directory, kindOf(files.list(directory) ?? []));
  if (found === undefined) throw noStore(directory);
  const { manifest } = found;
  const list: BackupFile[] = [];
  for (const entry of manifest.snapshots) {
    const name = snapshotName(entry.number);
    linkOrCopy(join(directory, name), join(target, name));
    syncFile(files, join(target, name));
    if (!isSnapshotSound(files, target, manifest, entry))
      throw corrupt(directory, `${name} cannot be read`);
    list.push(listed(name, readWhole(files, join(target, name))));
  }
  let nextLsn = 1;
  for (const [i, entry] of manifest.segments.entries()) {
    const segment = readSegment(files, directory, manifest, entry, false);
    const loss = lossOf(segment, manifest.segments[i + 1]);
    if (loss !== undefined) throw corrupt(directory, loss);
    const name = segmentName(entry.number);
    const bytes = segment.bytes.subarray(0, segment.scan.end);
    writeWhole(files, join(target, name), bytes);
    list.push(listed(name, bytes));
    ({ nextLsn } = segment.scan);
  }
  const backupList: BackupList = { manifest, nextLsn, files: list };
  files.syncDirectory(target);
  writeWhole(files, join(target, names.backup), Buffer.from(listText(backupList)));
  files.syncDirectory(target);
  return backupList;
}

/**
 * Makes a store of a backup, in a directory that is empty or missing. It is of another era: clients may have seen what the backup does not
 * hold. Throws a StoreError when a file of the backup is not as it was, before anything is made.
 */
export function restore(from: string, directory: string): BackupList {
  const files = nodeFiles;
  const list = readList(files, from);
  for (const file of list.files) checkFile(files, from, file);
  makeEmpty(files, directory, false);
  const { manifest } = list;
  const { snapshot } = chooseSnapshot(files, from, manifest);
  const identity = newIdentity(manifest.storeId);
  const rebuilt = rebuild(files, directory, {
    identity,
    number: 1,
    snapshotNextLsn: snapshot?.nextLsn,
    parts: recover(files, from, manifest, true),
  });
  new ManifestFile(
    files,
    directory,
    { ...identity, ...rebuilt, run: manifest.run },
    undefined,
  ).write({});
  return list;
}

function listed(name: string, bytes: Uint8Array): BackupFile {
  return { name, bytes: bytes.length, sha256: sha256(bytes) };
}

function checkFile(files: Files, directory: string, file: BackupFile): void {
  const found = readNamed(files, directory, file.name);
  if (found === undefined) throw corrupt(directory, `${file.name} is missing`);
  if (found.length !== file.bytes || sha256(found) !== file.sha256)
    throw corrupt(directory, `${file.name} is not as it was when the backup was made`);
}

function listText(list: BackupList): string {
  return sealText(`${JSON.stringify(list, null, 2)}\n`);
}

function readList(files: Files, directory: string): BackupList {
  if (!(files.list(directory) ?? []).includes(names.backup))
    throw new StoreError(
      "not-a-store",
      `${directory} is no complete backup: it has no ${names.backup}.`,
    );
  const text = Buffer.from(readWhole(files, join(directory, names.backup))).toString("latin1");
  const body = unsealText(text);
  if (body === undefined) throw corrupt(directory, `${names.backup} is not as it was written`);
  return JSON.parse(body) as BackupList;
}

/** Makes a directory, or checks that there is nothing in it; `isOurs`: what is in it was made a moment ago, and goes. */
function makeEmpty(files: Files, directory: string, isOurs: boolean): void {
  const found = files.list(directory);
  if (found === undefined) return files.makeDirectory(directory);
  if (isOurs) for (const name of found) files.remove(join(directory, name));
  else if (found.length > 0)
    throw new StoreError("not-a-store", `${directory} is not empty. Give an empty directory.`);
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
