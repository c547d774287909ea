// Reads MessagePack: payloads, and the frames of a batch where their sender is trusted. Its bytes may be anybody's.

import { payloadDepthMax } from "../limits.ts";
import { PayloadError } from "./error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Up to this length, in bytes, one character at a time is faster than the platform's decoder. */
const SHORT_TEXT = 24;

/** Where the bytes of a float are put to be read. */
const scratch = new DataView(new Uint8Array(8).buffer);

/** Short texts that came, each in a place that its bytes tell: keys come again and again, and one that is there is not made anew. */
const texts: string[] = [];

// What is read now. Reading a value calls nothing that could read another, so one of each is enough.
let bytes: Uint8Array;
let at = 0;
let depth = 0;
let isCopied = true;

/**
 * Decodes the one MessagePack value that the bytes are. A map becomes a plain object and its integer keys strings, of keys that are
 * there twice the last one counts; bin becomes a Uint8Array, a timestamp a Date (cut to milliseconds), an integer a number if that
 * holds it exactly and a bigint if not. Nothing of the value refers to the bytes.
 *
 * Throws {@link PayloadError}, and nothing else, when the bytes are not one such value.
 */
export function decodePayload(payload: Uint8Array): unknown {
  const decoded = decodeAt(payload, 0, true);
  if (at < payload.length) throw new PayloadError("trailing bytes");
  return decoded;
}

/**
 * Decodes values that stand back to back, as {@link decodePayload} would, and calls `run` with each before it reads the next. Bins are
 * views: whoever keeps one copies it. Throws {@link PayloadError} at the first that is none, and what `run` throws.
 */
export function decodeEach(batch: Uint8Array, run: (decoded: unknown) => void): void {
  for (let from = 0; from < batch.length;) {
    const decoded = decodeAt(batch, from, false);
    from = at;
    run(decoded);
  }
}

function decodeAt(from: Uint8Array, offset: number, copies: boolean): unknown {
  bytes = from;
  at = offset;
  depth = 0;
  isCopied = copies;
  return value();
}

function value(): unknown {
  const type = bytes[take(1)]!;
  if (type < 0x80) return type;
  if (type < 0x90) return map(type & 0x0f);
  if (type < 0xa0) return array(type & 0x0f);
  if (type < 0xc0) return text(type & 0x1f);
  if (type > 0xdf) return type - 0x100;
  if (type < 0xc1) return null;
  if (type < 0xc2) throw new PayloadError("reserved byte");
  if (type < 0xc4) return type > 0xc2;
  if (type < 0xc7) return bin(uint(1 << (type - 0xc4)));
  if (type < 0xca) return time(uint(1 << (type - 0xc7)));
  if (type < 0xcb) return load(4).getFloat32(0);
  if (type < 0xcc) return load(8).getFloat64(0);
  if (type < 0xcf) return uint(1 << (type - 0xcc));
  if (type < 0xd0) return integer64(uint(4));
  if (type < 0xd3) return int(1 << (type - 0xd0));
  if (type < 0xd4) return integer64(int(4));
  if (type < 0xd9) return time(1 << (type - 0xd4));
  if (type < 0xdc) return text(uint(1 << (type - 0xd9)));
  if (type < 0xde) return array(uint(1 << (type - 0xdb)));
  return map(uint(1 << (type - 0xdd)));
}

function array(count: number): unknown[] {
  enter(count);
  // not made `count` long at once: with a lie at each level that is 32 times the message, times the size of an element
  const values: unknown[] = [];
  while (count-- > 0) values.push(value());
  depth--;
  return values;
}

function map(count: number): Record<string, unknown> {
  enter(count * 2);
  const entries: Record<string, unknown> = {};
  while (count-- > 0) {
    const name = key();
    const entry = value();
    // an assignment would set the prototype
    if (name === "__proto__")
      Object.defineProperty(entries, name, {
        value: entry,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    else entries[name] = entry;
  }
  depth--;
  return entries;
}

function key(): string {
  const isFloat = (bytes[at]! & 0xfe) === 0xca;
  const name = value();
  if (typeof name === "string") return name;
  // neither a number nor a bigint
  if (isFloat || !/r|g/u.test(typeof name)) throw new PayloadError("invalid key");
  return String(name);
}

function text(length: number): string {
  const from = take(length);
  if (length <= SHORT_TEXT) {
    const place = (bytes[from]! * 31 + bytes[at - 1]! * 7 + length) & 255;
    const known = texts[place];
    let short = "";
    if (known?.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[from + i]) i++;
      if (i === length) return known;
    }
    for (let c, i = from; i < at && (c = bytes[i]!) < 0x80; i++) short += String.fromCharCode(c);
    if (short.length === length) return (texts[place] = short);
  }
  try {
    return utf8.decode(bytes.subarray(from, at));
  } catch {
    throw new PayloadError("invalid UTF-8");
  }
}

/** A copy, as a view would keep the whole message in memory, and change when its buffer is used again. */
function bin(length: number): Uint8Array {
  const view = bytes.subarray(take(length), at);
  return isCopied ? new Uint8Array(view) : view;
}

/** An extension, of which the timestamp in its three forms is the only one known. */
function time(length: number): Date {
  at = take(length + 1);
  const type = int(1);
  if (type !== -1) throw new PayloadError("unknown extension", ` ${type}`);
  const isLong = length === 12;
  const word = length > 4 ? uint(4) : 0;
  // 30 bits of nanoseconds, 34 of seconds
  const nanoseconds = isLong ? word : word >>> 2;
  const seconds = isLong
    ? Number(integer64(int(4)))
    : length === 4 || length === 8
      ? (word & 3) * 2 ** 32 + uint(4)
      : NaN;
  const moment = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
  if (nanoseconds >= 1e9 || Number.isNaN(+moment)) throw new PayloadError("invalid time");
  return moment;
}

/** The rest of an integer of 64 bits. */
function integer64(high: number): number | bigint {
  const low = uint(4);
  const n = high * 2 ** 32 + low;
  return Number.isSafeInteger(n) ? n : (BigInt(high) << 32n) + BigInt(low);
}

function int(size: number): number {
  const unused = 32 - 8 * size;
  return (uint(size) << unused) >> unused;
}

function uint(size: number): number {
  let n = 0;
  for (let i = take(size); i < at; i++) n = n * 256 + bytes[i]!;
  return n;
}

function load(size: number): DataView {
  for (let from = take(size), i = 0; i < size; i++) scratch.setUint8(i, bytes[from + i]!);
  return scratch;
}

/** Goes past `count` bytes, and returns where they begin. */
function take(count: number): number {
  const from = at;
  if (count > bytes.length - from) throw new PayloadError("truncated");
  at += count;
  return from;
}

/** Enters an array or a map. Each of its `count` values takes a byte at least, so a higher count is a lie. */
function enter(count: number): void {
  if (++depth > payloadDepthMax) throw new PayloadError("too deep");
  at = take(count);
}
