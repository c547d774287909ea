// The one place that says who may do what. Nothing reaches a topic without a name that passed here: the handlers take an
// authorized name, and only this file makes one.

import { isHubOwned, type Pattern, type Topic } from "@fanwire/protocol";
import { quoted, refusal, type Refusal } from "./refusal.ts";
import type { LiveSession } from "./session.ts";

declare const authorized: unique symbol;

/** A topic that the session may publish to. */
export type AuthorizedTopic = Topic & { readonly [authorized]: "publish" };

/** A pattern that the session may follow. */
export type AuthorizedPattern = Pattern & { readonly [authorized]: "subscribe" };

export function mayPublish(session: LiveSession, topic: Topic): AuthorizedTopic | Refusal {
  if (isHubOwned(topic) && !session.isLocal)
    return refusal(
      "forbidden",
      `Clients do not publish to ${quoted(topic)}: topics that begin with $ are the hub's own.`,
    );
  return topic as AuthorizedTopic;
}

/** Without tokens everybody may follow everything. */
export function maySubscribe(_session: LiveSession, pattern: Pattern): AuthorizedPattern | Refusal {
  return pattern as AuthorizedPattern;
}
