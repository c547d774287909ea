// Reads payloads: one MessagePack value, from bytes that anybody may have written.

import { payloadDepthMax } from "../limits.ts";
import { PayloadError } from "./error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Up to this length, in bytes, one character at a time is faster than the platform's decoder. */
const SHORT_TEXT = 24;

/**
 * Decodes the one MessagePack value that the bytes are. A map becomes a plain object and its integer keys strings, of keys that are
 * there twice the last one counts; bin becomes a Uint8Array, a timestamp a Date (cut to milliseconds), an integer a number if that
 * holds it exactly and a bigint if not. Nothing of the value refers to `bytes`.
 *
 * Throws {@link PayloadError}, and nothing else, when the bytes are not one such value.
 */
export function decodePayload(bytes: Uint8Array): unknown {
  return new Cursor(bytes).only();
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  only(): unknown {
    const value = this.#value(this.#uint(0));
    if (this.#at < this.#bytes.length) throw new PayloadError("trailing bytes");
    return value;
  }

  /** The value that begins with the byte `type`, which has been read. */
  #value(type: number): unknown {
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f);
    if (type < 0xa0) return this.#array(type & 0x0f);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type > 0xdf) return type - 0x100;
    if (type === 0xc0) return null;
    if (type === 0xc1) throw new PayloadError("reserved byte");
    if (type < 0xc4) return type > 0xc2;
    if (type < 0xc7) return this.#bin(this.#uint(type - 0xc4));
    if (type < 0xca) return this.#time(this.#uint(type - 0xc7));
    if (type === 0xca) return this.#view.getFloat32(this.#take(4));
    if (type === 0xcb) return this.#view.getFloat64(this.#take(8));
    if (type < 0xcf) return this.#uint(type - 0xcc);
    if (type === 0xcf || type === 0xd3) return this.#integer64(type > 0xcf);
    if (type === 0xd0) return this.#view.getInt8(this.#take(1));
    if (type === 0xd1) return this.#view.getInt16(this.#take(2));
    if (type === 0xd2) return this.#view.getInt32(this.#take(4));
    if (type < 0xd9) return this.#time(1 << (type - 0xd4));
    if (type < 0xdc) return this.#text(this.#uint(type - 0xd9));
    if (type < 0xde) return this.#array(this.#uint(type - 0xdb));
    return this.#map(this.#uint(type - 0xdd));
  }

  #array(count: number): unknown[] {
    this.#open(count);
    // not made `count` long at once: with a lie at each level that is 32 times the message, times the size of an element
    const array: unknown[] = [];
    while (count-- > 0) array.push(this.#value(this.#uint(0)));
    this.#depth--;
    return array;
  }

  #map(count: number): Record<string, unknown> {
    this.#open(count * 2);
    const map: Record<string, unknown> = {};
    while (count-- > 0) {
      const key = this.#key(this.#uint(0));
      const value = this.#value(this.#uint(0));
      // an assignment would set the prototype
      if (key === "__proto__")
        Object.defineProperty(map, key, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      else map[key] = value;
    }
    this.#depth--;
    return map;
  }

  #key(type: number): string {
    const key = this.#value(type);
    if (typeof key === "string") return key;
    const isInteger =
      (typeof key === "number" || typeof key === "bigint") && type !== 0xca && type !== 0xcb;
    if (!isInteger) throw new PayloadError("invalid key");
    return String(key);
  }

  #text(length: number): string {
    const bytes = this.#bytes;
    const from = this.#take(length);
    const to = this.#at;
    if (length <= SHORT_TEXT) {
      let text = "";
      let i = from;
      for (let c; i < to && (c = bytes[i]!) < 0x80; i++) text += String.fromCharCode(c);
      if (i === to) return text;
    }
    try {
      return utf8.decode(bytes.subarray(from, to));
    } catch {
      throw new PayloadError("invalid UTF-8");
    }
  }

  /** A copy: a view would keep the whole message in memory, and change when its buffer is used again. */
  #bin(length: number): Uint8Array {
    const from = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(from, this.#at));
  }

  /** An extension, of which the timestamp in its three forms is the only one known. */
  #time(length: number): Date {
    const view = this.#view;
    const from = this.#take(length + 1);
    const type = view.getInt8(from);
    if (type !== -1) throw new PayloadError("unknown extension", ` ${type}`);
    let seconds = NaN;
    let nanoseconds = 0;
    if (length === 4) seconds = view.getUint32(from + 1);
    else if (length === 8) {
      // 30 bits of nanoseconds, 34 of seconds
      nanoseconds = view.getUint32(from + 1) >>> 2;
      seconds = (view.getUint32(from + 1) & 3) * 2 ** 32 + view.getUint32(from + 5);
    } else if (length === 12) {
      nanoseconds = view.getUint32(from + 1);
      seconds = Number(view.getBigInt64(from + 5));
    }
    const time = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
    if (nanoseconds >= 1e9 || Number.isNaN(+time)) throw new PayloadError("invalid time");
    return time;
  }

  #integer64(signed: boolean): number | bigint {
    const view = this.#view;
    const at = this.#take(8);
    const high = signed ? view.getInt32(at) : view.getUint32(at);
    const n = high * 2 ** 32 + view.getUint32(at + 4);
    if (Number.isSafeInteger(n)) return n;
    return signed ? view.getBigInt64(at) : view.getBigUint64(at);
  }

  /** An unsigned number of 2^`log` bytes. */
  #uint(log: number): number {
    if (log === 0) return this.#bytes[this.#take(1)]!;
    return log === 1 ? this.#view.getUint16(this.#take(2)) : this.#view.getUint32(this.#take(4));
  }

  /** Goes past `count` bytes, and returns where they begin. */
  #take(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) throw new PayloadError("truncated");
    this.#at += count;
    return from;
  }

  /** Enters an array or a map. Each of its `count` values takes a byte at least, so a higher count is a lie. */
  #open(count: number): void {
    if (++this.#depth > payloadDepthMax) throw new PayloadError("too deep");
    this.#at = this.#take(count);
  }
}
