// Reads the envelope: the strict subset of MessagePack that frames are made of. It meets hostile bytes first, so every step is
// checked against the bytes that remain before anything is allocated, and nothing throws: the first fault is kept in
// `fault`, and all later reads return harmless values at no cost. Whoever reads looks at `fault` once, at the end.

import { envelopeDepthMax } from "../limits.ts";

/** Why bytes are not a frame. Closed: `""` means that nothing was wrong. */
export type EnvelopeFault =
  | ""
  | "truncated"
  | "wrong type"
  | "too few elements"
  | "integer out of range"
  | "not a value of the envelope"
  | "invalid UTF-8"
  | "key twice"
  | "too deep"
  | "not a frame";

/** Any value of the envelope, where a frame leaves its type open. */
export type EnvelopeValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly EnvelopeValue[]
  | ReadonlyMap<string, EnvelopeValue>;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOTHING = new Uint8Array(0);

/** Above this length the platform's decoder is faster than one character at a time, and engines would keep the text in pieces. */
const SHORT_TEXT = 12;

/** A cursor over the bytes of one batch. Reused from batch to batch by {@link Reader.reset}. */
export class Reader {
  bytes: Uint8Array = NOTHING;
  /** The next byte to read. */
  at = 0;
  end = 0;
  fault: EnvelopeFault = "";
  #view: DataView | undefined;
  #depth = 0;

  /** Begins to read a batch: all of the bytes, or a part of them. */
  reset(bytes: Uint8Array, from: number = 0, to: number = bytes.length): this {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.fault = "";
    this.#view = undefined;
    this.#depth = 0;
    return this;
  }

  /** Bytes that have not been read yet. After a fault there are none. */
  get left(): number {
    return this.end - this.at;
  }

  /** Notes the first fault and ends all reading. Returns 0, so that a number can be read as `return this.fail(…)`. */
  fail(fault: EnvelopeFault): 0 {
    if (this.fault === "") this.fault = fault;
    this.at = this.end;
    return 0;
  }

  /** An integer ≥ 0. */
  uint(): number {
    const b = this.at < this.end ? this.bytes[this.at]! : 0xff;
    if (b < 0x80) {
      this.at++;
      return b;
    }
    const n = this.integer();
    return n < 0 ? this.fail("integer out of range") : n;
  }

  /** An integer within ± (2^53 − 1), in any width, or a float64 that holds one. */
  integer(): number {
    const b = this.#byte();
    if (b < 0x80) return b;
    if (b >= 0xe0) return b - 0x100;
    switch (b) {
      case 0xcc:
        return this.#byte();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return this.#safe(this.#uint32() * 0x1_0000_0000 + this.#uint32());
      case 0xd0:
        return (this.#byte() << 24) >> 24;
      case 0xd1:
        return (this.#uint16() << 16) >> 16;
      case 0xd2:
        return this.#uint32() | 0;
      case 0xd3:
        return this.#safe((this.#uint32() | 0) * 0x1_0000_0000 + this.#uint32());
      case 0xcb:
        return this.#safe(this.#float64());
      default:
        return this.fail(b === 0xc1 ? "not a value of the envelope" : "wrong type");
    }
  }

  bool(): boolean {
    const b = this.#byte();
    if (b !== 0xc2 && b !== 0xc3) this.fail("wrong type");
    return b === 0xc3;
  }

  /** Reads a nil if one is next. */
  nil(): boolean {
    if (this.bytes[this.at] !== 0xc0 || this.at >= this.end) return false;
    this.at++;
    return true;
  }

  /** True when the next value is a str: for elements that may be a str or something else. */
  get isText(): boolean {
    const b = this.at < this.end ? this.bytes[this.at]! : 0;
    return (b & 0xe0) === 0xa0 || (b >= 0xd9 && b <= 0xdb);
  }

  /** True when the next value is an array. */
  get isArray(): boolean {
    const b = this.at < this.end ? this.bytes[this.at]! : 0;
    return (b & 0xf0) === 0x90 || b === 0xdc || b === 0xdd;
  }

  /** True when the next value is a bin. */
  get isBin(): boolean {
    const b = this.at < this.end ? this.bytes[this.at]! : 0;
    return b >= 0xc4 && b <= 0xc6;
  }

  /** A str of valid UTF-8. */
  text(): string {
    const length = this.textLength();
    const from = this.at;
    this.at += length;
    return decodeText(this, from, this.at);
  }

  /** The head of a str; its bytes begin at `at`, all there, not yet checked to be UTF-8. */
  textLength(): number {
    const b = this.#byte();
    if ((b & 0xe0) === 0xa0) return this.#within(b & 0x1f);
    if (b >= 0xd9 && b <= 0xdb) return this.#within(this.#length(b - 0xd9));
    return this.fail("wrong type");
  }

  /** A view of the bytes of a bin; copy it before keeping it. */
  bin(): Uint8Array {
    const length = this.binLength();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** The head of a bin; its bytes begin at `at`, all there. */
  binLength(): number {
    const b = this.#byte();
    return b >= 0xc4 && b <= 0xc6 ? this.#within(this.#length(b - 0xc4)) : this.fail("wrong type");
  }

  /** The head of an array: how many elements follow. {@link Reader.close} belongs after the last of them. */
  array(): number {
    const b = this.#byte();
    if ((b & 0xf0) === 0x90) return this.#open(b & 0x0f);
    if (b === 0xdc || b === 0xdd) return this.#open(this.#length(b - 0xdb));
    return this.fail("wrong type");
  }

  /** The head of a map: how many pairs follow. {@link Reader.close} belongs after the last of them. */
  map(): number {
    const b = this.#byte();
    if ((b & 0xf0) === 0x80) return this.#open((b & 0x0f) * 2) / 2;
    if (b === 0xde || b === 0xdf) return this.#open(this.#length(b - 0xdd) * 2) / 2;
    return this.fail("wrong type");
  }

  /** Leaves the innermost array or map. */
  close(): void {
    this.#depth--;
  }

  /** Leaves the innermost array after `read` of its `count` elements: further ones are room to grow and ignored, too few a fault. */
  closeTuple(count: number, read: number): void {
    if (count < read) this.fail("too few elements");
    for (let i = read; i < count && this.fault === ""; i++) this.value();
    this.#depth--;
  }

  /** Whatever comes next. */
  value(): EnvelopeValue {
    const b = this.at < this.end ? this.bytes[this.at]! : 0;
    if (b === 0xc0) {
      this.at++;
      return null;
    }
    if (b === 0xc2 || b === 0xc3) return this.bool();
    if (this.isText) return this.text();
    if (b >= 0xc4 && b <= 0xc6) return this.bin();
    if (this.isArray) return this.#values();
    if ((b & 0xf0) === 0x80 || b === 0xde || b === 0xdf) return this.entries();
    if ((b >= 0xc7 && b <= 0xc9) || b === 0xca || (b >= 0xd4 && b <= 0xd8))
      return this.fail("not a value of the envelope"); // extensions, float32
    return this.integer();
  }

  /** A map with str keys, none of them twice. */
  entries(): Map<string, EnvelopeValue> {
    const entries = new Map<string, EnvelopeValue>();
    const count = this.map();
    for (let i = 0; i < count && this.fault === ""; i++) {
      const key = this.text();
      if (entries.has(key)) this.fail("key twice");
      entries.set(key, this.value());
    }
    this.close();
    return entries;
  }

  #values(): EnvelopeValue[] {
    const values: EnvelopeValue[] = [];
    const count = this.array();
    for (let i = 0; i < count && this.fault === ""; i++) values.push(this.value());
    this.close();
    return values;
  }

  #byte(): number {
    if (this.at >= this.end) return this.fail("truncated");
    return this.bytes[this.at++]!;
  }

  #uint16(): number {
    return this.#byte() * 0x100 + this.#byte();
  }

  #uint32(): number {
    return this.#uint16() * 0x1_0000 + this.#uint16();
  }

  #float64(): number {
    if (this.left < 8) return this.fail("truncated");
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.end);
    this.at += 8;
    return this.#view.getFloat64(this.at - 8);
  }

  #safe(n: number): number {
    if (Number.isSafeInteger(n)) return n === 0 ? 0 : n; // -0.0 is 0
    return this.fail(Number.isInteger(n) ? "integer out of range" : "not a value of the envelope");
  }

  /** A declared length in 1, 2 or 4 bytes. */
  #length(width: number): number {
    return width === 0 ? this.#byte() : width === 1 ? this.#uint16() : this.#uint32();
  }

  #within(length: number): number {
    return length > this.left ? this.fail("truncated") : length;
  }

  /** Every element takes a byte at least, so a count beyond the bytes that remain is a lie. */
  #open(count: number): number {
    if (++this.#depth > envelopeDepthMax) return this.fail("too deep");
    return this.#within(count);
  }
}

/** The text between two places of a reader's bytes. */
export function decodeText(r: Reader, from: number, to: number): string {
  if (to - from > SHORT_TEXT) return decodeLong(r, from, to);
  let text = "";
  for (let i = from; i < to; i++) {
    const c = r.bytes[i]!;
    if (c >= 0x80) return decodeLong(r, from, to);
    text += String.fromCharCode(c);
  }
  return text;
}

function decodeLong(r: Reader, from: number, to: number): string {
  try {
    return utf8.decode(r.bytes.subarray(from, to));
  } catch {
    r.fail("invalid UTF-8");
    return "";
  }
}
