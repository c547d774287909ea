// SUBSCRIBE and UNSUBSCRIBE.

import {
  endedFrame,
  errorCodes,
  hasWildcard,
  isPattern,
  patternFault,
  plainOk,
  type SubscribeEntry,
  type SubscribeFrame,
  subscribeOk,
  type SubscribeOutcome,
  type UnsubscribeFrame,
} from "@fanwire/protocol";
import { type Parts, refuse, refusedBytes, REPLY_BYTES } from "../parts.ts";
import { type AuthorizedPattern, maySubscribe } from "../policy.ts";
import { limited, quoted, refusal, type Refusal, tooManyTopics } from "../refusal.ts";
import type { LiveSession, LiveStream, LiveSubscription } from "../session.ts";
import { LatestOnly } from "../stream.ts";
import { lag, type Mode, Subscription } from "../subscription.ts";
import { PatternStream, Topic } from "../topic.ts";
import { readMode, readStart, type Start, whyNotMode } from "./subscribe-options.ts";

/** What a grant does not exceed: a mark may stand in it. */
const GRANT_BYTES = 128;

export function onSubscribe(parts: Parts, session: LiveSession, frame: SubscribeFrame): void {
  const wait = session.rates?.take("subscribe", parts.clock.now) ?? 0;
  if (wait > 0) {
    const text = `SUBSCRIBE comes too often; go on in ${wait} ms, with several entries in one.`;
    const { limit } = session.rates!.table.subscribe;
    return refuse(parts, session, frame.id, limited("rate-limited", limit, text, wait));
  }
  const outcomes = frame.entries.map((entry) => subscribeOne(parts, session, entry));
  const textBytes = outcomes.reduce((sum, o) => sum + (o.granted ? 0 : o.text.length * 3), 0);
  const bytesMax = REPLY_BYTES + GRANT_BYTES * outcomes.length + textBytes;
  subscribeOk.write(parts.rounds.reply(session, bytesMax), { id: frame.id, outcomes });
}

/** A subscription that stands, and what is to be told of it. */
interface Grant {
  readonly stream: LiveStream;
  readonly announced: number;
}

function subscribeOne(parts: Parts, session: LiveSession, entry: SubscribeEntry): SubscribeOutcome {
  const grant = follow(parts, session, entry);
  if ("text" in grant) {
    parts.counts.refuse(grant);
    const { text, retryAfterMs } = grant;
    return { granted: false, code: errorCodes[grant.name].code, text, retryAfterMs };
  }
  const { stream, announced } = grant;
  const topic = stream instanceof Topic ? stream : undefined;
  const isMarked = topic === undefined && announced === 0;
  return {
    granted: true,
    sub: stream.number,
    epoch: topic?.epoch ?? null,
    head: topic?.head ?? null,
    mark: isMarked ? parts.sources.patterns.markOf(parts.topics.shown) : null,
    replay: announced,
  };
}

/** Follows the stream that the entry names; when the session does already, the entry says how it goes on. */
export function follow(parts: Parts, session: LiveSession, entry: SubscribeEntry): Grant | Refusal {
  const { pattern } = entry;
  if (!isPattern(pattern))
    return refusal("bad-pattern", `${quoted(pattern)} is no pattern: ${patternFault(pattern)}.`);
  const mode = readMode(entry.options);
  if ("text" in mode) return mode;
  const allowed = maySubscribe(parts, session, pattern);
  if (typeof allowed !== "string") return allowed;
  const isWild = hasWildcard(pattern);
  const known = isWild ? parts.topics.patterns.get(pattern) : parts.topics.find(pattern);
  const subscription = known && subscriptionTo(session, known);
  if (subscription !== undefined) return change(parts, subscription, mode, entry);
  const why =
    known === undefined && !isWild
      ? parts.access.whyNoNewTopic(session, "sub", allowed as never)
      : undefined;
  if (why !== undefined) return why;
  return begin(parts, session, allowed, isWild, mode, entry);
}

function begin(
  parts: Parts,
  session: LiveSession,
  pattern: AuthorizedPattern,
  isWild: boolean,
  mode: Mode,
  { from }: SubscribeEntry,
): Grant | Refusal {
  const { topics, run, clock } = parts;
  const tooMany = whatIsTooMany(parts, session, pattern, isWild);
  if (tooMany !== undefined) return tooMany;
  const stream = isWild
    ? topics.pattern(pattern, clock.now)
    : topics.topic(pattern as never, clock.now);
  if (stream === undefined) return tooManyTopics();
  const start = whyNotMode(stream, mode) ?? readStart(topics, run, stream, from);
  if ("text" in start) {
    if (stream.followers === 0) topics.abandoned(stream, clock.now);
    return start;
  }
  const subscription = new Subscription(session, stream, mode, start.cursor);
  session.subscriptions.push(subscription);
  parts.counts.subscriptions++;
  if (stream instanceof PatternStream) {
    session.patterns++;
    session.subject?.follows(stream.name);
    if (stream.followers === 0) parts.marks.follow(stream);
  }
  stream.followers++;
  parts.queues.telling.followed(stream.name, 1);
  wants(stream, mode, 1);
  place(parts, subscription, start);
  parts.queues.tellState(stream.name);
  return { stream, announced: start.announced };
}

/** Puts a subscription where its cursor belongs: with the live ones, or with those that catch up. */
function place(parts: Parts, subscription: LiveSubscription, start: Start): void {
  const { stream, session, mode } = subscription;
  subscription.cursor = start.cursor;
  if (start.replay !== null || session.flow.isBehind)
    parts.catchUp.begin(subscription, start.replay);
  else if (mode.intervalMs > 0) parts.cohorts.join(subscription);
  else parts.rounds.join(stream, subscription, stream.turn?.batch?.at ?? 0);
}

/** A second SUBSCRIBE to the same: the options are replaced, and `from` nil keeps the cursor. */
function change(
  parts: Parts,
  subscription: LiveSubscription,
  mode: Mode,
  { from }: SubscribeEntry,
): Grant | Refusal {
  const { stream } = subscription;
  const start = whyNotMode(stream, mode) ?? readStart(parts.topics, parts.run, stream, from);
  if ("text" in start) return start;
  if (mode === subscription.mode && from === null) return { stream, announced: 0 };
  const replay = parts.catchUp.takeOut(subscription, false);
  wants(stream, mode, 1);
  wants(stream, subscription.mode, -1);
  subscription.mode = mode;
  if (from !== null) subscription.cursor = start.cursor;
  parts.catchUp.begin(subscription, from === null ? replay : start.replay);
  return { stream, announced: from === null ? 0 : start.announced };
}

function whatIsTooMany(
  parts: Parts,
  session: LiveSession,
  pattern: AuthorizedPattern,
  isWild: boolean,
): Refusal | undefined {
  if (session.isLocal) return undefined;
  const { subscriptionsMax, patternsMax, subjectPatternsMax } = parts.settings;
  const granted = session.claims?.grants.limits;
  const most = granted?.subscriptions ?? subscriptionsMax;
  if (session.subscriptions.length >= most)
    return limited(
      "too-many-subscriptions",
      "subscriptionsMax",
      `A session may have ${most} subscriptions; end some, or use a pattern.`,
    );
  const mostPatterns = granted?.patterns ?? patternsMax;
  if (isWild && session.patterns >= mostPatterns)
    return limited(
      "too-many-patterns",
      "patternsMax",
      `A session may follow ${mostPatterns} patterns; end some, or use a wider one.`,
    );
  if (isWild && session.subject?.hasRoomFor(pattern, subjectPatternsMax) === false)
    return limited(
      "too-many-patterns",
      "subjectPatternsMax",
      `All sessions of the subject may follow ${subjectPatternsMax} different patterns; end some, or use a wider one.`,
    );
  return undefined;
}

export function onUnsubscribe(parts: Parts, session: LiveSession, frame: UnsubscribeFrame): void {
  for (const pattern of frame.patterns) {
    const stream = parts.topics.find(pattern) ?? parts.topics.patterns.get(pattern);
    const subscription = stream && subscriptionTo(session, stream);
    if (subscription !== undefined) leave(parts, subscription);
    else session.rates?.exceed(parts.clock.now);
  }
  plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id: frame.id });
}

/** Ends a subscription; what was published up to now still reaches a live one. */
function leave(parts: Parts, subscription: LiveSubscription): void {
  const { subscriptions } = subscription.session;
  parts.catchUp.takeOut(subscription, true);
  subscriptions.splice(subscriptions.indexOf(subscription), 1);
  settle(parts, subscription);
}

/** Ends a subscription against the will of its client: nothing of the stream that has not been sent follows. */
export function end(parts: Parts, subscription: LiveSubscription, why: Refusal): void {
  const { session, stream } = subscription;
  const { rounds, catchUp } = parts;
  catchUp.takeOut(subscription, false);
  rounds.cancel(session, stream.number);
  session.subscriptions.splice(session.subscriptions.indexOf(subscription), 1);
  settle(parts, subscription);
  endedFrame.write(rounds.reply(session, refusedBytes(why.text)), {
    sub: stream.number,
    code: errorCodes[why.name].code,
    text: why.text,
  });
}

/** Ends all subscriptions of a session that is gone. */
export function leaveAll(parts: Parts, session: LiveSession): void {
  const { subscriptions } = session;
  parts.catchUp.end(session);
  for (const subscription of subscriptions) {
    parts.catchUp.takeOut(subscription, false);
    settle(parts, subscription);
  }
  subscriptions.length = 0;
}

function settle(parts: Parts, { session, stream, mode }: LiveSubscription): void {
  parts.counts.subscriptions--;
  if (stream instanceof PatternStream) {
    session.patterns--;
    session.subject?.unfollows(stream.name);
  }
  wants(stream, mode, -1);
  parts.queues.telling.followed(stream.name, -1);
  stream.followers--;
  if (stream.followers === 0) parts.topics.abandoned(stream, parts.clock.now);
}

/** Notes that one follower more, or one less, may be sent the latest alone. */
function wants(stream: LiveStream, mode: Mode, by: 1 | -1): void {
  if (mode.lag !== lag.latest && mode.intervalMs === 0) return;
  stream.latestOnly ??= new LatestOnly();
  stream.latestOnly.followers += by;
  // of a topic it goes with the publication that is kept in it
  if (stream.latestOnly.followers === 0 && !(stream instanceof Topic)) stream.latestOnly = null;
}

function subscriptionTo(session: LiveSession, stream: LiveStream): LiveSubscription | undefined {
  return session.subscriptions.find((subscription) => subscription.stream === stream);
}
