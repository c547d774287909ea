// What its worker is told of a job beside its tail.

import { type EnvelopeValue, limits } from "@fanwire/protocol";
import type { LiveJob } from "./live-job.ts";
import { JobOrigin } from "./origin.ts";

/** What is known of an origin is not longer: an error of 1 KiB, and names. */
const ORIGIN_BYTES = 4096;

/** How many bytes an origin adds at most. */
export function infoBytes({ origin }: LiveJob): number {
  return origin === null ? 0 : ORIGIN_BYTES;
}

/** What its worker is told of a job beside its tail; null when there is nothing. */
export function infoOf({
  id,
  priority,
  group,
  origin,
}: LiveJob): Map<string, EnvelopeValue> | null {
  const isPlain = priority === limits.jobPriorityDefault && group === null && origin === null;
  if (id === null && isPlain) return null;
  const info = new Map<string, EnvelopeValue>();
  if (id !== null) info.set("id", id);
  if (priority !== limits.jobPriorityDefault) info.set("priority", priority);
  if (group !== null) info.set("group", group);
  if (origin instanceof JobOrigin) for (const [key, value] of origin.entries) info.set(key, value);
  return info;
}
