// The names of the files of a store, present and to come, for those who watch calls on them.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files that one run of a hub makes at most, as far as they are watched. */
const AHEAD = 60;

export interface StoreFiles {
  readonly directory: string;
  readonly manifest: string;
  readonly newManifest: string;
  readonly lock: string;
  readonly spare: string;
  readonly newSpare: string;
  readonly logs: readonly string[];
  readonly snapshots: readonly string[];
  readonly newSnapshots: readonly string[];
}

export function storeFiles(directory: string): StoreFiles {
  const at = (name: string): string => join(directory, name);
  const next = nextNumber(at("MANIFEST"));
  // two snapshots and what lies behind them are there, the others come
  const from = Math.max(1, next - AHEAD);
  const numbers = Array.from({ length: next + AHEAD - from }, (_, i) => from + i);
  return {
    directory,
    manifest: at("MANIFEST"),
    newManifest: at("MANIFEST.new"),
    lock: at("lock"),
    spare: at("spare"),
    newSpare: at("spare.new"),
    logs: numbers.map((number) => at(`log-${number}`)),
    snapshots: numbers.map((number) => at(`snap-${number}`)),
    newSnapshots: numbers.map((number) => at(`snap-${number}.new`)),
  };
}

export function allOf(files: StoreFiles): string[] {
  return Object.values(files).flat();
}

/** The number that the next file gets, by the manifest. */
function nextNumber(manifest: string): number {
  if (!existsSync(manifest)) return 1;
  return Number(/"nextNumber": ?(\d+)/u.exec(readFileSync(manifest, "latin1"))?.[1] ?? 1);
}
