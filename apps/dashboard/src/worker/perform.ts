// The work itself, on one file: read, and hashed or compressed. What comes out of it is not kept.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { once } from "node:events";
import { constants, createBrotliCompress } from "node:zlib";
import type { WorkKind } from "../server/work-list.ts";

/** Progress is told after each of these. */
const PIECE_BYTES = 16_384;

export interface Task {
  readonly kind: WorkKind;
  readonly path: string;
  /** Aborted when the job is somebody else's by now. */
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly progress: (part: number) => void;
}

/** Answers with the hash in hex, or the size of the compressed file in bytes. */
export function perform(task: Task): Promise<string | number> {
  return task.kind === "sha256" ? hash(task) : compress(task);
}

async function* pieces({ path, signal, progress }: Task): AsyncGenerator<Buffer> {
  const { size } = await stat(path);
  let read = 0;
  for await (const piece of createReadStream(path, { signal, highWaterMark: PIECE_BYTES })) {
    yield piece as Buffer;
    read += (piece as Buffer).length;
    progress(Math.min(1, read / Math.max(1, size)));
  }
}

async function hash(task: Task): Promise<string> {
  const sum = createHash("sha256");
  for await (const piece of pieces(task)) sum.update(piece);
  return sum.digest("hex");
}

async function compress(task: Task): Promise<number> {
  const brotli = createBrotliCompress({
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });
  let bytes = 0;
  brotli.on("data", (piece: Buffer) => (bytes += piece.length));
  const ended = once(brotli, "end");
  try {
    for await (const piece of pieces(task)) {
      brotli.write(piece);
      // or it would keep everything for the end, and progress would be what was read, not what was done
      // oxlint-disable-next-line no-await-in-loop -- piece by piece
      await new Promise<void>((done) => brotli.flush(constants.BROTLI_OPERATION_FLUSH, done));
    }
    brotli.end();
    await ended;
  } finally {
    brotli.destroy();
  }
  return bytes;
}
