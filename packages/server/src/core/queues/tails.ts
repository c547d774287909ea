// Room for the tails of jobs: small ones share blocks, as a buffer of its own would cost a small job more than all the rest of it. A block is
// let go when its last job is; it is small, so a job that stays for long keeps little beside itself.

const BLOCK_BYTES = 4096;

/** What is larger has a buffer of its own. */
const SHARED_MAX = 1024;

/** What is shorter is copied byte by byte: that is faster than a call into the engine. */
const LOOP_MAX = 64;

const NONE = new Uint8Array(0);

export class Tails {
  #block = NONE;
  #at = 0;

  /** A copy of a body, with the first bytes of a head before it. */
  keep(body: Uint8Array, head: Uint8Array = NONE, headLength: number = head.length): Uint8Array {
    const length = headLength + body.length;
    if (length > SHARED_MAX) return join(new Uint8Array(length), 0, head, headLength, body);
    if (this.#at + length > this.#block.length) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#at = 0;
    }
    const at = this.#at;
    this.#at += length;
    join(this.#block, at, head, headLength, body);
    return new Uint8Array(this.#block.buffer, at, length);
  }
}

function join(
  to: Uint8Array,
  at: number,
  head: Uint8Array,
  headLength: number,
  body: Uint8Array,
): Uint8Array {
  if (headLength > LOOP_MAX) to.set(head.subarray(0, headLength), at);
  else for (let i = 0; i < headLength; i++) to[at + i] = head[i]!;
  if (body.length > LOOP_MAX) to.set(body, at + headLength);
  else for (let i = 0; i < body.length; i++) to[at + headLength + i] = body[i]!;
  return to;
}
