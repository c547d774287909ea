// What a subscription does not get.

import { type At, type Position, position } from "../position.ts";

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

const EPOCH = 3;
const UNKNOWN = 6;

/** A gap as the hub tells it. */
export const gapOf = (
  topic: string | null | undefined,
  epoch: number | null,
  next: number | null,
  missed: number | null,
  reason: number,
): Gap => ({
  topic: topic ?? undefined,
  missed: missed ?? undefined,
  next: epoch === null || next === null ? undefined : position([epoch, next]),
  reason: (["trimmed", "lagging", "epoch", "ahead", "reset"] as const)[reason - 1] ?? "unknown",
});

/**
 * What was missed since the last publication before, when the hub grants "from now": on a topic exactly what came between, on a pattern,
 * which has no place there, anything. Undefined: nothing.
 */
export function missedSince(
  topic: string | undefined,
  last: At | undefined,
  [epoch, offset]: At,
): Gap | undefined {
  if (!topic || !last) return gapOf(topic, null, null, null, UNKNOWN);
  const missed = epoch === last[0] ? offset - last[1] : null;
  return missed !== null && missed <= 0
    ? undefined
    : gapOf(topic, epoch, offset + 1, missed, missed ? UNKNOWN : EPOCH);
}
