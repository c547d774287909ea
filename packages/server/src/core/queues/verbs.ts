// What a worker may say of a job, and when it holds.

import type { QueueJob } from "./queue-listener.ts";

/** What a worker may say of a job. */
export type Verb = "ack" | "release" | "fail" | "reject" | "touch" | "progress";

/**
 * When there is nothing to do: it is done already (answer 0); something is on its way to the disk under that lease (answer when that is
 * done); or somebody else has the job, or nobody may say this of it.
 */
export type Checked = "done" | "settling" | "lease-lost";

/** Of a job that is in the queue. */
export function checkVerb<O>(
  job: QueueJob<O>,
  lease: number,
  verb: Verb,
  now: number,
): QueueJob<O> | Checked {
  if (job.lease === null) return checkLate(job, lease, verb);
  if (job.lease.number !== lease) return "lease-lost";
  if (job.state === "settling") return "settling";
  return isFinal(verb) || job.lease.dueAt > now ? job : "lease-lost";
}

/** Of a job that nobody holds: what is said under a lease that it had may hold still. */
function checkLate<O>(job: QueueJob<O>, lease: number, verb: Verb): QueueJob<O> | Checked {
  const { state, lastLease } = job;
  const isKnown = job.given > 0 && (lastLease === 0 || lease <= lastLease);
  if (!isFinal(verb) || !isKnown) return "lease-lost";
  if (state === "settling" || state === "moving") return "settling";
  if (state !== "ready" && state !== "delayed") return "lease-lost";
  const isOver = job.isCounted || (lastLease !== 0 && lease !== lastLease);
  return verb === "fail" && isOver ? "done" : job;
}

/** Whether it says what became of the job, so that it holds also when it comes late. */
function isFinal(verb: Verb): boolean {
  return verb === "ack" || verb === "fail" || verb === "reject";
}
