// Whole numbers up to 2^53 − 1 in eight bytes, the most significant first; and the lengths that stand before records.

const HIGH = 0x1_0000_0000;

/** Bytes that stand before a record: its length. */
export const RECORD_HEAD_BYTES = 4;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / HIGH));
  view.setUint32(at + 4, value % HIGH);
}

/** Beyond 2^53 it is not exact; nothing that is compared with it is that large. */
export function getLong(view: DataView, at: number): number {
  return view.getUint32(at) * HIGH + view.getUint32(at + 4);
}

/** How many records fill the bytes exactly, each behind its length; -1 when they do not. */
export function countRecords(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let count = 0;
  let at = 0;
  while (at + RECORD_HEAD_BYTES <= bytes.length) {
    at += RECORD_HEAD_BYTES + view.getUint32(at);
    count++;
  }
  return at === bytes.length ? count : -1;
}

/** Calls `visit` with each record that the bytes hold. They are known to be filled exactly. */
export function eachRecord(bytes: Uint8Array, visit: (record: Uint8Array) => void): void {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length;) {
    const from = at + RECORD_HEAD_BYTES;
    at = from + view.getUint32(at);
    visit(bytes.subarray(from, at));
  }
}
