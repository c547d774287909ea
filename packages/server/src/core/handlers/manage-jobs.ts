// MANAGE `delete`, `purge`, `redrive` and `look`: what becomes of many jobs at once, and a look at them that changes nothing.

import type { EnvelopeValue } from "@fanwire/protocol";
import { timeOf } from "../jobs/job-writing.ts";
import type { LiveJob } from "../jobs/live-job.ts";
import type { LiveQueue } from "../jobs/live-queue.ts";
import { JobOrigin } from "../jobs/origin.ts";
import { Purging } from "../jobs/purging.ts";
import { Redriving } from "../jobs/redriving.ts";
import { mayUseQueue } from "../policy.ts";
import type { JobState } from "../queues/job.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { Managing } from "./managing.ts";
import { queueFor } from "./send.ts";

/** Jobs of one look. */
const LOOK_MAX = 100;

/** Bytes that one look shows, unless one job alone has more. */
const LOOK_BYTES = 49_152;

/** What is shown of a job has not more, its payload, its error and where it comes from aside. */
const SHOWN_BYTES = 512;

const STATES: readonly JobState[] = ["delayed", "ready", "leased", "dead", "storing", "settling"];

export function onPurge(managing: Managing, queue: LiveQueue): void {
  const { parts, args } = managing;
  const { work } = queue;
  const why = whyNotDepth(args, work.depth, "ready and delayed jobs", queue.name);
  if (why !== undefined) return managing.refuse(why);
  parts.chores.begin(
    new Purging(parts.clock, queue, (purged, no) =>
      no === null ? managing.ok(new Map([["purged", purged]])) : managing.refuse(no),
    ),
  );
}

export function onDelete(managing: Managing, queue: LiveQueue): void {
  const { parts, args } = managing;
  const all = allOf(queue);
  const why = whyNotDepth(args, all, "jobs", queue.name);
  if (why !== undefined) return managing.refuse(why);
  parts.queues.delete(queue, (no) => {
    if (no !== null) return managing.refuse(no);
    parts.takings.end(queue, queue.whyGone!);
    parts.bindings.forget(queue);
    managing.ok(new Map([["deleted", all]]));
  });
}

export function onRedrive(managing: Managing, queue: LiveQueue): void {
  const { parts, session, args } = managing;
  const to = args.get("to") ?? null;
  if (to !== null && typeof to !== "string")
    return managing.refuse(refusal("bad-option", "to is the name of a queue."));
  const max = args.get("max") ?? Number.MAX_SAFE_INTEGER;
  if (typeof max !== "number" || max < 1)
    return managing.refuse(refusal("bad-option", "max is a number above 0."));
  const target = to === null ? null : queueFor(parts, session, "queue.manage", to);
  if (target !== null && "text" in target) return managing.refuse(target);
  const mayMoveTo = ({ name }: LiveQueue): boolean =>
    typeof mayUseQueue(parts, session, "queue.manage", name) === "string";
  const done = (moved: number, no: Refusal | null): void => {
    if (no !== null && moved === 0) managing.refuse(no);
    else managing.ok(new Map([["redriven", moved]]));
  };
  parts.chores.begin(new Redriving(parts, queue, { to: target, max, mayMoveTo, done }));
}

export function onLook(managing: Managing, queue: LiveQueue): void {
  const { parts, args } = managing;
  const state = args.get("state") ?? "ready";
  const from = args.get("from") ?? 0;
  const limit = args.get("limit") ?? LOOK_MAX;
  const withPayload = args.get("payload") === true;
  if (!STATES.includes(state as JobState))
    return managing.refuse(refusal("bad-option", `state is one of ${STATES.join(", ")}.`));
  if (
    typeof limit !== "number" ||
    limit < 1 ||
    limit > LOOK_MAX ||
    typeof from !== "number" ||
    from < 0
  )
    return managing.refuse(
      refusal("bad-option", `limit is 1 to ${LOOK_MAX}, from the number of a job.`),
    );
  const page = queue.work.look(state as JobState, from, limit);
  const jobs: EnvelopeValue[] = [];
  let bytes = 0;
  let next = page.next;
  for (const job of page.jobs) {
    const length = lengthOf(job, withPayload);
    if (bytes > 0 && bytes + length > LOOK_BYTES) {
      next = job.seq;
      break;
    }
    bytes += length;
    jobs.push(shown(job, managing, withPayload));
  }
  managing.ok(
    new Map<string, EnvelopeValue>([
      ["jobs", jobs],
      ["next", next],
      ["now", parts.clock.time],
    ]),
    true,
  );
}

/** About how many bytes of the answer a job takes. */
function lengthOf({ tail, error, origin }: LiveJob, withPayload: boolean): number {
  let length = SHOWN_BYTES + (error?.length ?? 0) * 3 + (withPayload ? tail.length : 0);
  if (origin instanceof JobOrigin)
    for (const value of origin.entries.values())
      length += typeof value === "string" ? value.length * 3 : 32;
  return length;
}

function shown(job: LiveJob, { parts }: Managing, withPayload: boolean): EnvelopeValue {
  const { clock } = parts;
  const { seq, state, id, priority, group, given, failures, error, origin, lease } = job;
  const entries = new Map<string, EnvelopeValue>([
    ["seq", seq],
    ["state", state],
    ["priority", priority],
    ["attempts", given],
    ["failures", failures],
    ["waitingSince", timeOf(job.base, clock)],
  ]);
  if (id !== null) entries.set("id", id);
  if (group !== null) entries.set("group", group);
  if (error !== null) entries.set("error", error);
  if (state === "delayed") entries.set("dueAt", timeOf(job.dueAt, clock));
  if (lease !== null) entries.set("leasedUntil", timeOf(lease.dueAt, clock));
  if (job.expiresAt < Infinity) entries.set("expiresAt", timeOf(job.expiresAt, clock));
  if (origin instanceof JobOrigin)
    for (const [key, value] of origin.entries) entries.set(key, value);
  if (withPayload) entries.set("tail", job.tail);
  return entries;
}

function allOf({ work }: LiveQueue): number {
  const { storing, delayed, ready, leased, settling, dead } = work.counts;
  return storing + delayed + ready + leased + settling + dead;
}

/** The number of them must be said, so that nobody empties a queue that is not as it was thought to be. */
function whyNotDepth(
  args: ReadonlyMap<string, EnvelopeValue>,
  depth: number,
  what: string,
  queue: string,
): Refusal | undefined {
  const said = args.get("depth");
  if (said === depth) return undefined;
  return typeof said === "number"
    ? refusal("conflict", `The queue ${quoted(queue)} holds ${depth} ${what}, not ${said}.`)
    : refusal("bad-option", `Say depth, the number of ${what}: ${depth}.`);
}
