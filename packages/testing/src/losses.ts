// Publications that get lost on their way to those who follow their topic, as a hub loses what it no longer keeps: each is told a gap.

import {
  down,
  type GapFrame,
  gapFrame,
  gapReason,
  readPatternPublication,
  readPublication,
  Writer,
} from "@fanwire/protocol";
import { type OneFrame, readAs } from "./frames.ts";

/** Some that follow each other. */
export interface Loss {
  readonly topic: string;
  /** What tells the topic on the wire. */
  readonly number: number;
  readonly epoch: number;
  /** Offsets. */
  readonly first: number;
  readonly last: number;
}

/** An opcode that nobody knows, and everybody skips. */
const meaningless = 127;

interface Place {
  readonly sub: number;
  /** Of a pattern's publication. */
  readonly topic: string | null;
  readonly offset: number;
}

/** What one connection loses. */
export class Losing {
  /** Gaps that it was not told yet, by subscription. */
  readonly #untold = new Map<string, Loss>();

  /** What is left of a frame, and what is said in its place. */
  pass(frame: OneFrame, losses: readonly Loss[]): Uint8Array[] {
    const place = placeOf(frame);
    if (!place) return [frame.bytes];
    const { topic, sub, offset } = place;
    const key = `${sub} ${topic}`;
    const told: Uint8Array[] = [];
    const before = this.#untold.get(key);
    if (before && offset > before.last) told.push(this.#tell(key, before, place));
    const loss = losses.find(
      (one) =>
        (topic === null ? one.number === sub : one.topic === topic) &&
        offset >= one.first &&
        offset <= one.last,
    );
    if (!loss) return [...told, frame.bytes];
    this.#untold.set(key, loss);
    if (offset === loss.last) told.push(this.#tell(key, loss, place));
    return [
      ...told,
      filling(frame.bytes.length - told.reduce((sum, { length }) => sum + length, 0)),
    ];
  }

  #tell(key: string, { first, last, epoch }: Loss, { sub, topic }: Place): Uint8Array {
    this.#untold.delete(key);
    const w = new Writer();
    const gap: Omit<GapFrame, "op"> = {
      sub,
      topic,
      epoch,
      next: last + 1,
      missed: topic === null ? last - first + 1 : null,
      reason: gapReason.trimmed,
    };
    gapFrame.write(w, gap);
    return w.take();
  }
}

/** A frame of so many bytes that says nothing: a client tells the hub how many bytes it got, and the hub stops when that is too little. */
function filling(bytes: number): Uint8Array {
  const head = bytes < 0x104 ? 4 : bytes < 0x1_0005 ? 5 : 7;
  if (bytes < head) return new Uint8Array(0);
  const w = new Writer();
  w.array(2);
  w.uint(meaningless);
  w.bin(new Uint8Array(bytes - head));
  return w.take();
}

function placeOf(frame: OneFrame): Place | undefined {
  if (frame.op === down.PUBLICATION) return { ...readAs(frame, readPublication), topic: null };
  return frame.op === down.PATTERN_PUBLICATION ? readAs(frame, readPatternPublication) : undefined;
}
