// Frames that leave together: those of a stream in one turn, or the replies to a session. They are written once, back to back,
// and joined once into the WebSocket messages that every subscriber gets.

import { headerBytes, limits, Writer, writeHeader } from "@fanwire/protocol";

/** Room for a batch that is made by whoever owns the memory that sockets write from. */
export type Allocate = (bytes: number) => Uint8Array;

/** Whole WebSocket messages, ready to be written to any number of sockets. */
export interface Joined {
  readonly bytes: Uint8Array;
  /** Without the headers of the messages: what SEEN counts. */
  readonly payloadBytes: number;
}

export class Batch {
  readonly writer: Writer = new Writer(1024);
  /** Publications in it. */
  count = 0;
  /** Where a message ends because the next frame would not fit. */
  readonly #breaks: number[] = [];
  #messageFrom = 0;

  /** Bytes of frames so far: the place at which a subscriber joins or leaves. */
  get at(): number {
    return this.writer.at;
  }

  /** To be called before each frame, with a number of bytes that the frame does not exceed. */
  begin(bytesMax: number): Writer {
    const { at } = this.writer;
    if (at > this.#messageFrom && at - this.#messageFrom + bytesMax > limits.downMessageBytesMax) {
      this.#breaks.push(at);
      this.#messageFrom = at;
    }
    return this.writer;
  }

  /** The frames from one place to another, as messages. */
  join(allocate: Allocate, from = 0, to: number = this.writer.at): Joined {
    if (this.#breaks.length === 0) return this.#joinOne(allocate, from, to);
    const cuts = [from, ...this.#breaks.filter((cut) => cut > from && cut < to), to];
    let bytes = to - from;
    for (let i = 1; i < cuts.length; i++) bytes += headerBytes(cuts[i]! - cuts[i - 1]!);
    const joined = allocate(bytes);
    let at = 0;
    for (let i = 1; i < cuts.length; i++) {
      const start = cuts[i - 1]!;
      const end = cuts[i]!;
      at = writeHeader(joined, at, end - start);
      joined.set(this.writer.bytes.subarray(start, end), at);
      at += end - start;
    }
    return { bytes: joined, payloadBytes: to - from };
  }

  #joinOne(allocate: Allocate, from: number, to: number): Joined {
    const payloadBytes = to - from;
    const head = headerBytes(payloadBytes);
    const bytes = allocate(head + payloadBytes);
    writeHeader(bytes, 0, payloadBytes);
    bytes.set(this.writer.bytes.subarray(from, to), head);
    return { bytes, payloadBytes };
  }

  clear(): void {
    this.writer.clear();
    this.count = 0;
    this.#breaks.length = 0;
    this.#messageFrom = 0;
  }
}

/** What batches that wait to be used again may hold together, in bytes; beyond it they are left to the collector. */
const KEPT_BYTES = 8_388_608;

/** Batches are needed for moments and by many: they are used again. */
export class BatchPool {
  readonly #free: Batch[] = [];
  #bytes = 0;

  take(): Batch {
    const batch = this.#free.pop();
    if (batch === undefined) return new Batch();
    this.#bytes -= batch.writer.bytes.length;
    return batch;
  }

  give(batch: Batch): void {
    const bytes = batch.writer.bytes.length;
    if (this.#bytes + bytes > KEPT_BYTES) return;
    this.#bytes += bytes;
    batch.clear();
    this.#free.push(batch);
  }
}
