// ENTER and LEAVE: who is there. The members of a topic are the state of one of the hub's own, `$presence.<topic>`: a key for each session,
// whose value is what it says of itself. Whoever goes, however, is deleted there. How many they are is the state of `$members.<topic>`.

import {
  type EnterFrame,
  isTopic,
  type LeaveFrame,
  limits,
  plainOk,
  topicFault,
} from "@fanwire/protocol";
import type { Remind } from "../deadlines.ts";
import { Members, type Said } from "../members.ts";
import { type Parts, refuse, REPLY_BYTES } from "../parts.ts";
import { mayBePresent } from "../policy.ts";
import { quoted, refusal, type Refusal, tooManyTopics } from "../refusal.ts";
import type { LiveSession, LiveTopic } from "../session.ts";
import { countOf, presenceOf, presentAt } from "../topics.ts";
import type { Publishing } from "./publish.ts";
import { whyTooOften } from "./too-often.ts";

/** Topics that a session is a member of. */
const MEMBERSHIPS_MAX = 256;

/** A count is told at once, and then again after so long, in milliseconds, if it is another. */
const COUNT_APART_MS = 1000;

export class Presence {
  readonly #parts: Parts;
  readonly #publishing: Publishing;
  readonly #remind: Remind<Members>;
  /** Of topics that have some, by where they are told. */
  readonly #members = new Map<LiveTopic, Members>();

  /** `remind`: of members whose count is to be told by {@link tellCount}. */
  constructor(parts: Parts, publishing: Publishing, remind: Remind<Members>) {
    this.#parts = parts;
    this.#publishing = publishing;
    this.#remind = remind;
  }

  onEnter(session: LiveSession, frame: EnterFrame): void {
    const parts = this.#parts;
    const why = whyTooOften(parts, session, "ENTER") ?? whyNot(parts, session, frame);
    if (why !== undefined) return refuse(parts, session, frame.id, why);
    const topic = topicOf(parts, session, frame.topic);
    if ("text" in topic) return refuse(parts, session, frame.id, topic);
    const { payload, encoding } = frame;
    const full = this.#publishing.whyNotKept(topic, payload.length);
    if (full !== undefined) {
      this.#publishing.unused(topic);
      return refuse(parts, session, frame.id, full);
    }
    this.#enter(session, topic, { encoding, bytes: payload });
    plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id: frame.id });
  }

  onLeave(session: LiveSession, frame: LeaveFrame): void {
    const parts = this.#parts;
    const topic = parts.topics.find(presenceOf(frame.topic));
    if (topic !== undefined && session.memberships?.has(topic) === true)
      this.#leave(session, topic);
    else session.rates?.exceed(parts.clock.now);
    plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id: frame.id });
  }

  /** The session is gone, or may be there no longer: of all topics, or of those that its token does not allow any more. */
  leave(session: LiveSession, isGone: boolean): void {
    for (const topic of session.memberships ?? []) {
      const why = isGone ? undefined : mayBePresent(this.#parts, session, topic.name as never);
      if (typeof why === "string") continue;
      this.#leave(session, topic);
      if (why !== undefined) refuse(this.#parts, session, 0, why, topic.name);
    }
  }

  /** Tells how many there are; of a topic without any nothing is kept. */
  tellCount(members: Members): void {
    const { topics, clock } = this.#parts;
    const { count, subjects, topic } = members;
    members.dueAt = Infinity;
    members.toldAt = clock.now;
    if (count === 0) this.#members.delete(topic);
    const told = topics.topic(countOf(presentAt(topic.name)!) as never, clock.now)!;
    this.#publishing.tellCount(told, count > 0 ? { members: count, subjects } : null);
  }

  #enter(session: LiveSession, topic: LiveTopic, said: Said): void {
    const members = this.#members.get(topic) ?? new Members(topic);
    this.#members.set(topic, members);
    session.memberships ??= new Set();
    const isNew = !session.memberships.has(topic);
    session.memberships.add(topic);
    const before = this.#waitingBytes(members, session);
    if (members.enter(session, said)) this.#publishing.enter(session, topic, said);
    this.#parts.topics.keptBytes += this.#waitingBytes(members, session) - before;
    if (isNew) this.#counts(members);
  }

  #leave(session: LiveSession, topic: LiveTopic): void {
    const { topics } = this.#parts;
    const members = this.#members.get(topic)!;
    session.memberships!.delete(topic);
    topics.keptBytes -= this.#waitingBytes(members, session);
    if (members.leave(session)) this.#publishing.leave(session, topic);
    const next = members.next();
    if (next !== undefined) {
      const [other, said] = next;
      topics.keptBytes -= said.bytes.length;
      this.#publishing.enter(other, topic, said);
    }
    this.#counts(members);
  }

  #waitingBytes(members: Members, session: LiveSession): number {
    return members.waiting(session)?.bytes.length ?? 0;
  }

  /** Their count is another: it is told now, or when it may be. */
  #counts(members: Members): void {
    if (members.dueAt < Infinity) return;
    const { now } = this.#parts.clock;
    members.dueAt = Math.max(now, members.toldAt + COUNT_APART_MS);
    if (members.dueAt > now) this.#remind(members);
    else this.tellCount(members);
  }
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
  const allowed = mayBePresent(parts, session, presenceOf(topic) as never);
  if (typeof allowed !== "string") return allowed;
  const { memberBytesMax } = limits;
  if (payload.length > memberBytesMax)
    return refusal(
      "too-large",
      `A member says ${payload.length} bytes of itself, and ${memberBytesMax} are allowed.`,
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
