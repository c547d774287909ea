// What a subscription that is not at the head is told: what it can no longer get, when it is live, where it stands.

import { down } from "../opcode.ts";
import { bin, orNil, text, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";

/** Why publications are missing. */
export const gapReason = {
  trimmed: 1,
  lagging: 2,
  epoch: 3,
  ahead: 4,
  reset: 5,
  unknown: 6,
} as const;

/**
 * Publications that the subscription does not get. On a topic: `topic` null, `epoch` and `next` set, `missed` exact. On a pattern:
 * once for each topic, or with `topic`, `epoch` and `next` null for all of it; `missed` null.
 */
export interface GapFrame {
  readonly op: typeof down.GAP;
  readonly sub: number;
  readonly topic: string | null;
  readonly epoch: number | null;
  /** The offset that comes next. */
  readonly next: number | null;
  readonly missed: number | null;
  /** One of {@link gapReason}; take an unknown one as `unknown`. */
  readonly reason: number;
}

/** Describes {@link GapFrame}. */
export const gapFrame: Frame<GapFrame> = frame<GapFrame>(down.GAP, "GAP", {
  sub: uint,
  topic: orNil(text),
  epoch: orNil(uint),
  next: orNil(uint),
  missed: orNil(uint),
  reason: uint,
});

/** The replay that a grant announced is over; live from here. */
export interface CaughtUpFrame {
  readonly op: typeof down.CAUGHT_UP;
  readonly sub: number;
  readonly epoch: number | null;
  readonly offset: number | null;
  readonly mark: Uint8Array | null;
}

/** Describes {@link CaughtUpFrame}. */
export const caughtUpFrame: Frame<CaughtUpFrame> = frame<CaughtUpFrame>(
  down.CAUGHT_UP,
  "CAUGHT_UP",
  { sub: uint, epoch: orNil(uint), offset: orNil(uint), mark: orNil(bin) },
);

/** Everything of the stream up to the mark has been sent before it. */
export interface MarkFrame {
  readonly op: typeof down.MARK;
  readonly sub: number;
  readonly mark: Uint8Array;
}

/** Describes {@link MarkFrame}. */
export const markFrame: Frame<MarkFrame> = frame<MarkFrame>(down.MARK, "MARK", {
  sub: uint,
  mark: bin,
});
