// Reads WebSocket frames of clients from the chunks that a socket brings (RFC 6455, section 5). Most chunks hold whole frames, and these
// are handed on where they lie, unmasked in place; only what a chunk cuts is copied.

import { isUtf8 } from "node:buffer";

/** What a parser hands over. */
export interface FrameSink {
  /** A whole binary message; its bytes may be used again when this returns. */
  onBinary(bytes: Uint8Array, from: number, to: number): void;
  /** A text message has begun. */
  onText(): void;
  onPing(payload: Uint8Array): void;
  /** A close frame: its code, or undefined when it has none. */
  onClose(code: number | undefined): void;
  /** The bytes are no frames of a client, or too large: the close code of RFC 6455 and what is wrong. Nothing is read after it. */
  onFault(code: number, text: string): void;
}

export interface FrameBounds {
  /** A message, in bytes. */
  readonly messageBytesMax: number;
  /** Frames that one message may be cut into. */
  readonly fragmentsMax: number;
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const closeCode = { protocolError: 1002, invalidData: 1007, tooBig: 1009 } as const;

/** Messages below this many bytes are unmasked byte by byte … */
const FEW_BYTES = 16;

/** … and so are chunks below so many. */
const MANY_BYTES = 64;

export class FrameParser {
  readonly #bounds: FrameBounds;
  readonly #sink: FrameSink;
  /** The beginning of a frame that a chunk has cut; null when none is. */
  #cut: Uint8Array | null = null;
  #cutBytes = 0;
  /** What came of a message that is cut into frames; null when none is. */
  #fragments: Uint8Array[] | null = null;
  #fragmentBytes = 0;
  /** The chunk that is being read, in words; null when it is short. */
  #words: Int32Array | null = null;
  /** Nothing more is read. */
  isOver = false;

  constructor(bounds: FrameBounds, sink: FrameSink) {
    this.#bounds = bounds;
    this.#sink = sink;
  }

  /** Reads a chunk, whose memory is the parser's from now on. */
  read(chunk: Uint8Array): void {
    const cut = this.#cut;
    if (cut === null) return this.#readFrames(chunk);
    const whole = this.#complete(cut, chunk);
    if (whole !== null) this.#readFrames(whole);
  }

  /** Adds the chunk to a cut frame; null when it is still not whole. */
  #complete(cut: Uint8Array, chunk: Uint8Array): Uint8Array | null {
    const bytes = this.#cutBytes + chunk.length;
    if (bytes > cut.length) {
      this.#cut = null;
      const whole = Buffer.allocUnsafe(bytes);
      whole.set(cut.subarray(0, this.#cutBytes));
      whole.set(chunk, this.#cutBytes);
      return whole;
    }
    cut.set(chunk, this.#cutBytes);
    this.#cutBytes = bytes;
    if (bytes < cut.length) return null;
    this.#cut = null;
    return cut;
  }

  #readFrames(bytes: Uint8Array): void {
    const end = bytes.length;
    let at = 0;
    this.#words = end >= MANY_BYTES ? wordsOf(bytes) : null;
    while (!this.isOver && at < end) {
      const next = this.#readFrame(bytes, at, end);
      if (next === at) return this.#keep(bytes, at, end);
      at = next;
    }
  }

  /** Reads one frame and returns where the next one begins; `at` itself when the frame is not whole. */
  #readFrame(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return at;
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const short = second & 0x7f;
    const headBytes = 6 + (short < 126 ? 0 : short === 126 ? 2 : 8);
    if (!this.#mayBegin(first, second)) return end;
    if (end - at < headBytes) return at;
    const length = short < 126 ? short : readLength(bytes, at + 2, short === 126 ? 2 : 8);
    if (length + this.#fragmentBytes > this.#bounds.messageBytesMax) return this.#tooBig(end);
    const from = at + headBytes;
    if (end - from < length) return at;
    unmask(bytes, this.#words, from - 4, from, from + length);
    if (first === (0x80 | opcodes.binary)) this.#sink.onBinary(bytes, from, from + length);
    else this.#hand(first, bytes, from, from + length);
    return from + length;
  }

  /** Checks what the first two bytes of a frame tell. */
  #mayBegin(first: number, second: number): boolean {
    const opcode = first & 0x0f;
    const isFinal = first >= 0x80;
    if ((first & 0x70) !== 0) return this.#fault("a reserved bit is set");
    if ((second & 0x80) === 0) return this.#fault("a frame of a client is masked");
    switch (opcode) {
      case opcodes.binary:
      case opcodes.text:
        return this.#fragments === null || this.#fault("a message is not finished");
      case opcodes.continuation:
        return this.#fragments !== null || this.#fault("there is no message to continue");
      case opcodes.close:
      case opcodes.ping:
      case opcodes.pong:
        return (
          (isFinal && (second & 0x7f) < 126) || this.#fault("a control frame is short and whole")
        );
      default:
        return this.#fault(`${opcode} is no opcode`);
    }
  }

  #hand(first: number, bytes: Uint8Array, from: number, to: number): void {
    switch (first & 0x0f) {
      case opcodes.text:
        this.isOver = true;
        return this.#sink.onText();
      case opcodes.binary:
        this.#fragments = [];
        return this.#addFragment(first, bytes, from, to);
      case opcodes.continuation:
        return this.#addFragment(first, bytes, from, to);
      case opcodes.close:
        return this.#handClose(bytes, from, to);
      case opcodes.ping:
        return this.#sink.onPing(bytes.subarray(from, to));
      default: // a pong says nothing
    }
  }

  #addFragment(first: number, bytes: Uint8Array, from: number, to: number): void {
    const fragments = this.#fragments!;
    fragments.push(new Uint8Array(bytes.subarray(from, to)));
    this.#fragmentBytes += to - from;
    if (first >= 0x80) {
      const message = Buffer.concat(fragments, this.#fragmentBytes);
      this.#fragments = null;
      this.#fragmentBytes = 0;
      this.#sink.onBinary(message, 0, message.length);
    } else if (fragments.length >= this.#bounds.fragmentsMax)
      this.#fault("a message is cut into too many frames");
  }

  #handClose(bytes: Uint8Array, from: number, to: number): void {
    this.isOver = true;
    if (to - from === 0) return this.#sink.onClose(undefined);
    if (to - from === 1) return void this.#fault("a close code has two bytes");
    const code = readLength(bytes, from, 2);
    if (!mayClose(code)) return void this.#fault(`${code} is no close code`);
    if (isUtf8(bytes.subarray(from + 2, to))) this.#sink.onClose(code);
    else this.#sink.onFault(closeCode.invalidData, "The reason of a close is UTF-8.");
  }

  /** Keeps what a chunk has cut, with room for all of it when its length is known. */
  #keep(bytes: Uint8Array, at: number, end: number): void {
    const needed = Math.max(frameBytes(bytes, at, end), end - at);
    const cut = Buffer.allocUnsafe(needed);
    cut.set(bytes.subarray(at, end));
    this.#cut = cut;
    this.#cutBytes = end - at;
  }

  #tooBig(end: number): number {
    this.isOver = true;
    this.#sink.onFault(
      closeCode.tooBig,
      `A message has at most ${this.#bounds.messageBytesMax} bytes.`,
    );
    return end;
  }

  #fault(what: string): false {
    this.isOver = true;
    this.#sink.onFault(closeCode.protocolError, `Not a WebSocket frame: ${what}.`);
    return false;
  }
}

/** The bytes of the frame that begins at `at`; 0 when too little of it is there to tell. */
function frameBytes(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 0;
  const short = bytes[at + 1]! & 0x7f;
  if (short < 126) return 6 + short;
  const width = short === 126 ? 2 : 8;
  return end - at < 2 + width ? 0 : 6 + width + readLength(bytes, at + 2, width);
}

/** A length or code of some bytes, the most significant first. Beyond 2^53 it is not exact, and too large anyway. */
function readLength(bytes: Uint8Array, at: number, width: number): number {
  let length = 0;
  for (let i = at; i < at + width; i++) length = length * 0x100 + bytes[i]!;
  return length;
}

/** Memory in words of four bytes, from the beginning of the buffer that the bytes lie in. */
function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
}

/** Takes the mask that lies at `key` off the bytes, in place: four at a time where `words` are given. */
function unmask(
  bytes: Uint8Array,
  words: Int32Array | null,
  key: number,
  from: number,
  to: number,
): void {
  let at = from;
  if (words !== null && to - from >= FEW_BYTES) {
    while (((bytes.byteOffset + at) & 3) !== 0) {
      bytes[at]! ^= bytes[key + ((at - from) & 3)]!;
      at++;
    }
    const first = (bytes.byteOffset + at) >> 2;
    const last = (bytes.byteOffset + to) >> 2;
    const mask = maskWord(bytes, key, at - from);
    if (mask !== 0) for (let i = first; i < last; i++) words[i]! ^= mask;
    at += (last - first) * 4;
  }
  for (; at < to; at++) bytes[at]! ^= bytes[key + ((at - from) & 3)]!;
}

/** The mask as four bytes lie in memory, turned to begin at its byte `turn`. */
function maskWord(bytes: Uint8Array, key: number, turn: number): number {
  for (let i = 0; i < 4; i++) scratch[i] = bytes[key + ((turn + i) & 3)]!;
  return scratchWord[0]!;
}

const scratch = new Uint8Array(4);
const scratchWord = new Int32Array(scratch.buffer);

/** Codes that may stand in a close frame (RFC 6455, section 7.4). */
function mayClose(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
    (code >= 3000 && code <= 4999)
  );
}
