// Records back to back, each behind its length: what a store is given.

import { Writer } from "@fanwire/protocol";

const LENGTH_BYTES = 4;

export class RecordBuffer {
  #w = new Writer(4096);
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

  /** Hands over the bytes, and is empty. */
  take(): Uint8Array {
    const { bytes, at } = this.#w;
    this.#w = new Writer(4096);
    this.count = 0;
    return bytes.subarray(0, at);
  }

  #close(length: number): void {
    const { bytes, at } = this.#w;
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at - length - LENGTH_BYTES, length);
    this.count++;
  }
}
