// Marks for those who follow a pattern: while it is busy one a second or each 256 KiB, at the beginning of a batch that goes out anyway;
// while it is quiet one each time that a client would be pinged.

import { markFrame } from "@fanwire/protocol";
import type { Batch } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { Rounds } from "./round.ts";
import type { LivePatternStream } from "./session.ts";
import type { PatternSource } from "./sources/pattern-source.ts";
import type { Topics } from "./topics.ts";

/** A busy pattern is marked this often, in milliseconds … */
const BUSY_MS = 1000;

/** … or after this many bytes. */
const BUSY_BYTES = 262_144;

/** What MARK does not exceed. */
const MARK_BYTES = 64;

export class Marks {
  readonly #clock: Clock;
  readonly #rounds: Rounds;
  readonly #topics: Topics;
  readonly #source: PatternSource;
  readonly #quietMs: number;
  /** Puts the deadline of a stream where deadlines are kept. */
  readonly #remind: (stream: LivePatternStream) => void;

  constructor(
    clock: Clock,
    rounds: Rounds,
    topics: Topics,
    source: PatternSource,
    quietMs: number,
    remind: (stream: LivePatternStream) => void,
  ) {
    this.#clock = clock;
    this.#rounds = rounds;
    this.#topics = topics;
    this.#source = source;
    this.#quietMs = quietMs;
    this.#remind = remind;
  }

  /** The pattern has its first subscriber. */
  follow(stream: LivePatternStream): void {
    stream.dueAt = this.#clock.now + this.#quietMs;
    this.#remind(stream);
  }

  /** A batch of the stream begins, with everything up to `before` sent before it. */
  begin(stream: LivePatternStream, batch: Batch, before: number): void {
    const { now } = this.#clock;
    if (now - stream.markedAt < BUSY_MS && stream.bytesSinceMark < BUSY_BYTES) return;
    this.#write(stream, batch, before);
  }

  /** The stream may have been quiet for long. */
  due(stream: LivePatternStream): void {
    if (stream.followers === 0) return;
    const { now } = this.#clock;
    const { shown } = this.#topics;
    if (stream.isHeard && stream.turn === null && now - stream.markedAt >= this.#quietMs)
      this.#write(stream, this.#rounds.open(stream, shown), shown);
    stream.dueAt = Math.max(stream.markedAt + this.#quietMs, now + BUSY_MS);
    this.#remind(stream);
  }

  #write(stream: LivePatternStream, batch: Batch, cursor: number): void {
    markFrame.write(batch.begin(MARK_BYTES), {
      sub: stream.number,
      mark: this.#source.markOf(cursor),
    });
    stream.markedAt = this.#clock.now;
    stream.bytesSinceMark = 0;
  }
}
