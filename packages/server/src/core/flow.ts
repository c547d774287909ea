// How much of what was sent to a client it has taken. A stalled socket hides megabytes in the kernel before anything shows here, so
// clients say what they have received (SEEN), and what is sent and not seen is *in flight*. Above its window a session is behind: it is
// sent no more publications, and its cursors stop.

import { limits } from "@fanwire/protocol";

/** What the flow of a session is measured by. Sizes in bytes, times in milliseconds. */
export interface FlowBounds {
  /** The window at first, and when a client takes less. */
  readonly windowBytesMin: number;
  /** What it may grow to: a whole window that is seen within `fastMs` doubles it. */
  readonly windowBytesMax: number;
  readonly fastMs: number;
  /** After this long without half of such a window it is small again. */
  readonly slowAfterMs: number;
  /** More than this in flight is too much when its oldest byte was sent longer ago than `lateMs`. */
  readonly lateBytes: number;
  readonly lateMs: number;
  /** Of so many bytes a client says nothing until it is asked. */
  readonly unreportedBytes: number;
  /** Pages of catch-up: as large as a message may be … */
  readonly pageBytes: number;
  /** … or small, for a client that sees less than `slowBytesPerSecond` and would take seconds for one. */
  readonly smallPageBytes: number;
  readonly slowBytesPerSecond: number;
}

/** Those of the protocol. */
export const flowBounds: FlowBounds = {
  windowBytesMin: 262_144,
  windowBytesMax: 4_194_304,
  fastMs: 500,
  slowAfterMs: 10_000,
  lateBytes: 16_384,
  lateMs: 4000,
  unreportedBytes: limits.seenLateBytes,
  pageBytes: limits.downMessageBytesMax,
  smallPageBytes: 8192,
  slowBytesPerSecond: 32_768,
};

/** Below this share of its window a session that is behind may catch up: a page then never makes it behind again. */
const CATCH_UP_SHARE = 4;

export class Flow {
  readonly reportsSeen: boolean;
  readonly #bounds: FlowBounds;
  isBehind = false;
  window: number;
  /** Bytes of messages sent since WELCOME … */
  sent = 0;
  /** … and how many of them the client says it has received. */
  seen = 0;
  /** What the socket held after the last write that the network had not taken. */
  unsent = 0;
  /** All up to `mark` was sent by `markedAt`. */
  #mark = 0;
  #markedAt: number;
  /** What was sent by then was not seen for too long. */
  #isLate = false;
  /** What had been seen when the present measure of speed began, and when that was. */
  #measuredFrom = 0;
  #measuredAt: number;
  #fastAt: number;
  #wroteAt: number;
  #bytesPerSecond: number;

  constructor(bounds: FlowBounds, reportsSeen: boolean, now: number) {
    this.#bounds = bounds;
    this.reportsSeen = reportsSeen;
    this.window = bounds.windowBytesMin;
    this.#bytesPerSecond = bounds.slowBytesPerSecond;
    this.#markedAt = now;
    this.#measuredAt = now;
    this.#fastAt = now;
    this.#wroteAt = now;
  }

  /** Sent and not seen; for a client that does not say what it sees, what its socket has not taken. */
  get inFlight(): number {
    return this.reportsSeen ? this.sent - this.seen : this.unsent;
  }

  /** There is room for a page. */
  get hasRoom(): boolean {
    return this.inFlight * CATCH_UP_SHARE < this.window && !this.#isLate;
  }

  /** How large a page should be. */
  get pageBytes(): number {
    const { slowBytesPerSecond, smallPageBytes, pageBytes } = this.#bounds;
    return this.#bytesPerSecond < slowBytesPerSecond ? smallPageBytes : pageBytes;
  }

  /** Bytes were written, and the socket holds `unsent`. Returns whether that is too much. */
  wrote(now: number, bytes: number, unsent: number): boolean {
    if (
      now - this.#wroteAt > this.#bounds.fastMs &&
      this.sent - this.seen <= this.#bounds.unreportedBytes
    ) {
      this.#measuredFrom = this.seen;
      this.#measuredAt = now;
    }
    this.#wroteAt = now;
    this.sent += bytes;
    this.unsent = unsent;
    if (this.isBehind) return false;
    const { lateBytes, windowBytesMin } = this.#bounds;
    if (this.inFlight <= lateBytes && unsent <= windowBytesMin) return false;
    this.#narrow(now);
    this.isBehind =
      this.inFlight > this.window || unsent > windowBytesMin || this.#lookForLate(now);
    return this.isBehind;
  }

  /** The network has taken all that the socket held. */
  drained(): void {
    this.unsent = 0;
  }

  /** The client has received this much. Returns whether that can be true: it never falls, and is never more than was sent. */
  sees(now: number, bytes: number): boolean {
    if (bytes < this.seen || bytes > this.sent) return false;
    this.seen = bytes;
    if (bytes + this.#bounds.unreportedBytes >= this.#mark) this.#isLate = false;
    this.#measure(now);
    return true;
  }

  /** Whether the oldest byte in flight was sent too long ago. Of the last few bytes a client says nothing until it is asked: they do not count. */
  #lookForLate(now: number): boolean {
    if (!this.reportsSeen) return false;
    if (this.seen + this.#bounds.unreportedBytes >= this.#mark) {
      this.#mark = this.sent;
      this.#markedAt = now;
    } else this.#isLate = now - this.#markedAt > this.#bounds.lateMs;
    return this.#isLate;
  }

  #measure(now: number): void {
    const seen = this.seen - this.#measuredFrom;
    const ms = now - this.#measuredAt;
    const { fastMs, windowBytesMax } = this.#bounds;
    const isWhole = seen >= this.window;
    if (isWhole && ms <= fastMs) {
      this.window = Math.min(this.window * 2, windowBytesMax);
    }
    // half of it would have been enough to be given as much
    if (seen * 2 >= this.window && ms <= fastMs) this.#fastAt = now;
    if (isWhole || ms > 2 * fastMs) {
      this.#bytesPerSecond = (seen * 1000) / Math.max(ms, 1);
      this.#measuredFrom = this.seen;
      this.#measuredAt = now;
    }
    this.#narrow(now);
  }

  #narrow(now: number): void {
    const { slowAfterMs, windowBytesMin } = this.#bounds;
    if (now - this.#fastAt > slowAfterMs) this.window = windowBytesMin;
  }
}
