// The manifest: what a store consists of. Pure. Text that a person can read: a first line that stays the same in all formats, JSON, and a
// last line with the SHA-256 of all before it.

import { createHash } from "node:crypto";
import { FORMAT, LEAST_READER, type StoreIdentity } from "./format.ts";
import type { SegmentEntry } from "./segment.ts";

export interface SnapshotEntry {
  /** Counts up with the segments; the file is called after it. */
  readonly number: number;
  /** It stands for all records before this LSN. */
  readonly nextLsn: number;
  readonly records: number;
  readonly bytes: number;
  /** Of the file without its last 32 bytes, which hold it too. */
  readonly sha256: string;
}

export interface Manifest extends StoreIdentity {
  /** How often the store was opened. */
  readonly run: number;
  /** The number that the next segment or snapshot gets. */
  readonly nextNumber: number;
  /** At most two, the older one first. */
  readonly snapshots: readonly SnapshotEntry[];
  /** In the order in which they were written. Only the last is written to. None: the store is being made. */
  readonly segments: readonly SegmentEntry[];
}

/** What a text is, that should be a manifest. */
export type ManifestRead =
  | { readonly kind: "sound"; readonly manifest: Manifest; readonly text: string }
  /** A format that this version cannot read; `format` is its number. */
  | { readonly kind: "newer"; readonly format: number }
  | { readonly kind: "damaged" }
  | { readonly kind: "foreign" };

const FIRST_LINE = /^fanwire store, format (\d{1,9}), least reader (\d{1,9})\n/u;

export function manifestText(manifest: Manifest): string {
  return sealText(
    `fanwire store, format ${FORMAT}, least reader ${LEAST_READER}\n${JSON.stringify(manifest, null, 2)}\n`,
  );
}

export function readManifest(text: string): ManifestRead {
  const first = FIRST_LINE.exec(text);
  if (first === null) return { kind: text.startsWith("fanwire") ? "damaged" : "foreign" };
  if (Number(first[2]) > FORMAT) return { kind: "newer", format: Number(first[1]) };
  const body = unsealText(text);
  if (body === undefined) return { kind: "damaged" };
  return { kind: "sound", manifest: JSON.parse(body.slice(first[0].length)) as Manifest, text };
}

/** Adds a last line by which a change of the text is seen. */
export function sealText(text: string): string {
  return `${text}sha256 ${sha256(text)}\n`;
}

/** The text without its last line; undefined when that does not fit. */
export function unsealText(text: string): string | undefined {
  const line = /sha256 ([0-9a-f]{64})\n$/u.exec(text);
  if (line === null) return undefined;
  const body = text.slice(0, line.index);
  return sha256(body) === line[1] ? body : undefined;
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}
