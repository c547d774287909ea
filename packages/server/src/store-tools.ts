// What is done with a store beside running a hub on it: looking, keeping what can be kept, copying.

import { topicNames } from "./core/records.ts";
import { HubError } from "./errors.ts";
import { StoreError } from "./ports/store.ts";
import { backup, type BackupList, restore } from "./store/backup.ts";
import { fsck, type StoreReport } from "./store/fsck.ts";
import { holderOf } from "./store/lock.ts";
import { salvage, type SalvageReport } from "./store/salvage.ts";

/** What a store holds, and who has it. */
export interface CheckedStore extends StoreReport {
  /** The pid of the process that has it open: the report may show half of a change. Undefined when none has. */
  readonly usedBy: string | undefined;
}

/** Reads all of a store, and changes nothing. Throws a {@link HubError} for what is no store. */
export function checkStore(directory: string): CheckedStore {
  const before = holderOf(directory);
  const report = inWords(() => fsck(directory, { describe: topicNames() }));
  return { ...report, usedBy: before ?? holderOf(directory) };
}

/**
 * Keeps everything of a damaged store that can be read, under another era, so that its topics get new epochs. What was there is set aside with a
 * report. Does nothing to a sound one. Throws a {@link HubError} for what is no store, or has a hub.
 */
export function salvageStore(directory: string): SalvageReport {
  return inWords(() => salvage(directory, { describe: topicNames() }));
}

/** Copies a store, also one that a hub has open, to a directory that is empty or missing. Throws a {@link HubError}. */
export function backupStore(directory: string, target: string): BackupList {
  return inWords(() => backup(directory, target));
}

/** Makes a store of a backup, in a directory that is empty or missing. Its topics get new epochs. Throws a {@link HubError}. */
export function restoreStore(from: string, directory: string): BackupList {
  return inWords(() => restore(from, directory));
}

function inWords<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw error instanceof StoreError
      ? new HubError(error.code, error.message, { cause: error })
      : error;
  }
}
