// A small store with everything in it, on a disk in memory, for tests that damage it.

import { SeededRandom } from "@fanwire/testkit";
import { FakeDisk } from "./disk.testkit.ts";
import { DIRECTORY, Hand } from "./hand.testkit.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { scanSegment, segmentSeed } from "./segment.ts";

/** The path of a file of the store. */
export const at = (name: string): string => `${DIRECTORY}/${name}`;

/** So that every byte of a store can be tried. */
export const SMALL_SEGMENT_BYTES = 512;

/** A store with two snapshots and several segments; `close` says whether it was stopped in order. */
export function made(close: "closed" | "killed"): { disk: FakeDisk; list: readonly string[] } {
  const disk = new FakeDisk();
  const hand = new Hand(disk, SMALL_SEGMENT_BYTES);
  for (let i = 0; i < 2; i++) hand.append(`one ${i}`, `x${i}`.repeat(20));
  hand.snapshot();
  for (let i = 0; i < 2; i++) hand.append(`two ${i}`, `y${i}`.repeat(20));
  hand.snapshot();
  for (let i = 0; i < 6; i++) hand.append(`three ${i}`, `z${i}`.repeat(15));
  if (close === "closed") hand.close();
  return { disk: disk.crash("kill", new SeededRandom(1)), list: [...hand.list] };
}

export function manifestOf(disk: FakeDisk): Manifest {
  const read = readManifest(Buffer.from(disk.bytesOf(at("MANIFEST"))).toString("latin1"));
  if (read.kind !== "sound") throw new Error(read.kind);
  return read.manifest;
}

/** The last segment, by name, and what is read of it. */
export function tailOf(disk: FakeDisk): { name: string; bytes: Uint8Array; ends: number[] } {
  const entry = manifestOf(disk).segments.at(-1)!;
  const name = `log-${entry.number}`;
  const bytes = disk.bytesOf(at(name));
  const { frames } = scanSegment(bytes, entry, segmentSeed(bytes));
  return { name, bytes, ends: frames.map(({ end }) => end) };
}
