// Writes MessagePack: any JavaScript value, always in the shortest form.

import { payloadDepthMax } from "../limits.ts";
import { PayloadError } from "./error.ts";

/** A buffer that one payload made longer than this, in bytes, is not kept for the next. */
const KEPT_BYTES = 65_536;

/** Up to this length one character at a time is faster than the platform's encoder. */
const SHORT_TEXT = 32;

const utf8 = new TextEncoder();

// What is written now. A `toJSON` may encode a payload of its own: that begins behind the part of the outer one, and leaves it there.
let bytes = new Uint8Array(1024);
let view = new DataView(bytes.buffer);
let at = 0;

/**
 * Encodes a value as MessagePack. Beside what JSON knows it takes Date (a timestamp), bigint of 64 bits, binary data (an ArrayBuffer
 * or any view of one) and Map. As in JSON an object's `toJSON` is used, and a property that is undefined is left out; any other
 * undefined is nil. A safe integer becomes an integer, any other number a float64.
 *
 * The bytes are the caller's own. Throws {@link PayloadError} for a function, a symbol, an invalid Date, a bigint out of range, and
 * for more than 32 arrays and maps inside each other, so for a cycle too.
 */
export function encodePayload(value: unknown): Uint8Array<ArrayBuffer> {
  const from = at;
  try {
    write(plain(value, ""), 0);
    return bytes.slice(from, at);
  } finally {
    release(from);
  }
}

/**
 * Encodes values back to back, as {@link encodePayload} would, and calls `run` with as few batches as hold them in their order: of at
 * most `bytesMax` bytes, unless one value alone is longer. Throws {@link PayloadError}, and what `run` throws.
 */
export function encodeEach(
  values: readonly unknown[],
  bytesMax: number,
  run: (batch: Uint8Array<ArrayBuffer>) => void,
): void {
  const from = at;
  let to = from;
  try {
    for (const value of values) {
      write(value, 0);
      if (at - from > bytesMax && to > from) {
        run(bytes.slice(from, to));
        bytes.copyWithin(from, to, at);
        at -= to - from;
      }
      to = at;
    }
    if (to > from) run(bytes.slice(from, to));
  } finally {
    release(from);
  }
}

function release(from: number): void {
  at = from;
  if (from === 0 && bytes.length > KEPT_BYTES) make(1024);
}

function make(length: number): void {
  bytes = new Uint8Array(length);
  view = new DataView(bytes.buffer);
}

/** Makes room for `count` more bytes. */
function reserve(count: number): void {
  const old = bytes;
  if (at + count <= old.length) return;
  make((at + count) * 2);
  bytes.set(old);
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
function write(value: unknown, depth: number): void {
  reserve(16); // the longest of all that has no length
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      if (Number.isSafeInteger(value) && (value || 1 / value > 0)) return integer(value);
      byte(0xcb);
      view.setFloat64(at, value);
      at += 8;
      return;
    case "boolean":
      return byte(value ? 0xc3 : 0xc2);
    case "bigint":
      return bigint(value);
    case "undefined":
      return byte(0xc0);
    case "object":
      return value === null ? byte(0xc0) : object(value, depth);
    default:
      throw new PayloadError("unsupported type", ` ${typeof value}`);
  }
}

function object(value: object, depth: number): void {
  if (value instanceof Date) return time(value.getTime());
  if (value instanceof ArrayBuffer) value = new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return bin(value);
  if (depth >= payloadDepthMax) throw new PayloadError("too deep");
  if (!Array.isArray(value)) return map(value as Properties, depth + 1);
  const { length } = value;
  head(0x90, 16, 0xdb, length);
  for (let i = 0; i < length; i++) write(plain(value[i], i), depth + 1);
}

type Properties = Readonly<Record<string, unknown>>;

function map(value: Map<unknown, unknown> | Properties, depth: number): void {
  const isMap = value instanceof Map;
  // the count comes first, and only reading all of them tells which are undefined
  const pairs: unknown[] = [];
  for (const key of isMap ? value.keys() : Object.keys(value)) {
    const element = plain(isMap ? value.get(key) : value[key as string], key);
    if (element !== undefined || isMap) pairs.push(plain(key, ""), element);
  }
  head(0x80, 16, 0xdd, pairs.length / 2);
  for (const item of pairs) write(item, depth);
}

function bin({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
  head(0, 0, 0xc4, byteLength);
  reserve(byteLength);
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
  at += byteLength;
}

function text(value: string): void {
  const { length } = value;
  if (length < SHORT_TEXT) {
    reserve(SHORT_TEXT);
    let i = 0;
    for (let c; i < length && (c = value.charCodeAt(i)) < 0x80;) bytes[at + ++i] = c;
    if (i === length) {
      bytes[at] = 0xa0 | length;
      at += length + 1;
      return;
    }
  }
  // the encoded length is known only afterwards: the text is written behind the longest head and moved up to its own
  reserve(5 + length * 3);
  const from = at + 5;
  const { written } = utf8.encodeInto(value, bytes.subarray(from));
  head(0xa0, 32, 0xd9, written);
  bytes.copyWithin(at, from, from + written);
  at += written;
}

function integer(n: number): void {
  if (n < 0) head(-32, 64, 0xd0, n, -2 * n - 2);
  else head(0, 128, 0xcc, n);
}

function bigint(value: bigint): void {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return integer(near);
  byte(near < 0 ? 0xd3 : 0xcf);
  view.setBigInt64(at, value);
  if (view.getBigInt64(at) !== value && view.getBigUint64(at) !== value)
    throw new PayloadError("integer out of range");
  at += 8;
}

/** The timestamp extension, in the shortest of its three forms. */
function time(ms: number): void {
  if (Number.isNaN(ms)) throw new PayloadError("invalid time");
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = (ms - seconds * 1000) * 1e6;
  const high = Math.floor(seconds / 2 ** 32);
  if (high < 0 || high > 3) {
    byte(0xc7);
    byte(12);
    byte(0xff);
    word(nanoseconds);
    word(high);
  } else {
    const isLong = high > 0 || nanoseconds > 0;
    byte(isLong ? 0xd7 : 0xd6);
    byte(0xff);
    // 30 bits of nanoseconds, 34 of seconds
    if (isLong) word(nanoseconds * 4 + high);
  }
  word(seconds);
}

/**
 * A number or a length: in one byte with its type where its `size` is below `short`, else behind the first of the types for 8, 16, 32
 * and 64 bits in which that fits. Arrays and maps have none for 8 bits; that of a str or bin stands in for it.
 */
function head(fixed: number, short: number, type: number, n: number, size: number = n): void {
  if (size < short) byte(fixed | n);
  else if (size < 2 ** 32) {
    const log = size >= 0x1_0000 ? 2 : size >= 0x100 || type > 0xda ? 1 : 0;
    byte(type + log);
    view.setUint32(at, n << (32 - (8 << log)));
    at += 1 << log;
  } else {
    byte(type + 3);
    word(Math.floor(n / 2 ** 32));
    word(n);
  }
}

function byte(n: number): void {
  bytes[at++] = n;
}

/** Modulo 2^32, as `setUint32` is. */
function word(n: number): void {
  view.setUint32(at, n);
  at += 4;
}
