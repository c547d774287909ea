// Payloads: what the application sees, and its bytes.

import { decodePayload, encodePayload, type encoding } from "@fanwire/protocol";

/** Turns values into bytes and back. */
export interface Codec {
  /** What the bytes are, a number of at most 15: see `encoding` of the protocol. */
  readonly encoding: number;
  encode(value: unknown): Uint8Array;
  /** `bytes` may be a view: copy it before keeping it. `encoding` is the codec's own. */
  decode(bytes: Uint8Array, encoding: number): unknown;
}

const MESSAGE_PACK: typeof encoding.messagePack = 3;

/** MessagePack with all of its standard types: what a client uses unless it is given another codec. */
export const messagePack: Codec = {
  encoding: MESSAGE_PACK,
  encode: encodePayload,
  decode: decodePayload,
};

const utf8 = new TextDecoder();

/** By encoding: bytes, text, JSON, MessagePack. */
const decoders: readonly Codec["decode"][] = [
  (bytes) => bytes.slice(),
  (bytes) => utf8.decode(bytes),
  (bytes) => JSON.parse(utf8.decode(bytes)),
  decodePayload,
];

/**
 * The value of a payload. The codec is asked for its own encoding; those of the protocol are understood beside it. Throws what a
 * decoder throws, and for an encoding or a transform that nobody knows.
 */
export function decode(codec: Codec, bytes: Uint8Array, encoding: number): unknown {
  if (encoding === codec.encoding) return codec.decode(bytes, encoding);
  const decoder = decoders[encoding];
  if (!decoder) throw new Error(`unknown encoding ${encoding}`);
  return decoder(bytes, encoding);
}
