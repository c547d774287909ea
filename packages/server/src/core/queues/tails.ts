// Room for the tails of jobs: small ones share blocks, as a buffer of its own would cost a small job more than all the rest of it. A block is
// let go when its last job is; it is small, so a job that stays for long keeps little beside itself.

const BLOCK_BYTES = 4096;

/** What is larger has a buffer of its own. */
const SHARED_MAX = 1024;

/** What is shorter is copied byte by byte: that is faster than a view of it. */
const LOOP_MAX = 64;

export class Tails {
  #block: ArrayBuffer = new ArrayBuffer(0);
  #at = 0;

  /** A copy of what lies between two places. */
  keep(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const length = to - from;
    if (length > SHARED_MAX) return bytes.slice(from, to);
    if (this.#at + length > this.#block.byteLength) {
      this.#block = new ArrayBuffer(BLOCK_BYTES);
      this.#at = 0;
    }
    const kept = new Uint8Array(this.#block, this.#at, length);
    this.#at += length;
    if (length > LOOP_MAX) kept.set(bytes.subarray(from, to));
    else for (let i = 0; i < length; i++) kept[i] = bytes[from + i]!;
    return kept;
  }
}
