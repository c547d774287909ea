// What is told of a job to whoever follows it.

import type { Figures } from "./telling.ts";
import type { LiveJob } from "./live-job.ts";

/** `state`: what has just become of it, where that is not what it is in now. */
export function toldOf(queue: string, job: LiveJob, state: string): Figures {
  const told: Record<string, unknown> = { queue, seq: job.seq, state };
  if (job.id !== null) told["id"] = job.id;
  if (job.given > 0) told["attempt"] = job.given;
  if (job.failures > 0) told["failures"] = job.failures;
  if (job.error !== null) told["error"] = job.error;
  return told;
}
