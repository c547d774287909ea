// READ: part of a topic's log, told at the pace of catch-up. Who may follow a topic may read it.

import { isTopic, limits, type ReadFrame, readOk, topicFault } from "@fanwire/protocol";
import { type Parts, refuse, REPLY_BYTES } from "../parts.ts";
import { maySubscribe } from "../policy.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession, LiveTopic } from "../session.ts";
import { whyTooOften } from "./too-often.ts";

/** READs of a session that are not answered, at most. */
const READS_MAX = 100;

export function onRead(parts: Parts, session: LiveSession, frame: ReadFrame): void {
  const { id, from, limit, backwards } = frame;
  const why =
    whyTooOften(parts, session, "READ") ?? whyTooMany(session) ?? whyNot(parts, session, frame);
  if (why !== undefined) return refuse(parts, session, id, why);
  const topic = parts.topics.find(frame.topic);
  if (topic === undefined) return tellNothing(parts, session, id);
  session.reads ??= [];
  session.reads.push({
    id,
    topic,
    isBackwards: backwards,
    at: from?.offset ?? (backwards ? topic.head : 0),
    left: limit,
  });
  parts.catchUp.consider(session);
}

/** The session's token is another one: what it no longer allows to read is refused. */
export function reconsiderReads(parts: Parts, session: LiveSession): void {
  session.reads =
    session.reads?.filter(({ id, topic }) => {
      const allowed = maySubscribe(parts, session, topic.name as never);
      if (typeof allowed !== "string") refuse(parts, session, id, allowed);
      return typeof allowed === "string";
    }) ?? null;
}

function whyTooMany({ reads }: LiveSession): Refusal | undefined {
  return reads !== null && reads.length >= READS_MAX
    ? refusal("rate-limited", `${READS_MAX} READs are not answered yet; wait for them.`, 1000)
    : undefined;
}

function whyNot(
  parts: Parts,
  session: LiveSession,
  { topic: name, from, limit }: ReadFrame,
): Refusal | undefined {
  if (!isTopic(name))
    return refusal("bad-topic", `${quoted(name)} is no topic: ${topicFault(name)}.`);
  const allowed = maySubscribe(parts, session, name);
  if (typeof allowed !== "string") return allowed;
  if (limit > limits.readCountMax)
    return refusal("bad-option", `READ asks for at most ${limits.readCountMax}, not ${limit}.`);
  return from === null ? undefined : whyNotAt(parts.topics.find(name), from.epoch);
}

function whyNotAt(topic: LiveTopic | undefined, epoch: number): Refusal | undefined {
  if (topic?.epoch === epoch) return undefined;
  const now = topic === undefined ? "it holds nothing" : `its epoch is ${topic.epoch}`;
  return refusal("epoch-changed", `The topic has begun again since then: ${now} now.`);
}

/** A topic that the hub does not know is not made by reading it. */
function tellNothing(parts: Parts, session: LiveSession, id: number): void {
  readOk.write(parts.rounds.reply(session, REPLY_BYTES), { id, epoch: 0, next: null, head: 0 });
}
