// Payloads of worlds: a number each, that can be told from the last bytes of anything.

/** Stands before the number. */
const SIGN = 0xfa_11_0f_f0;

const BYTES = 8;

export function payloadOf(n: number): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SIGN);
  view.setUint32(4, n);
  return bytes;
}

/** The number of the payload with which some bytes end; undefined when they end with none. */
export function numberIn(bytes: Uint8Array): number | undefined {
  if (bytes.length < BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - BYTES, BYTES);
  return view.getUint32(0) === SIGN ? view.getUint32(4) : undefined;
}
