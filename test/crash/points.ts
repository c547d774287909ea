// The instants at which a hub is most vulnerable, each by the system call before which it is killed.

import type { SeededRandom } from "@fanwire/testkit";
import type { StoreFiles } from "./store-files.ts";
import { withInjection } from "./strace.ts";

export interface Point {
  readonly name: string;
  readonly call: string;
  readonly paths: (files: StoreFiles) => readonly string[];
  /** It is killed at one of so many such calls, drawn by chance. */
  readonly among: number;
}

export const points: readonly Point[] = [
  point("before a frame is written", "pwrite64", ({ logs }) => logs, 100),
  point("between a frame and its sync", "fdatasync", ({ logs }) => logs, 100),
  point("while a segment is filled ahead", "pwrite64", ({ newSpare }) => [newSpare], 3),
  point(
    "while the head of a segment, or a copy, is written",
    "pwrite64",
    ({ spare }) => [spare],
    9,
  ),
  point("between a segment and its sync", "fdatasync", ({ spare }) => [spare], 4),
  point("while segments change their names", "rename", ({ spare }) => [spare], 9),
  point("while a snapshot is written", "pwrite64", ({ newSnapshots }) => newSnapshots, 40),
  point("between a snapshot and its sync", "fdatasync", ({ newSnapshots }) => newSnapshots, 3),
  point("between a snapshot and its name", "rename", ({ newSnapshots }) => newSnapshots, 2),
  point("between a rename and the manifest", "openat", ({ newManifest }) => [newManifest], 6),
  point("while the manifest is written", "pwrite64", ({ newManifest }) => [newManifest], 6),
  point("between the manifest and its sync", "fdatasync", ({ newManifest }) => [newManifest], 6),
  point("between the manifest and its name", "rename", ({ newManifest }) => [newManifest], 6),
  point("between names and their sync", "fsync", ({ directory }) => [directory], 9),
  point(
    "while what was replaced is removed",
    "unlink",
    ({ snapshots, logs }) => [...snapshots, ...logs],
    2,
  ),
  point("while the log is read", "openat", ({ logs }) => logs, 3),
  point("while snapshots are read", "openat", ({ snapshots }) => snapshots, 2),
];

/** What runs a hub that is killed there, if it comes there. */
export function killedAt(
  { call, paths, among }: Point,
  files: StoreFiles,
  random: SeededRandom,
): readonly string[] {
  return withInjection({
    call,
    injected: "KILL",
    when: 1 + random.below(among),
    paths: paths(files),
  });
}

function point(
  name: string,
  call: string,
  paths: (files: StoreFiles) => readonly string[],
  among: number,
): Point {
  return { name, call, paths, among };
}
