// CONSUME, CREDIT and CANCEL: who takes jobs, and how many.

import {
  type CancelFrame,
  type ConsumeFrame,
  type CreditFrame,
  type EnvelopeValue,
  limits,
  plainOk,
} from "@fanwire/protocol";
import type { LiveTaking } from "../jobs/live-job.ts";
import type { ConsumeOptions } from "../jobs/takings.ts";
import { type Parts, refuse, REPLY_BYTES } from "../parts.ts";
import { mayUseQueue } from "../policy.ts";
import { limited, quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";
import { queueFor } from "./send.ts";
import { whyTooOften } from "./too-often.ts";

/** Unless a consumer says otherwise it holds so many jobs for each that it works on, … */
const CREDIT_SHARE = 2;

/** … and at most this many. */
const CREDIT_DEFAULT_MAX = 64;

export function onConsume(parts: Parts, session: LiveSession, frame: ConsumeFrame): void {
  const { id, options } = frame;
  const why = whyTooOften(parts, session, "CONSUME");
  if (why !== undefined) return refuse(parts, session, id, why);
  const queue = queueFor(parts, session, "queue.consume", frame.queue);
  if ("text" in queue) return refuse(parts, session, id, queue);
  const asked = readOptions(options);
  if ("text" in asked) return refuse(parts, session, id, asked);
  const { consumersMax } = parts.settings;
  if (parts.takings.countOf(session) >= consumersMax)
    return refuse(
      parts,
      session,
      id,
      limited(
        "too-many-subscriptions",
        "consumersMax",
        `A session may have ${consumersMax} consumers; cancel some.`,
      ),
    );
  parts.takings.begin(session, queue, id, asked);
}

export function onCredit(parts: Parts, session: LiveSession, frame: CreditFrame): void {
  const { id, consumer, credit } = frame;
  const taking = takingOf(session, consumer);
  if ("text" in taking) return refuse(parts, session, id, taking);
  if (credit > limits.creditMax)
    return refuse(
      parts,
      session,
      id,
      refusal("bad-option", `credit is ${credit}; it is at most ${limits.creditMax}.`),
    );
  taking.work.setCredit(taking.consumer, credit);
  taking.work.heard(taking.consumer);
  parts.queues.find(taking.work.name)?.changed();
  plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id });
}

export function onCancel(parts: Parts, session: LiveSession, frame: CancelFrame): void {
  const { id, consumer, release } = frame;
  const taking = session.worker?.takings.get(consumer);
  // that it takes no more is so already
  if (taking === undefined) session.rates?.exceed(parts.clock.now);
  else parts.takings.cancel(taking, release);
  plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id });
}

/** A fresh token may allow less: consumers of queues that it does not allow are ended. */
export function reconsiderTakings(parts: Parts, session: LiveSession): void {
  for (const taking of session.worker?.takings.values() ?? []) {
    const allowed = mayUseQueue(parts, session, "queue.consume", taking.work.name);
    if (typeof allowed !== "string") parts.takings.stop(taking, allowed);
  }
}

function takingOf({ worker }: LiveSession, number: number): LiveTaking | Refusal {
  const taking = worker?.takings.get(number);
  return taking?.consumer.isJoined === true
    ? taking
    : refusal("not-found", `There is no consumer ${number} on this connection.`);
}

/** Bounds of each option. */
const BOUNDS: ReadonlyMap<string, readonly [min: number, max: number]> = new Map([
  ["concurrency", [1, limits.concurrencyMax]],
  ["credit", [0, limits.creditMax]],
  ["pull", [1, limits.pullCountMax]],
  ["waitMs", [0, limits.pullWaitMsMax]],
]);

function readOptions(options: ReadonlyMap<string, EnvelopeValue> | null): ConsumeOptions | Refusal {
  for (const [name, value] of options ?? []) {
    const bounds = BOUNDS.get(name);
    if (bounds === undefined)
      return refusal(
        "bad-option",
        `CONSUME has no option ${quoted(name)}: there are ${[...BOUNDS.keys()].join(", ")}.`,
      );
    const [min, max] = bounds;
    if (typeof value !== "number" || value < min || value > max)
      return refusal("bad-option", `${name} must be a whole number from ${min} to ${max}.`);
  }
  const number = (name: string, otherwise: number): number =>
    (options?.get(name) as number | undefined) ?? otherwise;
  const pull = number("pull", 0);
  if (pull === 0 && options?.has("waitMs") === true)
    return refusal("bad-option", "waitMs is how long a pull waits: say pull too.");
  const concurrency = number("concurrency", pull || 1);
  const usual = Math.min(CREDIT_SHARE * concurrency, CREDIT_DEFAULT_MAX);
  return {
    concurrency,
    credit: number("credit", pull || Math.max(usual, 1)),
    pull,
    waitMs: number("waitMs", 0),
  };
}
