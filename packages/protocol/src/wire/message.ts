// Heads of WebSocket messages from a server: one unmasked, final, binary frame each (RFC 6455, section 5.2).

const FINAL_BINARY = 0x82;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Bytes of the head of a message of `length` bytes. */
export function headerBytes(length: number): number {
  return length < LENGTH_16 ? 2 : length < 0x1_0000 ? 4 : 10;
}

/** Writes the head of a message of `length` bytes and returns where the message goes. */
export function writeHeader(into: Uint8Array, at: number, length: number): number {
  into[at] = FINAL_BINARY;
  if (length < LENGTH_16) {
    into[at + 1] = length;
    return at + 2;
  }
  if (length < 0x1_0000) {
    into[at + 1] = LENGTH_16;
    into[at + 2] = length >> 8;
    into[at + 3] = length;
    return at + 4;
  }
  into[at + 1] = LENGTH_64;
  into.fill(0, at + 2, at + 6); // a length beyond 32 bits cannot be
  into[at + 6] = length >>> 24;
  into[at + 7] = length >>> 16;
  into[at + 8] = length >>> 8;
  into[at + 9] = length;
  return at + 10;
}

/** Calls `each` with every message of `bytes`, which the functions above have headed. */
export function eachMessage(bytes: Uint8Array, each: (message: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1]!;
    const head = short < LENGTH_16 ? 2 : short === LENGTH_16 ? 4 : 10;
    let length = short;
    if (head > 2) {
      length = 0;
      for (let i = Math.max(2, head - 4); i < head; i++) length = length * 0x100 + bytes[at + i]!;
    }
    at += head + length;
    each(bytes.subarray(at - length, at));
  }
}
