// Records back to back, each behind its length: what a store is given.

import { Writer } from "@fanwire/protocol";

const LENGTH_BYTES = 4;

/** What is kept for the next records, in bytes: a turn of many jobs has more than 1 MiB, again and again; more than this was a rare burst. */
const CAPACITY = { first: 4096, most: 4_194_304 } as const;

export class RecordBuffer {
  #w = new Writer(CAPACITY.first);
  /** Records that it holds. */
  count = 0;

  /** A record that lies in the first bytes up to `to`. */
  add(record: Uint8Array, to: number): void {
    const w = this.#w;
    w.reserve(LENGTH_BYTES);
    w.at += LENGTH_BYTES;
    w.raw(record, 0, to);
    this.#close(to);
  }

  /** A record that is written in place. */
  write(write: (w: Writer) => void): void {
    const w = this.#w;
    w.reserve(LENGTH_BYTES);
    w.at += LENGTH_BYTES;
    const from = w.at;
    write(w);
    this.#close(w.at - from);
  }

  /** A copy of the bytes, and nothing else in its memory: it may be handed over to a thread. The buffer is empty then. */
  take(): Uint8Array {
    const bytes = this.#w.take();
    this.count = 0;
    if (this.#w.bytes.length > CAPACITY.most) this.#w = new Writer(CAPACITY.first);
    else this.#w.clear();
    return bytes;
  }

  #close(length: number): void {
    const { bytes, at } = this.#w;
    const head = at - length - LENGTH_BYTES;
    // by hand: a view for each record takes nearly as long as all the rest
    bytes[head] = length >>> 24;
    bytes[head + 1] = length >>> 16;
    bytes[head + 2] = length >>> 8;
    bytes[head + 3] = length;
    this.count++;
  }
}
