// SUBSCRIBE and UNSUBSCRIBE.

import {
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
import { type Parts, REPLY_BYTES } from "../parts.ts";
import { type AuthorizedPattern, maySubscribe } from "../policy.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession, LiveStream, LiveSubscription } from "../session.ts";
import { LatestOnly } from "../stream.ts";
import { lag, type Mode, Subscription } from "../subscription.ts";
import { PatternStream, Topic } from "../topic.ts";
import { readMode, readStart, type Start } from "./subscribe-options.ts";

/** What a grant does not exceed: a mark may stand in it. */
const GRANT_BYTES = 128;

export function onSubscribe(parts: Parts, session: LiveSession, frame: SubscribeFrame): void {
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
    parts.counts.refused++;
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
  const allowed = maySubscribe(session, pattern);
  if (typeof allowed !== "string") return allowed;
  const isWild = hasWildcard(pattern);
  const known = isWild ? parts.topics.patterns.get(pattern) : parts.topics.find(pattern);
  const subscription = known && subscriptionTo(session, known);
  if (subscription !== undefined) return change(parts, subscription, mode, entry);
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
  const { topics, runId, clock } = parts;
  const tooMany = whatIsTooMany(parts, session, isWild);
  if (tooMany !== undefined) return tooMany;
  const stream = isWild
    ? topics.pattern(pattern, clock.now)
    : topics.topic(pattern as never, clock.now);
  if (stream === undefined)
    return refusal("too-many-topics", "The hub holds as many topics as it may.", 1000);
  const start = readStart(topics, runId, stream, from);
  if ("text" in start) {
    if (stream.followers === 0) topics.abandoned(stream, clock.now);
    return start;
  }
  const subscription = new Subscription(session, stream, mode, start.cursor);
  session.subscriptions.push(subscription);
  parts.counts.subscriptions++;
  if (stream instanceof PatternStream) {
    session.patterns++;
    if (stream.followers === 0) parts.marks.follow(stream);
  }
  stream.followers++;
  wants(stream, mode, 1);
  place(parts, subscription, start);
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
  const start = readStart(parts.topics, parts.runId, stream, from);
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

function whatIsTooMany(parts: Parts, session: LiveSession, isWild: boolean): Refusal | undefined {
  const { subscriptionsMax, patternsMax } = parts.settings;
  if (session.isLocal) return undefined;
  if (session.subscriptions.length >= subscriptionsMax)
    return refusal(
      "too-many-subscriptions",
      `A session may have ${subscriptionsMax} subscriptions; end some, or use a pattern.`,
    );
  if (isWild && session.patterns >= patternsMax)
    return refusal(
      "too-many-patterns",
      `A session may follow ${patternsMax} patterns; end some, or use a wider one.`,
    );
  return undefined;
}

export function onUnsubscribe(parts: Parts, session: LiveSession, frame: UnsubscribeFrame): void {
  for (const pattern of frame.patterns) {
    const stream = parts.topics.find(pattern) ?? parts.topics.patterns.get(pattern);
    const subscription = stream && subscriptionTo(session, stream);
    if (subscription !== undefined) leave(parts, subscription);
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
  if (stream instanceof PatternStream) session.patterns--;
  wants(stream, mode, -1);
  stream.followers--;
  if (stream.followers === 0) parts.topics.abandoned(stream, parts.clock.now);
}

/** Notes that one follower more, or one less, may be sent the latest alone. */
function wants(stream: LiveStream, mode: Mode, by: 1 | -1): void {
  if (mode.lag !== lag.latest) return;
  stream.latestOnly ??= new LatestOnly();
  stream.latestOnly.followers += by;
  // of a topic it goes with the publication that is kept in it
  if (stream.latestOnly.followers === 0 && !(stream instanceof Topic)) stream.latestOnly = null;
}

function subscriptionTo(session: LiveSession, stream: LiveStream): LiveSubscription | undefined {
  return session.subscriptions.find((subscription) => subscription.stream === stream);
}
