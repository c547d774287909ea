// SEND and SEND_MANY: check, look whether it came before, make room, write down, answer.

import {
  type JobContent,
  limits,
  type SendFrame,
  type SendManyFrame,
  writeTailHead,
  Writer,
} from "@fanwire/protocol";
import { SendManyAnswer, SendOneAnswer } from "../jobs/answers.ts";
import type { LiveQueue } from "../jobs/live-queue.ts";
import type { SendAnswer } from "../jobs/send-answer.ts";
import { readSendOptions } from "../jobs/send-options.ts";
import { hashOf } from "../once.ts";
import { type Parts, refuse } from "../parts.ts";
import { mayUseQueue, type QueueRight } from "../policy.ts";
import type { JobDraft } from "../queues/job.ts";
import { isQueueName } from "../queues/queue-name.ts";
import { limited, quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";

/** The largest encoding: one byte on the wire. */
const ENCODING_MAX = 127;

export function onSend(parts: Parts, session: LiveSession, frame: SendFrame): void {
  const queue = sendable(parts, session, frame.queue, 1, frame.payload.length);
  if ("text" in queue) return refuse(parts, session, frame.id, queue);
  send(parts, session, queue, frame, 0, new SendOneAnswer(parts, session, frame.id));
}

export function onSendMany(parts: Parts, session: LiveSession, frame: SendManyFrame): void {
  const { id, jobs } = frame;
  if (jobs.length > limits.sendCountMax)
    return refuse(parts, session, id, tooMany("SEND_MANY", "jobs", limits.sendCountMax));
  const bytes = jobs.reduce((sum, { payload }) => sum + payload.length, 0);
  const queue = sendable(parts, session, frame.queue, jobs.length, bytes);
  if ("text" in queue) return refuse(parts, session, id, queue);
  if (jobs.length === 0) session.rates?.exceed(parts.clock.now);
  const answer = new SendManyAnswer(parts, session, id, jobs.length);
  for (const [place, job] of jobs.entries()) send(parts, session, queue, job, place, answer);
}

/** The queue that the session may use in this way, or why not. */
export function queueFor(
  parts: Parts,
  session: LiveSession,
  right: QueueRight,
  name: string,
): LiveQueue | Refusal {
  const why = whyNoName(name);
  if (why !== undefined) return why;
  const allowed = mayUseQueue(parts, session, right, name);
  if (typeof allowed !== "string") return allowed;
  return (
    parts.queues.find(allowed) ??
    refusal("not-found", `There is no queue ${quoted(name)}; declare it first.`)
  );
}

export function whyNoName(name: string): Refusal | undefined {
  return isQueueName(name)
    ? undefined
    : refusal(
        "bad-topic",
        `${quoted(name)} is no name of a queue: it is one level of a topic, and does not begin with $.`,
      );
}

export function tooMany(frame: string, what: string, max: number): Refusal {
  return refusal("too-large", `A ${frame} has at most ${max} ${what}.`);
}

function sendable(
  parts: Parts,
  session: LiveSession,
  name: string,
  count: number,
  bytes: number,
): LiveQueue | Refusal {
  const { rates } = session;
  const wait = rates?.takePublications(parts.clock.now, count, bytes) ?? 0;
  if (wait > 0)
    return limited(
      "rate-limited",
      rates!.limitOfPublication(parts.clock.now, bytes),
      `Jobs come too fast; go on in ${wait} ms.`,
      wait,
    );
  const known = parts.queues.find(name);
  if (known !== undefined && known.number === session.lastQueue) return known;
  const queue = queueFor(parts, session, "queue.send", name);
  if (!("text" in queue)) session.lastQueue = queue.number;
  return queue;
}

function send(
  parts: Parts,
  session: LiveSession,
  queue: LiveQueue,
  content: JobContent,
  place: number,
  answer: SendAnswer,
): void {
  const { clock } = parts;
  const why = whyNotContent(parts, content);
  if (why !== undefined) return answer.refused(place, why);
  const options = readSendOptions(content.options, content.meta, clock);
  if ("text" in options) return answer.refused(place, options);
  const { payload } = content;
  const { id, priority, group, notBefore, ttlMs } = options;
  const draft: JobDraft = {
    id,
    sender: session.publisher,
    priority,
    group,
    sentAt: clock.now,
    notBefore: notBefore === 0 ? -Infinity : notBefore,
    expiresAt: clock.now + ttlMs,
    tail: tailOf(parts, session, content),
    origin: null,
  };
  const hash = id === null ? 0 : hashOf(payload, 0, payload.length);
  queue.send(draft, hash, place, answer);
}

function whyNotContent(
  { settings }: Parts,
  { payload, encoding, meta }: JobContent,
): Refusal | undefined {
  const { payloadBytesMax } = settings;
  if (payload.length > payloadBytesMax)
    return limited(
      "too-large",
      "payloadBytesMax",
      `The payload has ${payload.length} bytes and ${payloadBytesMax} are allowed.`,
    );
  if (encoding > ENCODING_MAX)
    return refusal("malformed-value", `encoding is ${encoding}; it is at most ${ENCODING_MAX}.`);
  if (meta === null) return undefined;
  writeTailHead(tailHead.clear(), 0, null, 0, meta, 0);
  return tailHead.at > limits.metaBytesMax
    ? refusal("too-large", `meta has more than ${limits.metaBytesMax} bytes.`)
    : undefined;
}

const tailHead = new Writer(4096);

/** The bytes that its worker gets, and that are written down. */
function tailOf(
  { queues, clock }: Parts,
  session: LiveSession,
  { encoding, meta, payload }: JobContent,
): Uint8Array {
  writeTailHead(tailHead.clear(), clock.time, session.publisher, encoding, meta, payload.length);
  return queues.tails.keep(payload, tailHead.bytes, tailHead.at);
}
