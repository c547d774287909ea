// SETTLE: what workers say of the jobs that they hold.

import {
  errorCodes,
  limits,
  type SettleFrame,
  type Settlement,
  settleVerb,
  utf8Length,
} from "@fanwire/protocol";
import { SettleAnswer } from "../jobs/answers.ts";
import type { LiveQueue } from "../jobs/live-queue.ts";
import { Settling } from "../jobs/settling.ts";
import { type Parts, refuse } from "../parts.ts";
import type { LiveSession } from "../session.ts";
import { queueFor, tooMany } from "./send.ts";

export function onSettle(parts: Parts, session: LiveSession, frame: SettleFrame): void {
  const { id, settlements } = frame;
  if (settlements.length > limits.settleCountMax)
    return refuse(parts, session, id, tooMany("SETTLE", "settlements", limits.settleCountMax));
  const queue = settleable(parts, session, frame.queue);
  if ("text" in queue) return refuse(parts, session, id, queue);
  if (settlements.length === 0) session.rates?.exceed(parts.clock.now);
  hear(session, queue);
  const answer = new SettleAnswer(parts, session, id, settlements.length);
  const settling = new Settling(queue, session, parts.clock, parts.storing, answer);
  for (const [place, settlement] of settlements.entries()) {
    const fault = faultOf(settlement);
    if (fault === 0) settling.settle(place, settlement);
    else answer.decided(place, fault);
  }
  settling.end();
  queue.changed();
}

/** Whoever holds jobs of a queue may settle them; others need the right to take some. */
function settleable(parts: Parts, session: LiveSession, name: string) {
  const queue = parts.queues.find(name);
  if (queue !== undefined && session.worker?.of(queue.work).next().done === false) return queue;
  return queueFor(parts, session, "queue.consume", name);
}

/** Its consumers are at work. */
function hear({ worker }: LiveSession, { work }: LiveQueue): void {
  for (const { consumer } of worker?.of(work) ?? []) work.heard(consumer);
}

/** 0, or the code of what is wrong with it. */
function faultOf({ verb, number, text }: Settlement): number {
  const max = NUMBER_MAX[verb];
  if (max === undefined) return errorCodes.unsupported.code;
  const isGood =
    (number === null || number <= max) &&
    (text === null || utf8Length(text) <= limits.jobNoteBytesMax);
  return isGood ? 0 : errorCodes["bad-option"].code;
}

/** Hundredths of a percent. */
const PROGRESS_MAX = 10_000;

/** The highest `number` of each verb. */
const NUMBER_MAX: Readonly<Record<number, number>> = {
  [settleVerb.ack]: limits.jobDelayMsMax,
  [settleVerb.release]: 0,
  [settleVerb.fail]: limits.jobDelayMsMax,
  [settleVerb.reject]: 0,
  [settleVerb.touch]: limits.leaseMsMax,
  [settleVerb.progress]: PROGRESS_MAX,
};
