// Sending many jobs, with a record before, of what is going to be sent, and one behind, of what the hub has confirmed.
import type { Client, ErrorCode } from "@fanwire/client";
import type { Queue, SendOutcome } from "@fanwire/client/queue";
import type { JobData, Mix, SendingRecord, SentRecord } from "../../jobs.ts";
import { jobsOf } from "./sheet.ts";

const TOPIC = "jobs.sent";
/** Anew with each answer of the hub. */
const PATIENCE_MS = 60_000;

export interface Sending {
  /** The id of an offer. */
  readonly work: string;
  readonly mix: Mix;
  readonly anew: boolean;
}

export interface Sent {
  readonly confirmed: number;
  /** Why others were not, in the hub's words. */
  readonly refused: string | undefined;
  readonly code: ErrorCode | undefined;
}

/** Rejects with a ClientError when nothing was sent. */
export async function sendBatch(
  client: Client,
  queue: Queue<JobData>,
  { work, mix, anew }: Sending,
): Promise<Sent> {
  const batch = crypto.randomUUID().slice(0, 8);
  const sending: SendingRecord = { batch, mix, anew };
  await client.topic(TOPIC).publish(sending);
  const jobs = [...jobsOf(batch, mix)].map(({ id, n, priority }) => ({
    id,
    priority,
    data: { work, n },
  }));
  const outcomes = await queue.sendMany(jobs, { timeoutMs: PATIENCE_MS });
  const sent: SentRecord = { batch, refused: runsOf(outcomes) };
  await client.topic(TOPIC).publish(sent);
  const failed = outcomes.filter(({ error }) => error);
  const error = failed[0]?.error;
  const confirmed = outcomes.length - failed.length;
  return { confirmed, refused: error?.message, code: error?.code };
}

/** First and last of each run of those that have an error. */
export function runsOf(outcomes: readonly Pick<SendOutcome, "error">[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [n, { error }] of outcomes.entries()) {
    if (!error) continue;
    const last = runs.at(-1);
    if (last?.[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs;
}
