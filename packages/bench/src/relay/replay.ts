// What a server said, again and again, as it was on the wire: the bytes are made once, so that it takes next to nothing to send them.

import type { Socket } from "node:net";
import { BINARY, TEXT } from "../generator/frame.ts";
import { numbersIn, renumber } from "./numbers.ts";

/** A message of the server. */
export interface Said {
  readonly body: Buffer;
  readonly isBinary: boolean;
}

/** What was sent. */
export interface Replayed {
  /** How often all that was kept went out. */
  readonly times: number;
}

/** About so many bytes are written at a time. */
const CHUNK_BYTES = 131_072;

const FIN = 0x80;

/** A frame as servers write it: not masked. */
function framed({ body, isBinary }: Said): Buffer {
  const { length } = body;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x1_0000 ? 4 : 10);
  head[0] = FIN | (isBinary ? BINARY : TEXT);
  if (head.length === 2) head[1] = length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, body]);
}

/** Goes on from where it is made until it is ended. */
export class Replay {
  readonly #socket: Socket;
  readonly #chunk: Buffer;
  readonly #perChunk: number;
  /** Where numbers stand that go on. */
  readonly #numbers: readonly number[];
  #next: number;
  #times = 0;
  #isOver = false;

  /** `isNumbered`: these are publications of fanwire, which a client takes once each. */
  constructor(socket: Socket, said: readonly Said[], isNumbered: boolean) {
    const once = Buffer.concat(said.map(framed));
    this.#socket = socket;
    this.#perChunk = Math.max(1, Math.round(CHUNK_BYTES / once.length));
    this.#chunk = Buffer.concat(Array.from({ length: this.#perChunk }, () => once));
    const { places, last } = isNumbered ? numbersIn(this.#chunk) : { places: [], last: 0 };
    this.#numbers = places;
    this.#next = last + 1;
    this.#go();
  }

  end(): Replayed {
    this.#isOver = true;
    return { times: this.#times };
  }

  /** A chunk is written anew when the system has taken the last one whole: until then its bytes are its own. */
  #go(): void {
    if (this.#isOver || this.#socket.destroyed) return;
    renumber(this.#chunk, this.#numbers, this.#next);
    this.#next += this.#numbers.length;
    this.#times += this.#perChunk;
    this.#socket.write(this.#chunk, () => setImmediate(() => this.#go()));
  }
}
