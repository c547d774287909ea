// What lies in the directory of a store, by name. Pure.

import { segmentNumber } from "./segment.ts";
import { snapshotNumber } from "./snapshot.ts";

export const names = {
  manifest: "MANIFEST",
  lock: "lock",
  /** What was set aside and is never deleted. */
  quarantine: "quarantine",
  /** The file that becomes the next segment. */
  spare: "spare",
  /** The list of what a backup consists of; it stands in directories of backups alone. */
  backup: "BACKUP.json",
} as const;

/** A file is made under its name with this behind it, and renamed when it is complete. Whatever is left under such a name is worthless. */
export const UNFINISHED = ".new";

/** What a directory is, by the names in it. */
export type DirectoryKind = "empty" | "store" | "backup" | "beheaded" | "foreign";

export function kindOf(found: readonly string[]): DirectoryKind {
  if (found.includes(names.manifest)) return "store";
  if (found.includes(names.backup)) return "backup";
  if (found.some(isOfStore)) return "beheaded";
  return found.every(isNothing) ? "empty" : "foreign";
}

/** Names that only a store with a manifest has. */
function isOfStore(name: string): boolean {
  return (
    segmentNumber(name) !== undefined ||
    snapshotNumber(name) !== undefined ||
    name === names.spare ||
    name === names.quarantine
  );
}

/** What may lie in a directory in which a store is begun: an attempt that was cut off, and what file systems put there. */
function isNothing(name: string): boolean {
  return (
    name === names.lock ||
    name.startsWith(`${names.lock}.`) ||
    name === names.manifest + UNFINISHED ||
    name === "lost+found"
  );
}
