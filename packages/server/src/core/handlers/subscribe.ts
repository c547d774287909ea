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
import { Stream } from "../stream.ts";
import { Subscription } from "../subscription.ts";
import { Topic } from "../topic.ts";

export function onSubscribe(parts: Parts, session: LiveSession, frame: SubscribeFrame): void {
  const outcomes = frame.entries.map((entry) => subscribeOne(parts, session, entry));
  const textBytes = outcomes.reduce((sum, o) => sum + (o.granted ? 0 : o.text.length * 3), 0);
  const bytesMax = REPLY_BYTES * (outcomes.length + 1) + textBytes;
  subscribeOk.write(parts.rounds.reply(session, bytesMax), { id: frame.id, outcomes });
}

function subscribeOne(parts: Parts, session: LiveSession, entry: SubscribeEntry): SubscribeOutcome {
  const granted = follow(parts, session, entry);
  if (!(granted instanceof Stream)) {
    parts.counts.refused++;
    const { text, retryAfterMs } = granted;
    return { granted: false, code: errorCodes[granted.name].code, text, retryAfterMs };
  }
  const topic = granted instanceof Topic ? granted : undefined;
  return {
    granted: true,
    sub: granted.number,
    epoch: topic?.epoch ?? null,
    head: topic?.head ?? null,
    mark: null,
    replay: 0,
  };
}

/** Follows the stream that the entry names, unless the session does already. */
export function follow(
  parts: Parts,
  session: LiveSession,
  entry: SubscribeEntry,
): LiveStream | Refusal {
  const { pattern } = entry;
  if (!isPattern(pattern))
    return refusal("bad-pattern", `${quoted(pattern)} is no pattern: ${patternFault(pattern)}.`);
  const unsupported = whatIsUnsupported(entry);
  if (unsupported !== undefined) return unsupported;
  const allowed = maySubscribe(session, pattern);
  if (typeof allowed !== "string") return allowed;
  return followStream(parts, session, allowed);
}

function followStream(
  parts: Parts,
  session: LiveSession,
  pattern: AuthorizedPattern,
): LiveStream | Refusal {
  const isWild = hasWildcard(pattern);
  const known = isWild ? parts.topics.patterns.get(pattern) : parts.topics.find(pattern);
  if (known !== undefined && subscriptionTo(session, known) !== undefined) return known;
  const tooMany = whatIsTooMany(parts, session, isWild);
  if (tooMany !== undefined) return tooMany;
  const stream = isWild ? parts.topics.pattern(pattern) : parts.topics.topic(pattern as never);
  if (stream === undefined)
    return refusal("too-many-topics", "The hub holds as many topics as it may.", 1000);
  join(parts, session, stream);
  return stream;
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

function whatIsUnsupported({ from, options }: SubscribeEntry): Refusal | undefined {
  if (from !== null && from !== 0)
    return refusal("unsupported", "This hub keeps no history: subscribe from now (nil or 0).");
  for (const key of options?.keys() ?? [])
    if (key === "lag" || key === "intervalMs")
      return refusal("unsupported", `This hub does not know the option ${key}.`);
    else return refusal("bad-option", `SUBSCRIBE has no option ${quoted(key)}.`);
  return undefined;
}

function join(parts: Parts, session: LiveSession, stream: LiveStream): void {
  const subscription = new Subscription(session, stream);
  session.subscriptions.push(subscription);
  if (stream instanceof Topic) parts.topics.followed(stream);
  else session.patterns++;
  parts.counts.subscriptions++;
  parts.rounds.join(stream, subscription);
}

export function onUnsubscribe(parts: Parts, session: LiveSession, frame: UnsubscribeFrame): void {
  for (const pattern of frame.patterns) {
    const stream = parts.topics.find(pattern) ?? parts.topics.patterns.get(pattern);
    const subscription = stream && subscriptionTo(session, stream);
    if (subscription !== undefined) leave(parts, subscription);
  }
  plainOk.write(parts.rounds.reply(session, REPLY_BYTES), { id: frame.id });
}

/** Ends a subscription; what was published up to now still reaches the session. */
function leave(parts: Parts, subscription: LiveSubscription): void {
  const { session, stream } = subscription;
  parts.rounds.leave(stream, subscription);
  session.subscriptions.splice(session.subscriptions.indexOf(subscription), 1);
  settle(parts, subscription);
}

/** Ends all subscriptions of a session that is gone. */
export function leaveAll(parts: Parts, session: LiveSession): void {
  const { subscriptions } = session;
  for (const subscription of subscriptions) {
    subscription.stream.leave(subscription);
    settle(parts, subscription);
  }
  subscriptions.length = 0;
}

function settle(parts: Parts, { session, stream }: LiveSubscription): void {
  parts.counts.subscriptions--;
  if (!(stream instanceof Topic)) session.patterns--;
  if (stream.isFollowed) return;
  parts.rounds.abandon(stream);
  parts.topics.abandoned(stream);
}

function subscriptionTo(session: LiveSession, stream: LiveStream): LiveSubscription | undefined {
  return session.subscriptions.find((subscription) => subscription.stream === stream);
}
