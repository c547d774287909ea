// Snapshots of a hub, as the records of which they are made.

import { RecordBuffer } from "../record-buffer.ts";
import type { TestHub } from "./hub.testkit.ts";

/** Takes a snapshot in slices of about so many bytes. `between`: what happens between them. */
export function snapshotOf(
  hub: TestHub,
  sliceBytes: number | (() => number) = 300,
  between: () => void = () => {},
): Uint8Array[] {
  const snapshot = hub.broker.snapshot();
  const records: Uint8Array[] = [];
  for (let isMore = true; isMore; between()) {
    const buffer = new RecordBuffer();
    const bytes = typeof sliceBytes === "number" ? sliceBytes : sliceBytes();
    isMore = snapshot.next(bytes, (write) => buffer.write(write));
    records.push(...recordsIn(buffer.take()));
  }
  return records;
}

export function recordsIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4 + view.getUint32(at))
    records.push(bytes.slice(at + 4, at + 4 + view.getUint32(at)));
  return records;
}
