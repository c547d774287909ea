// What a payload begins with, so that each delivery can be told apart and timed wherever it appears: eight bytes that nothing else has,
// the publication's number in its topic, its number in the run, and when it was sent. Little-endian.

/** "fanw" of "fanwire!", as a number … */
export const MAGIC_LOW = 0x776e_6166;
/** … and "ire!". */
export const MAGIC_HIGH = 0x2165_7269;

/** Where the publication's number in its topic is, 32 bits … */
export const SEQUENCE_AT = 8;
/** … its number in the run, 32 bits … */
export const NUMBER_AT = 12;
/** … and the time, a float64 in milliseconds. */
export const TIME_AT = 16;

/** Bytes of a marker: the least that a payload has. */
export const MARKER_BYTES = 24;

const magic = Buffer.from("fanwire!", "latin1");
const time = new Float64Array(1);
const timeHalves = new Uint32Array(time.buffer);

/** A payload with a marker that says nothing yet, filled up from the seed. */
export function blankPayload(bytes: number, seed: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  let state = (seed >>> 0) | 1;
  for (let i = MARKER_BYTES; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    payload[i] = state >>> 24;
  }
  payload.set(magic, 0);
  payload.fill(0, SEQUENCE_AT, MARKER_BYTES);
  return payload;
}

/** Where markers are in these bytes. */
export function markersIn(bytes: Uint8Array): number[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places: number[] = [];
  for (let at = all.indexOf(magic); at >= 0; at = all.indexOf(magic, at + 1)) places.push(at);
  return places;
}

/** Fills in a marker at `at` in bytes that are masked: `key` is the mask as it falls on the marker's first four bytes. */
export function stamp(
  view: DataView,
  at: number,
  key: number,
  sequence: number,
  number: number,
  now: number,
): void {
  time[0] = now;
  view.setUint32(at + SEQUENCE_AT, sequence ^ key, true);
  view.setUint32(at + NUMBER_AT, number ^ key, true);
  view.setUint32(at + TIME_AT, timeHalves[0]! ^ key, true);
  view.setUint32(at + TIME_AT + 4, timeHalves[1]! ^ key, true);
}
