// A snapshot, as bytes: a header, records each behind its length, and the SHA-256 of all that. Pure.

import { FORMAT, LEAST_READER, type StoreIdentity } from "./format.ts";
import { getLong, RECORD_HEAD_BYTES, setLong, viewOf } from "./numbers.ts";

export const SNAPSHOT_HEAD_BYTES = 48;

/** Bytes behind the records. */
export const SNAPSHOT_DIGEST_BYTES = 32;

const MAGIC = Buffer.from("fwsnap\r\n", "latin1");

export function snapshotName(number: number): string {
  return `snap-${number}`;
}

/** The number in the name of a snapshot; undefined when it is no such name. */
export function snapshotNumber(name: string): number | undefined {
  const digits = /^snap-([1-9]\d{0,14})$/u.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** `nextLsn`: the snapshot stands for all records before it. */
export function snapshotHeader(
  identity: StoreIdentity,
  number: number,
  nextLsn: number,
): Uint8Array {
  const bytes = new Uint8Array(SNAPSHOT_HEAD_BYTES);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint16(8, FORMAT);
  view.setUint16(10, LEAST_READER);
  view.setUint32(12, identity.era);
  bytes.set(Buffer.from(identity.storeId, "hex"), 16);
  setLong(view, 32, number);
  setLong(view, 40, nextLsn);
  return bytes;
}

export interface SnapshotHead {
  readonly identity: StoreIdentity;
  readonly number: number;
  readonly nextLsn: number;
}

/** What a header says; undefined when it is none of a format that is known. */
export function readSnapshotHeader(bytes: Uint8Array): SnapshotHead | undefined {
  if (bytes.length < SNAPSHOT_HEAD_BYTES) return undefined;
  const view = viewOf(bytes);
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0 || view.getUint16(10) > FORMAT) return undefined;
  return {
    identity: {
      storeId: Buffer.from(bytes.subarray(16, 32)).toString("hex"),
      era: view.getUint32(12),
    },
    number: getLong(view, 32),
    nextLsn: getLong(view, 40),
  };
}

/** The bytes of whole records at the beginning, and how many there are. */
export function wholeRecords(bytes: Uint8Array): {
  readonly bytes: number;
  readonly count: number;
} {
  const view = viewOf(bytes);
  let count = 0;
  let at = 0;
  while (at + RECORD_HEAD_BYTES <= bytes.length) {
    const end = at + RECORD_HEAD_BYTES + view.getUint32(at);
    if (end > bytes.length) break;
    at = end;
    count++;
  }
  return { bytes: at, count };
}
