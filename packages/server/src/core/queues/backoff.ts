import type { QueueSettings } from "./queue-settings.ts";

type Backoff = Pick<
  QueueSettings,
  "backoffMs" | "backoffFactor" | "backoffMaxMs" | "backoffJitterPercent"
>;

/**
 * How long a job rests after so many failures, in milliseconds. Jobs that failed together are spread, and always in the same way: the core
 * has no chance in it.
 */
export function pauseAfter(failures: number, seq: number, settings: Backoff): number {
  const { backoffMs, backoffFactor, backoffMaxMs, backoffJitterPercent } = settings;
  const pause = Math.min(backoffMs * backoffFactor ** (failures - 1), backoffMaxMs);
  return Math.round(pause * (1 + (spread(seq, failures) * backoffJitterPercent) / 100));
}

/** From -1 up to and without 1, evenly. */
function spread(seq: number, failures: number): number {
  let h = Math.imul(seq ^ Math.imul(failures, 0x9e37_79b1), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2_147_483_648 - 1;
}
