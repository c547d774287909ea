// ENTER and LEAVE: who is there. The members of a topic are the state of one of the hub's own, `$presence.<topic>`: a key for each session,
// whose value is what it says of itself. Whoever goes, however, is deleted there.

import { type EnterFrame, isTopic, type LeaveFrame, plainOk, topicFault } from "@fanwire/protocol";
import { type Parts, refuse, REPLY_BYTES } from "../parts.ts";
import { mayBePresent } from "../policy.ts";
import { limited, quoted, refusal, type Refusal, tooManyTopics } from "../refusal.ts";
import type { LiveSession, LiveTopic } from "../session.ts";
import { presenceOf } from "../topics.ts";
import type { Publishing } from "./publish.ts";

/** What a member says of itself, in bytes. */
const DATA_BYTES_MAX = 2048;

/** Topics that a session is a member of. */
const MEMBERSHIPS_MAX = 256;

export function onEnter(
  parts: Parts,
  publishing: Publishing,
  session: LiveSession,
  frame: EnterFrame,
): void {
  const why = whyTooOften(parts, session) ?? whyNot(parts, session, frame);
  if (why !== undefined) return refuse(parts, session, frame.id, why);
  const topic = topicOf(parts, session, frame.topic);
  if ("text" in topic) return refuse(parts, session, frame.id, topic);
  const { payload, encoding } = frame;
  const full = publishing.enter(session, topic, { encoding, bytes: payload });
  if (full !== undefined) return refuse(parts, session, frame.id, full);
  session.memberships ??= new Set();
  session.memberships.add(topic);
  plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id: frame.id });
}

export function onLeave(
  parts: Parts,
  publishing: Publishing,
  session: LiveSession,
  frame: LeaveFrame,
): void {
  const topic = parts.topics.find(presenceOf(frame.topic));
  if (topic !== undefined && session.memberships?.delete(topic) === true)
    publishing.leave(session, topic);
  else session.rates?.exceed(parts.clock.now);
  plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id: frame.id });
}

/** The session is gone, or may be there no longer: of all topics, or of those that its token does not allow any more. */
export function leaveTopics(
  parts: Parts,
  publishing: Publishing,
  session: LiveSession,
  isGone: boolean,
): void {
  for (const topic of session.memberships ?? []) {
    const isAllowed =
      !isGone && typeof mayBePresent(parts.counts, session, topic.name as never) === "string";
    if (isAllowed) continue;
    session.memberships!.delete(topic);
    publishing.leave(session, topic);
  }
}

function whyTooOften({ clock }: Parts, { rates }: LiveSession): Refusal | undefined {
  const wait = rates?.take("subscribe", clock.now) ?? 0;
  return wait === 0
    ? undefined
    : limited(
        "rate-limited",
        rates!.table.subscribe.limit,
        `ENTER and SUBSCRIBE come too often; go on in ${wait} ms.`,
        wait,
      );
}

function whyNot(
  parts: Parts,
  session: LiveSession,
  { topic, payload }: EnterFrame,
): Refusal | undefined {
  if (!isTopic(topic) || !isTopic(presenceOf(topic)))
    return refusal(
      "bad-topic",
      `${quoted(topic)} is no topic to be a member of: ${topicFault(topic) ?? "it is the hub's own"}.`,
    );
  const allowed = mayBePresent(parts.counts, session, presenceOf(topic) as never);
  if (typeof allowed !== "string") return allowed;
  if (payload.length > DATA_BYTES_MAX)
    return refusal(
      "too-large",
      `A member says ${payload.length} bytes of itself, and ${DATA_BYTES_MAX} are allowed.`,
    );
  const count = session.memberships?.size ?? 0;
  const known = parts.topics.find(presenceOf(topic));
  const isMember = known !== undefined && session.memberships?.has(known) === true;
  return count >= MEMBERSHIPS_MAX && !isMember
    ? refusal("too-many-topics", `A session may be a member of ${MEMBERSHIPS_MAX} topics.`)
    : undefined;
}

function topicOf(parts: Parts, session: LiveSession, name: string): LiveTopic | Refusal {
  const { topics, access, clock } = parts;
  const known = topics.find(presenceOf(name));
  if (known !== undefined) return known;
  const why = access.whyNoNewTopic(session, "presence", name as never);
  return why ?? topics.topic(presenceOf(name) as never, clock.now) ?? tooManyTopics();
}
