// The offsets of publications of fanwire in the bytes of a connection: so that what is said again is something new, they go on.

import { PublicationView } from "../generator/wires/publications.ts";

/** The first byte of an integer of 32 bits, as offsets from here on are written. */
const UINT_32 = 0xce;

/** The least offset that takes four bytes. */
export const NUMBERED_FROM = 65_536;

/** Where offsets stand. */
export interface Numbers {
  readonly places: readonly number[];
  /** The highest of them. */
  readonly last: number;
}

/** Finds them in whole WebSocket frames of a server, which hold nothing but publications of a topic. Throws where there is something else. */
export function numbersIn(bytes: Uint8Array): Numbers {
  const view = new PublicationView();
  const places: number[] = [];
  let last = 0;
  for (let at = 0; at < bytes.length;) {
    const { from, to } = bodyAt(bytes, at);
    for (let frameAt = from; frameAt < to;) {
      const end = view.read(bytes, frameAt);
      if (end === 0 || bytes[view.offsetAt] !== UINT_32)
        throw new TypeError("What was recorded is no batch of publications with long offsets.");
      places.push(view.offsetAt + 1);
      last = view.offset;
      frameAt = end;
    }
    at = to;
  }
  return { places, last };
}

function bodyAt(bytes: Uint8Array, at: number): { from: number; to: number } {
  const short = bytes[at + 1]!;
  if (short < 126) return { from: at + 2, to: at + 2 + short };
  if (short > 126) throw new TypeError("A message of more than 64 KiB is none of a batch.");
  return { from: at + 4, to: at + 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!) };
}

/** Writes consecutive offsets, beginning with `next`. */
export function renumber(bytes: Buffer, places: readonly number[], next: number): void {
  for (const place of places) bytes.writeUInt32BE(next++, place);
}
