// Writes the envelope, always in the shortest form: integers of the fewest bytes, heads of the fewest bytes.

const utf8 = new TextEncoder();

/** Above this length the platform's encoder is faster than one character at a time. */
const SHORT_TEXT = 48;

/** A buffer that grows. Reused: {@link Writer.take} copies out what was written, {@link Writer.clear} begins again. */
export class Writer {
  bytes: Uint8Array;
  /** The next byte to write, so also the bytes written. */
  at = 0;

  /** `capacity`: bytes to begin with. */
  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  clear(): this {
    this.at = 0;
    return this;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.#grow(this.at + count);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }

  nil(): void {
    this.reserve(1);
    this.bytes[this.at++] = 0xc0;
  }

  bool(value: boolean): void {
    this.reserve(1);
    this.bytes[this.at++] = value ? 0xc3 : 0xc2;
  }

  /** An integer ≥ 0, up to 2^53 − 1. */
  uint(n: number): void {
    this.reserve(9);
    if (n < 0x80) this.bytes[this.at++] = n;
    else if (n < 0x100) this.#head8(0xcc, n);
    else if (n < 0x1_0000) this.#head16(0xcd, n);
    else if (n < 0x1_0000_0000) this.#head32(0xce, n);
    else this.#integer64(0xcf, n);
  }

  /** An integer within ± (2^53 − 1). */
  integer(n: number): void {
    if (n >= 0) return this.uint(n);
    this.reserve(9);
    if (n >= -0x20) this.bytes[this.at++] = n;
    else if (n >= -0x80) this.#head8(0xd0, n);
    else if (n >= -0x8000) this.#head16(0xd1, n);
    else if (n >= -0x8000_0000) this.#head32(0xd2, n);
    else this.#integer64(0xd3, n);
  }

  text(value: string): void {
    const { length } = value;
    this.reserve(5 + length * 3);
    if (length > SHORT_TEXT) return this.#longText(value);
    const from = this.at + (length < 0x20 ? 1 : 2);
    for (let i = 0; i < length; i++) {
      const c = value.charCodeAt(i);
      if (c >= 0x80) return this.#longText(value);
      this.bytes[from + i] = c;
    }
    this.#textHead(length);
    this.at += length;
  }

  bin(value: Uint8Array): void {
    this.binHead(value.length);
    this.raw(value, 0, value.length);
  }

  /** The head of a bin whose `length` bytes the caller writes next. */
  binHead(length: number): void {
    this.reserve(5);
    if (length < 0x100) this.#head8(0xc4, length);
    else if (length < 0x1_0000) this.#head16(0xc5, length);
    else this.#head32(0xc6, length);
  }

  /** The head of an array whose `count` elements the caller writes next. */
  array(count: number): void {
    this.reserve(5);
    if (count < 0x10) this.bytes[this.at++] = 0x90 | count;
    else if (count < 0x1_0000) this.#head16(0xdc, count);
    else this.#head32(0xdd, count);
  }

  /** The head of a map whose `count` pairs the caller writes next. */
  map(count: number): void {
    this.reserve(5);
    if (count < 0x10) this.bytes[this.at++] = 0x80 | count;
    else if (count < 0x1_0000) this.#head16(0xde, count);
    else this.#head32(0xdf, count);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    this.reserve(count);
    // a call into the engine costs more than a short loop
    if (count > 32)
      this.bytes.set(count === bytes.length ? bytes : bytes.subarray(from, to), this.at);
    else for (let i = 0; i < count; i++) this.bytes[this.at + i] = bytes[from + i]!;
    this.at += count;
  }

  /** The encoded length is known only afterwards: the text is written behind the longest head and moved up to its own. */
  #longText(value: string): void {
    const from = this.at + 5;
    const { written } = utf8.encodeInto(value, this.bytes.subarray(from));
    this.#textHead(written);
    this.bytes.copyWithin(this.at, from, from + written);
    this.at += written;
  }

  #textHead(length: number): void {
    if (length < 0x20) this.bytes[this.at++] = 0xa0 | length;
    else if (length < 0x100) this.#head8(0xd9, length);
    else if (length < 0x1_0000) this.#head16(0xda, length);
    else this.#head32(0xdb, length);
  }

  #head8(type: number, n: number): void {
    this.bytes[this.at++] = type;
    this.bytes[this.at++] = n;
  }

  #head16(type: number, n: number): void {
    this.bytes[this.at++] = type;
    this.bytes[this.at++] = n >> 8;
    this.bytes[this.at++] = n;
  }

  #head32(type: number, n: number): void {
    this.bytes[this.at++] = type;
    this.bytes[this.at++] = n >>> 24;
    this.bytes[this.at++] = n >>> 16;
    this.bytes[this.at++] = n >>> 8;
    this.bytes[this.at++] = n;
  }

  #integer64(type: number, n: number): void {
    this.#head32(type, Math.floor(n / 0x1_0000_0000));
    this.bytes[this.at++] = n >>> 24;
    this.bytes[this.at++] = n >>> 16;
    this.bytes[this.at++] = n >>> 8;
    this.bytes[this.at++] = n;
  }
}
