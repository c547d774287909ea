// What a store says when it cannot be opened: what is wrong, where, and what to do.

import { StoreError } from "../ports/store.ts";
import { isNoRoom } from "./files.ts";

export function foreignDirectory(directory: string): StoreError {
  return new StoreError(
    "not-a-store",
    `${directory} holds other files, and no store. Give an empty directory, or that of a store.`,
  );
}

export function noStore(directory: string): StoreError {
  return new StoreError("not-a-store", `${directory} holds no store.`);
}

export function backupDirectory(directory: string): StoreError {
  return new StoreError(
    "not-a-store",
    `${directory} is a backup. Restore it into an empty directory, and give that.`,
  );
}

export function newerFormat(directory: string, format: number): StoreError {
  return new StoreError(
    "newer-format",
    `${directory} was written by a newer version of fanwire, in format ${format}. Use that version.`,
  );
}

export function lockedBy(directory: string, holder: string): StoreError {
  return new StoreError(
    "locked",
    `${directory} is in use by another process (pid ${holder}). A store belongs to one process at a time.`,
  );
}

export function unreadable(directory: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { message } = error as Error;
  if (isNoRoom(error))
    return new StoreError("full", `There is no room to open ${directory}: ${message}`, {
      cause: error,
    });
  return new StoreError("inaccessible", `${directory} cannot be used: ${message}`, {
    cause: error,
  });
}

/** `what` is a sentence without its period that names the file. */
export function corrupt(directory: string, what: string): StoreError {
  return new StoreError(
    "corrupt",
    `${directory} is damaged: ${what}. Nothing was changed. Restore a backup; or keep what can be proved: fanwire fsck --salvage.`,
  );
}
