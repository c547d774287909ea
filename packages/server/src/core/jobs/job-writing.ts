// A job as it is written down, and as it goes to another queue.

import type { Clock } from "../clock.ts";
import type { JobDraft } from "../queues/job.ts";
import type { StoredJob } from "./job-records.ts";
import type { LiveJob } from "./live-job.ts";
import { JobOrigin } from "./origin.ts";
import type { RecordTime } from "./record-time.ts";

/** `hash`: of its payload, where its id is new. */
export function storedJob(
  job: LiveJob,
  hash: number,
  recordTime: RecordTime,
  source: JobSource = NO_SOURCE,
): StoredJob {
  const { seq, priority, failures, id, group, sender, error, origin } = job;
  const dueAt = job.state === "delayed" ? job.dueAt : job.base;
  return {
    seq,
    base: recordTime.of(job.base),
    priority,
    notBefore: dueAt > recordTime.now ? recordTime.of(dueAt) : 0,
    expiresAt: job.expiresAt === Infinity ? 0 : recordTime.of(job.expiresAt),
    failures,
    isDead: job.state === "dead",
    id,
    hash,
    group,
    sender,
    error,
    origin: origin instanceof JobOrigin ? origin.entries : null,
    binding: source.binding,
    source: source.lsn,
  };
}

/** The publication that a job was, and by which binding. */
export interface JobSource {
  readonly binding: number;
  readonly lsn: number;
}

const NO_SOURCE: JobSource = { binding: 0, lsn: 0 };

/** The same job for another queue: its place is the one it had. */
export function draftOf(job: LiveJob, origin: JobOrigin | null): JobDraft {
  const { id, sender, priority, group, base, tail } = job;
  return {
    id,
    sender,
    priority,
    group,
    sentAt: base,
    notBefore: -Infinity,
    expiresAt: Infinity,
    tail,
    origin,
  };
}

/** When something is by the clock on the wall, in milliseconds since 1970. */
export function timeOf(now: number, clock: Clock): number {
  return Math.max(Math.floor(clock.time + now - clock.now), 0);
}
