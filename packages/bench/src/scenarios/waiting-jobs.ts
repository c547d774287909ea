// Jobs that wait in a hub, in memory: what each takes there.

import type { JobFillOrder, JobOrder } from "../generator/jobs/job-client.ts";
import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import { count, type Start } from "../scenario.ts";
import { settled } from "./settled.ts";

/** How much of it there is. */
export interface WaitingSize {
  readonly jobs: number;
  readonly payloadBytes: number;
}

/** As many as a backlog of hours has. */
export const WAITING: WaitingSize = { jobs: 1_000_000, payloadBytes: 100 };

/** Jobs that are sent and done before the baseline is taken, so that what the first jobs load is not counted. */
const REHEARSED = 50_000;

const PER_MESSAGE = 100;
const WINDOW = 16_000;
const CREDIT = 4096;

/** Sends jobs that nobody takes, looks at what they take, and has them done. */
export async function measureWaiting(start: Start, size: WaitingSize): Promise<Measured> {
  const { jobs, payloadBytes } = size;
  const names = ["rehearsed", "waiting"] as const;
  const lab = start({ queues: names.map((name) => ({ name, jobsMax: 10_000_000 })) });
  await send(lab, "rehearsed", { ...size, jobs: REHEARSED });
  const rehearsed = await haveDone(lab);
  const before = await settled(lab);
  const seconds = await send(lab, "waiting", size);
  const after = await settled(lab);
  const each = (bytes: number): number => bytes / jobs - payloadBytes;
  const heapBytes = after.heapBytes - before.heapBytes;
  return {
    case: `memory, ${count(jobs)} waiting`,
    values: {
      bytesPerJob: each(after.rssBytes - before.rssBytes),
      heapPerJob: each(heapBytes + after.bufferBytes - before.bufferBytes),
      perSecond: jobs / seconds,
    },
    failures: [...rehearsed, ...(await haveDone(lab))],
  };
}

/** Returns how long it took until all were confirmed, in seconds. */
async function send(lab: Lab, queue: string, { jobs, payloadBytes }: WaitingSize): Promise<number> {
  await lab.tell<JobOrder>("openJobs", {
    speaks: "fanwire",
    kept: "memory",
    queue,
    payloadBytes,
    perMessage: PER_MESSAGE,
  });
  return lab.generator.ask("fillJobs", { jobs, window: WINDOW } satisfies JobFillOrder);
}

/** Has all that wait done. Returns what was wrong, in sentences. */
async function haveDone(lab: Lab): Promise<string[]> {
  await lab.generator.ask("takeJobs", CREDIT);
  return lab.generator.ask<string[]>("finishJobs");
}
