// Finds the payloads in a batch of fanwire without reading it twice: a publication's elements are stepped over by their first bytes, and
// its offset is checked. Anything that is not the plainest publication is left to the caller.

import { down } from "@fanwire/protocol";

/** Bytes of a MessagePack integer ≥ 0 or nil, by its first byte; 0 for everything else. */
const BYTES = new Uint8Array(256);
BYTES.fill(1, 0, 0x80);
BYTES[0xc0] = 1;
BYTES[0xcc] = 2;
BYTES[0xcd] = 3;
BYTES[0xce] = 5;
BYTES[0xcf] = 9;

/** The first two bytes of a topic's publication: eight elements, the opcode first. */
const ARRAY_OF_8 = 0x98;
const NIL = 0xc0;
const BIN_8 = 0xc4;
const BIN_16 = 0xc5;

/** One publication as places in the bytes; used again for the next. */
export class PublicationView {
  offset = 0;
  offsetAt = 0;
  payloadAt = 0;

  /**
   * Looks at the frame at `at`. Returns where it ends, or 0 when it is not the plainest publication of a topic (no `from`, no meta,
   * payload below 64 KiB). The batch has been received whole, so nothing is checked against its end.
   */
  read(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== ARRAY_OF_8 || bytes[at + 1] !== down.PUBLICATION) return 0;
    const offsetAt = at + 2 + BYTES[bytes[at + 2]!]!;
    const timeAt = offsetAt + BYTES[bytes[offsetAt]!]!;
    const fromAt = timeAt + BYTES[bytes[timeAt]!]!;
    const metaAt = fromAt + 2;
    if (bytes[fromAt] !== NIL || bytes[metaAt] !== NIL || bytes[fromAt + 1]! >= 0x80) return 0;
    this.offset = uintAt(bytes, offsetAt);
    this.offsetAt = offsetAt;
    return this.#readPayload(bytes, metaAt + 1);
  }

  #readPayload(bytes: Uint8Array, at: number): number {
    if (bytes[at] === BIN_8) {
      this.payloadAt = at + 2;
      return at + 2 + bytes[at + 1]!;
    }
    if (bytes[at] !== BIN_16) return 0;
    this.payloadAt = at + 3;
    return at + 3 + ((bytes[at + 1]! << 8) | bytes[at + 2]!);
  }
}

function uintAt(bytes: Uint8Array, at: number): number {
  let value = bytes[at]!;
  if (value < 0x80) return value;
  value = 0;
  for (let i = 1; i < BYTES[bytes[at]!]!; i++) value = value * 0x100 + bytes[at + i]!;
  return value;
}
