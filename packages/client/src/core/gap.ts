// What a subscription does not get.

import { type Position, position } from "../position.ts";

/**
 * Why publications are missing. Of the hub: `trimmed`, no longer kept; `lagging`, taken too slowly; `epoch`, the numbering began
 * again; `ahead`, the position is beyond the log; `reset`, drop the state that you hold; `unknown`. Of the client: `overflow`, the
 * iterator was read too slowly.
 */
export type GapReason =
  | "trimmed"
  | "lagging"
  | "epoch"
  | "ahead"
  | "reset"
  | "unknown"
  | "overflow";

/** Publications that a subscription does not get. */
export interface Gap {
  /** Where; undefined: in any topic of the pattern. */
  readonly topic: string | undefined;
  /** How many; undefined: not known. */
  readonly missed: number | undefined;
  /** The publication that comes next; undefined: not known. */
  readonly next: Position | undefined;
  readonly reason: GapReason;
}

/** A gap that the hub told, by its number. */
export function gapReasonOf(reason: number): GapReason {
  return (["trimmed", "lagging", "epoch", "ahead", "reset"] as const)[reason - 1] ?? "unknown";
}

/** How far the publications of a topic have been delivered; of a pattern, which has no numbering, `epoch` is undefined. */
export interface Place {
  readonly epoch: number | undefined;
  offset: number;
}

/**
 * What was missed between `before` and the head at which a grant "from now" begins: on a topic exactly what came between, on a
 * pattern, `topic` being undefined, anything. Undefined: nothing.
 */
export function missedSince(
  before: Readonly<Place>,
  head: Readonly<Place>,
  topic: string | undefined,
): Gap | undefined {
  const { epoch, offset } = head;
  if (epoch === undefined) return { topic, missed: undefined, next: undefined, reason: "unknown" };
  const next = position(epoch, offset + 1);
  if (epoch !== before.epoch) return { topic, missed: undefined, next, reason: "epoch" };
  const missed = offset - before.offset;
  return missed > 0 ? { topic, missed, next, reason: "unknown" } : undefined;
}
