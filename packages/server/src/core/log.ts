// The log of a topic: the tails of its last publications, bounded by count, bytes and age. Records lie back to back in chunks that
// are never moved and are let go whole; the bytes are copies, so nothing of the network's buffers stays alive for them.

import { type Chunk, ChunkMemory } from "./chunk-memory.ts";
import type { Timed } from "./wheel.ts";

/** How much of a topic is kept. Whatever bound is reached first trims the oldest. */
export interface LogBounds {
  readonly count: number;
  /** Of tails, in bytes. */
  readonly bytes: number;
  /** In milliseconds. */
  readonly ageMs: number;
}

/**
 * Before each tail: its length (4 bytes), when it was kept (4 bytes, see {@link AGE_UNIT_MS}), its show number (8 bytes) and, in a log that
 * survives, its LSN (8 bytes).
 */
const HEAD_BYTES = { passing: 16, durable: 24 } as const;

/** Ages are kept in this many milliseconds, so that 32 bits last for years. */
const AGE_UNIT_MS = 100;

/** What was kept before this process began is counted from here down. */
const AGE_ZERO = 1_000_000_000;

/** A chunk is a quarter of what the log holds, within these bounds: what is not filled or not let go yet stays a small part. */
const CHUNK_BYTES = { min: 512, max: 4096 } as const;

/** A place in a log, to read on from. */
export interface LogCursor {
  /** Of the record that is read next. */
  offset: number;
  chunk: number;
  at: number;
}

/** One record. Good until a log is changed, of whatever topic: chunks are used again. */
export interface LogRecord {
  offset: number;
  show: number;
  /** 0 in a log that does not survive. */
  lsn: number;
  bytes: Uint8Array;
  from: number;
  to: number;
}

export class TopicLog implements Timed {
  readonly bounds: LogBounds;
  /** When its oldest record is too old; Infinity when it is empty. */
  dueAt: number = Infinity;
  /** Bytes of the tails that it holds. */
  tailBytes = 0;
  /** Memory that it takes. */
  heldBytes = 0;
  /** The offset of its oldest record; `next` when it is empty. */
  first: number;
  /** The offset that the next record will have. */
  next: number;
  /** The show number of the newest record that it no longer holds; 0 when nothing was trimmed. */
  trimmedShow = 0;
  /** Its LSN, in a log that survives. */
  trimmedLsn = 0;
  readonly #headBytes: number;
  readonly #memory: ChunkMemory;
  #chunks: Chunk[] = [];
  /** Where the oldest record begins in the slab of the first chunk. */
  #firstAt = 0;

  /** `next`: the offset of the first publication that it will keep. `isDurable`: it survives. `memory`: what it shares with other logs. */
  constructor(
    bounds: LogBounds,
    next: number,
    isDurable: boolean = false,
    memory: ChunkMemory = new ChunkMemory(),
  ) {
    this.bounds = bounds;
    this.#memory = memory;
    this.#headBytes = isDurable ? HEAD_BYTES.durable : HEAD_BYTES.passing;
    this.first = next;
    this.next = next;
  }

  get count(): number {
    return this.next - this.first;
  }

  /** Keeps a publication. Returns by how many bytes the memory it takes has changed. */
  append(
    now: number,
    show: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    lsn: number = 0,
  ): number {
    const before = this.heldBytes;
    const length = to - from;
    const headBytes = this.#headBytes;
    const chunk = this.#chunkFor(headBytes + length);
    const { slab, end } = chunk;
    slab.view.setUint32(end, length);
    slab.view.setUint32(end + 4, Math.floor(now / AGE_UNIT_MS) + AGE_ZERO);
    slab.view.setFloat64(end + 8, show);
    if (headBytes === HEAD_BYTES.durable) slab.view.setFloat64(end + 16, lsn);
    slab.bytes.set(bytes.subarray(from, to), end + headBytes);
    chunk.end += headBytes + length;
    this.next++;
    this.tailBytes += length;
    while (this.count > this.bounds.count || (this.tailBytes > this.bounds.bytes && this.count > 1))
      this.#dropFirst();
    this.trimAged(now);
    return this.heldBytes - before;
  }

  /** Holds nothing, and goes on with this offset. Returns by how many bytes the memory it takes has changed. */
  reset(next: number): number {
    const held = this.heldBytes;
    for (const chunk of this.#chunks) this.#memory.giveBack(chunk);
    this.#chunks = [];
    this.#firstAt = 0;
    this.heldBytes = 0;
    this.tailBytes = 0;
    this.first = next;
    this.next = next;
    this.dueAt = Infinity;
    return -held;
  }

  /** Lets go what is too old. Returns by how many bytes the memory it takes has changed. */
  trimAged(now: number): number {
    const before = this.heldBytes;
    const oldest = (now - this.bounds.ageMs) / AGE_UNIT_MS;
    while (this.count > 0 && this.#firstKeptAt() < oldest) this.#dropFirst();
    this.dueAt =
      this.count > 0 ? (this.#firstKeptAt() + 1) * AGE_UNIT_MS + this.bounds.ageMs : Infinity;
    return this.heldBytes - before;
  }

  /** A cursor at the record with this offset, which must be held. Good until the log is changed. */
  seek(offset: number): LogCursor {
    const cursor = this.#start(this.#lastChunk(({ firstOffset }) => firstOffset <= offset));
    const record = emptyRecord();
    while (cursor.offset < offset) this.read(cursor, record);
    return cursor;
  }

  /** Fills `record` with the one at the cursor and moves the cursor on. False: the cursor is behind the last. */
  read(cursor: LogCursor, record: LogRecord): boolean {
    if (cursor.offset >= this.next) return false;
    let chunk = this.#chunks[cursor.chunk]!;
    if (cursor.at >= chunk.end) {
      chunk = this.#chunks[++cursor.chunk]!;
      cursor.at = chunk.from;
    }
    const { bytes, view } = chunk.slab;
    record.offset = cursor.offset++;
    record.show = view.getFloat64(cursor.at + 8);
    record.lsn = this.#headBytes === HEAD_BYTES.durable ? view.getFloat64(cursor.at + 16) : 0;
    record.bytes = bytes;
    record.from = cursor.at + this.#headBytes;
    record.to = record.from + view.getUint32(cursor.at);
    cursor.at = record.to;
    return true;
  }

  /** The offset of the first held record with a show number above this one; `next` when there is none. */
  after(show: number): number {
    if (this.count === 0) return this.next;
    const cursor = this.#start(
      this.#lastChunk(({ slab, from }) => slab.view.getFloat64(from + 8) <= show),
    );
    const record = emptyRecord();
    while (this.read(cursor, record)) if (record.show > show) return record.offset;
    return this.next;
  }

  /** The last chunk that is so, as all before it are; the first when none is. What its first record was is known even when it is dropped. */
  #lastChunk(isBefore: (chunk: Chunk) => boolean): number {
    let from = 0;
    let to = this.#chunks.length - 1;
    while (from < to) {
      const middle = (from + to + 1) >>> 1;
      if (isBefore(this.#chunks[middle]!)) from = middle;
      else to = middle - 1;
    }
    return from;
  }

  #start(chunk: number): LogCursor {
    if (chunk === 0) return { offset: this.first, chunk, at: this.#firstAt };
    const { firstOffset: offset, from } = this.#chunks[chunk]!;
    return { offset, chunk, at: from };
  }

  #chunkFor(bytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.end + bytes <= last.to) return last;
    const quarter = Math.ceil((this.tailBytes + this.count * this.#headBytes) / 4);
    const size = Math.min(Math.max(quarter, CHUNK_BYTES.min), CHUNK_BYTES.max);
    // as many like this one as fit, so that little is left over
    const records = Math.max(Math.floor(size / bytes), 1);
    const chunk = this.#memory.take(records * bytes, this.next);
    if (this.#chunks.push(chunk) === 1) this.#firstAt = chunk.from;
    this.heldBytes += chunk.to - chunk.from;
    return chunk;
  }

  #firstKeptAt(): number {
    return this.#chunks[0]!.slab.view.getUint32(this.#firstAt + 4) - AGE_ZERO;
  }

  #dropFirst(): void {
    const chunk = this.#chunks[0]!;
    const { view } = chunk.slab;
    const length = view.getUint32(this.#firstAt);
    this.trimmedShow = view.getFloat64(this.#firstAt + 8);
    if (this.#headBytes === HEAD_BYTES.durable)
      this.trimmedLsn = view.getFloat64(this.#firstAt + 16);
    this.tailBytes -= length;
    this.#firstAt += this.#headBytes + length;
    this.first++;
    if (this.#firstAt < chunk.end) return;
    this.#chunks.shift(); // few: a log of 4 MiB has some 500
    this.heldBytes -= chunk.to - chunk.from;
    this.#memory.giveBack(chunk);
    this.#firstAt = this.#chunks[0]?.from ?? 0;
  }
}

const EMPTY = new Uint8Array(0);

/** A record to be filled by {@link TopicLog.read}. */
export function emptyRecord(): LogRecord {
  return { offset: 0, show: 0, lsn: 0, bytes: EMPTY, from: 0, to: 0 };
}
