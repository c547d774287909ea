// A mark: a point in the order in which publications became visible on the hub. It is the position of a pattern, opaque to clients, and
// says which run of which store it is from, so that a hub can tell what of it still holds.

/** What a mark says. */
export interface Mark {
  /** Of the store; new after a restore. */
  readonly era: number;
  /** Of the hub. */
  readonly run: number;
  readonly show: number;
  /** Of the last durable publication shown; 0 when there was none. */
  readonly lsn: number;
}

const FORMAT = 1;

/** Format, era (4), run (4), show number (7), LSN (7), checksum (4). */
const BYTES = 27;

export function encodeMark(mark: Mark): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  view.setUint32(1, mark.era);
  view.setUint32(5, mark.run);
  write56(view, 9, mark.show);
  write56(view, 16, mark.lsn);
  view.setUint32(23, checksum(bytes.subarray(0, 23)));
  return bytes;
}

/** Undefined when the bytes are no mark that a hub has written. */
export function decodeMark(bytes: Uint8Array): Mark | undefined {
  if (bytes.length !== BYTES || bytes[0] !== FORMAT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, BYTES);
  if (view.getUint32(23) !== checksum(bytes.subarray(0, 23))) return undefined;
  return {
    era: view.getUint32(1),
    run: view.getUint32(5),
    show: read56(view, 9),
    lsn: read56(view, 16),
  };
}

function write56(view: DataView, at: number, n: number): void {
  const high = Math.floor(n / 0x1_0000_0000);
  view.setUint8(at, high >>> 16);
  view.setUint16(at + 1, high & 0xffff);
  view.setUint32(at + 3, n >>> 0);
}

function read56(view: DataView, at: number): number {
  return (
    (view.getUint8(at) * 0x1_0000 + view.getUint16(at + 1)) * 0x1_0000_0000 + view.getUint32(at + 3)
  );
}

/** FNV-1a in 32 bits: against a mark that was damaged or made up by chance, not against an attacker, who gains nothing by one. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c_9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}
