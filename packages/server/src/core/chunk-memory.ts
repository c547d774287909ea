// Memory for logs: chunks of a few sizes, cut from slabs that all logs of the hub share. A piece of memory of its own costs some 650 bytes
// beside its bytes, and hundreds of thousands of them keep the collector busy; a chunk costs an object.

/** Chunks have a multiple of this many bytes. */
const UNIT_BYTES = 128;

/** The largest chunk that is cut from a slab, in bytes; a larger one has memory of its own. */
const CUT_BYTES_MAX = 16_384;

/** What is set aside at a time for chunks of a size, in bytes. What was not used yet takes no memory of the machine. */
const SLAB_BYTES = 524_288;

/**
 * Slabs of which nothing is needed are kept for chunks of any size, up to this share of those in use and at least so many: the collector would
 * be late to free them. More are let go.
 */
const SPARE = { share: 1 / 8, min: 4 } as const;

/** A piece of memory for chunks of one size. */
class Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  chunkBytes: number;
  /** Where chunks begin that were given back. */
  readonly returned: number[] = [];
  /** From here on it was never used. */
  fresh = 0;
  /** Chunks that are in use. */
  used = 0;

  constructor(bytes: number, chunkBytes: number) {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
    this.chunkBytes = chunkBytes;
  }

  /** Nothing of it is in use: it serves chunks of another size. */
  turnInto(chunkBytes: number): this {
    this.chunkBytes = chunkBytes;
    this.returned.length = 0;
    this.fresh = 0;
    return this;
  }

  get isFull(): boolean {
    return this.returned.length === 0 && this.fresh + this.chunkBytes > this.bytes.length;
  }
}

/** Some bytes of a slab. */
export interface Chunk {
  readonly slab: Slab;
  readonly from: number;
  readonly to: number;
  /** The offset of its first record. */
  readonly firstOffset: number;
  /** Up to where it is written. */
  end: number;
}

export class ChunkMemory {
  /** Slabs with room, by the size of their chunks. */
  readonly #open = new Map<number, Slab[]>();
  #spare: Slab[] = [];
  /** Those that are cut into chunks. */
  #inUse = 0;

  /** A chunk of at least so many bytes. What was in it before is still there. */
  take(bytes: number, firstOffset: number): Chunk {
    const chunkBytes = Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES;
    const slab =
      chunkBytes > CUT_BYTES_MAX ? new Slab(chunkBytes, chunkBytes) : this.#slab(chunkBytes);
    let from = slab.returned.pop();
    if (from === undefined) {
      from = slab.fresh;
      slab.fresh += chunkBytes;
    }
    slab.used++;
    if (slab.isFull) this.#open.get(chunkBytes)?.pop();
    return { slab, from, to: from + chunkBytes, firstOffset, end: from };
  }

  /** The chunk is needed no more. */
  giveBack({ slab, from }: Chunk): void {
    const open = this.#open.get(slab.chunkBytes);
    // it had memory of its own
    if (open === undefined) return;
    if (slab.isFull) open.push(slab);
    slab.returned.push(from);
    slab.used--;
    if (slab.used > 0) return;
    open.splice(open.lastIndexOf(slab), 1);
    this.#inUse--;
    if (this.#spare.length < Math.max(SPARE.min, this.#inUse * SPARE.share)) this.#spare.push(slab);
  }

  /** One with room. The last is filled first, so that of the others some become empty. */
  #slab(chunkBytes: number): Slab {
    const open = this.#open.get(chunkBytes) ?? [];
    this.#open.set(chunkBytes, open);
    const last = open.at(-1);
    if (last !== undefined) return last;
    const slab = this.#spare.pop()?.turnInto(chunkBytes) ?? new Slab(SLAB_BYTES, chunkBytes);
    this.#inUse++;
    open.push(slab);
    return slab;
  }
}
