// Writes payloads: any JavaScript value as MessagePack, always in the shortest form.

import { payloadDepthMax } from "../limits.ts";
import { Writer } from "../wire/writer.ts";
import { PayloadError } from "./error.ts";

/** A buffer that one payload made longer than this, in bytes, is not kept for the next. */
const KEPT_BYTES = 65_536;

/** The buffer of the last call. None while it is in use: a `toJSON` may encode a payload of its own. */
let spare: Writer | undefined;

/** Where the 8 bytes of a number are made, and those of a timestamp; they end with the scratch. */
const scratch = new DataView(new ArrayBuffer(16));
const scratchBytes = new Uint8Array(scratch.buffer);

/**
 * Encodes a value as MessagePack. Beside what JSON knows it takes Date (a timestamp), bigint of 64 bits, binary data (an ArrayBuffer
 * or any view of one) and Map. As in JSON an object's `toJSON` is used, and a property that is undefined is left out; any other
 * undefined is nil. A safe integer becomes an integer, any other number a float64.
 *
 * The bytes are the caller's own. Throws {@link PayloadError} for a function, a symbol, an invalid Date, a bigint out of range, and
 * for more than 32 arrays and maps inside each other, so for a cycle too.
 */
export function encodePayload(value: unknown): Uint8Array {
  const w = spare ?? new Writer(1024);
  // an error does not give it back: half a payload is in it then
  spare = undefined;
  write(w, plain(value, ""), 0);
  const bytes = w.take();
  if (w.bytes.length <= KEPT_BYTES) spare = w.clear();
  return bytes;
}

/** The value, or what its `toJSON` returns for it; whether that has a `toJSON` too is not asked, as in JSON. */
function plain(value: unknown, key: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  // Date and Buffer have one, but MessagePack has better forms for them
  return typeof toJSON !== "function" || value instanceof Date || ArrayBuffer.isView(value)
    ? value
    : toJSON.call(value, String(key));
}

/** `depth`: the arrays and maps around the value. */
function write(w: Writer, value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      return w.text(value);
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return w.integer(value);
      scratch.setFloat64(8, value);
      return writeEight(w, 0xcb);
    case "boolean":
      return w.bool(value);
    case "bigint":
      return writeBigint(w, value);
    case "undefined":
      return w.nil();
    case "object":
      return value === null ? w.nil() : writeObject(w, value, depth);
    default:
      throw new PayloadError("unsupported type", ` ${typeof value}`);
  }
}

function writeObject(w: Writer, value: object, depth: number): void {
  if (value instanceof Date) return writeTime(w, value.getTime());
  if (ArrayBuffer.isView(value))
    return w.bin(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof ArrayBuffer) return w.bin(new Uint8Array(value));
  if (depth >= payloadDepthMax) throw new PayloadError("too deep");
  if (!Array.isArray(value)) return writeMap(w, value as Properties, depth + 1);
  const { length } = value;
  w.array(length);
  for (let i = 0; i < length; i++) write(w, plain(value[i], i), depth + 1);
}

type Properties = Readonly<Record<string, unknown>>;

function writeMap(w: Writer, value: Map<unknown, unknown> | Properties, depth: number): void {
  const isMap = value instanceof Map;
  // the count comes first, and only reading all of them tells which are undefined
  const pairs: unknown[] = [];
  for (const key of isMap ? value.keys() : Object.keys(value)) {
    const element = plain(isMap ? value.get(key) : value[key as string], key);
    if (element !== undefined || isMap) pairs.push(plain(key, ""), element);
  }
  w.map(pairs.length / 2);
  for (const item of pairs) write(w, item, depth);
}

function writeBigint(w: Writer, value: bigint): void {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return w.integer(near);
  if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value)
    throw new PayloadError("integer out of range");
  scratch.setBigInt64(8, value);
  writeEight(w, near < 0 ? 0xd3 : 0xcf);
}

/** The timestamp extension, in the shortest of its three forms. */
function writeTime(w: Writer, ms: number): void {
  if (Number.isNaN(ms)) throw new PayloadError("invalid time");
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = (ms - seconds * 1000) * 1e6;
  const high = Math.floor(seconds / 2 ** 32);
  let from = 10;
  if (high < 0 || high > 3) {
    scratch.setUint32(0, 0xc70cff);
    scratch.setUint32(4, nanoseconds);
    scratch.setUint32(8, high);
    from = 1;
  } else if (high > 0 || nanoseconds > 0) {
    // 30 bits of nanoseconds, 34 of seconds
    scratch.setUint32(4, 0xd7ff);
    scratch.setUint32(8, nanoseconds * 4 + high);
    from = 6;
  } else scratch.setUint32(8, 0xd6ff);
  // as every setUint32, modulo 2^32
  scratch.setUint32(12, seconds);
  w.raw(scratchBytes, from, 16);
}

function writeEight(w: Writer, type: number): void {
  scratch.setUint8(7, type);
  w.raw(scratchBytes, 7, 16);
}
