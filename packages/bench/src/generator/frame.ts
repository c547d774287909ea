// WebSocket frames (RFC 6455, section 5) as a client writes them: always masked, as browsers do it, because unmasking is work of the server.

/** Opcode of text, of which only the Socket.IO language makes use. */
export const TEXT = 1;
/** Opcode of bytes. */
export const BINARY = 2;
/** Opcode of the last frame. */
export const CLOSE = 8;
/** Opcode of a question whether somebody is there. */
export const PING = 9;
/** Opcode of its answer. */
export const PONG = 10;

/** One WebSocket message before it is framed. */
export interface Message {
  readonly opcode: number;
  readonly body: Uint8Array;
}

/** The mask of every frame. One is as good as another, but it must not be zero: servers skip that. */
const MASK: Uint8Array = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** Bytes of the head of a masked frame. */
export function headBytes(length: number): number {
  return length < 126 ? 6 : length < 0x1_0000 ? 8 : 14;
}

/** The mask as a little-endian number, as it falls on four bytes that begin at this place of a body. */
export function keyAt(place: number): number {
  let key = 0;
  for (let i = 3; i >= 0; i--) key = (key << 8) | MASK[(place + i) & 3]!;
  return key >>> 0;
}

/** A frame, masked. */
export function frame({ opcode, body }: Message): Buffer {
  const { length } = body;
  const head = headBytes(length);
  const framed = Buffer.alloc(head + length);
  framed[0] = 0x80 | opcode;
  if (head === 6) framed[1] = 0x80 | length;
  else if (head === 8) {
    framed[1] = 0x80 | 126;
    framed.writeUInt16BE(length, 2);
  } else {
    framed[1] = 0x80 | 127;
    framed.writeBigUInt64BE(BigInt(length), 2);
  }
  framed.set(MASK, head - 4);
  for (let i = 0; i < length; i++) framed[head + i] = body[i]! ^ MASK[i & 3]!;
  return framed;
}
