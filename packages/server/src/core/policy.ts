// The one place that says who may do what. Nothing reaches a topic without a name that passed here: the handlers take an
// authorized name, and only this file makes one.

import { coversLevels, hasWildcard, isHubOwned, type Pattern, type Topic } from "@fanwire/protocol";
import type { Claims, Grant, Right } from "./claims.ts";
import type { Counts } from "./counts.ts";
import { jobFollowedBy } from "./jobs/telling.ts";
import { quoted, refusal, type Refusal } from "./refusal.ts";
import type { LiveSession } from "./session.ts";
import { presentAt } from "./topics.ts";

declare const authorized: unique symbol;

/** A topic that the session may publish to. */
export type AuthorizedTopic = Topic & { readonly [authorized]: "publish" };

/** A pattern that the session may follow. */
export type AuthorizedPattern = Pattern & { readonly [authorized]: "subscribe" };

/** A queue that the session may use in one way. */
export type AuthorizedQueue = string & { readonly [authorized]: QueueRight };

/** What may be done with a queue. */
export type QueueRight = "queue.send" | "queue.consume" | "queue.manage";

/** What is asked, and counted, when somebody wants to follow something. */
export interface Deciding {
  readonly counts: Counts;
  readonly queues: {
    /** Whether the subject has sent the job that the id stands for, as far as that is remembered. */
    hasSent(subject: string, id: string): boolean;
  };
}

const VERBS: Readonly<Record<"sub" | "pub" | "presence" | QueueRight, string>> = {
  sub: "subscribe to",
  pub: "publish to",
  presence: "see or be among the members of",
  "queue.send": "send to the queue",
  "queue.consume": "take jobs of the queue",
  "queue.manage": "manage the queue",
};

/** What happens in a queue is told there. */
const QUEUE = "$queue";

export function mayPublish(
  counts: Counts,
  session: LiveSession,
  topic: Topic,
): AuthorizedTopic | Refusal {
  if (isHubOwned(topic) && !session.isLocal)
    return refusal(
      "forbidden",
      `Clients do not publish to ${quoted(topic)}: topics that begin with $ are the hub's own.`,
    );
  return whyNot(counts, session, "pub", topic) ?? (topic as AuthorizedTopic);
}

export function maySubscribe(
  deciding: Deciding,
  session: LiveSession,
  pattern: Pattern,
): AuthorizedPattern | Refusal {
  return whyNotSubscribe(deciding, session, pattern) ?? (pattern as AuthorizedPattern);
}

function whyNotSubscribe(
  { counts, queues }: Deciding,
  session: LiveSession,
  pattern: Pattern,
): Refusal | undefined {
  const members = presentAt(pattern);
  if (members !== undefined) return whyNot(counts, session, "presence", members as Pattern);
  const [first, name] = pattern.split(".", 2);
  if (first === QUEUE && name !== undefined && name !== "**")
    return whyNot(counts, session, "queue.manage", name as Pattern);
  const { claims } = session;
  const job = jobFollowedBy(pattern);
  if (job !== undefined && claims !== null && !session.isExpired)
    if (queues.hasSent(claims.subject, job)) return undefined;
  return whyNot(counts, session, "sub", pattern);
}

/** Whether the session may use a queue in this way. */
export function mayUseQueue(
  { counts }: Pick<Deciding, "counts">,
  session: LiveSession,
  right: QueueRight,
  name: string,
): AuthorizedQueue | Refusal {
  return whyNot(counts, session, right, name as Pattern) ?? (name as AuthorizedQueue);
}

/** Whether the session may be a member of a topic, given the topic where its members are. */
export function mayBePresent(
  deciding: Deciding,
  session: LiveSession,
  name: Topic,
): AuthorizedPattern | Refusal {
  return maySubscribe(deciding, session, name);
}

/** What the session may do no more, whatever its token granted; undefined when its token is good. */
export function whyNotNow(session: LiveSession): Refusal | undefined {
  return session.isExpired
    ? refusal("token-expired", "The token has expired; fetch a fresh one.")
    : undefined;
}

/**
 * The grant that allows it: the first whose pattern covers the name. There are no rules that deny, and no two grants allow together what
 * neither allows alone.
 */
export function grantFor(claims: Claims, right: Right, name: Pattern): Grant | undefined {
  const levels = name.split(".");
  return claims.grants.rights[right].find((grant) => grants(grant, claims.values, levels));
}

/** Whether a grant names the topic itself, so that its bearer cannot make up others. */
export function isGrantedByName(
  session: LiveSession,
  right: "sub" | "pub" | "presence",
  topic: Topic,
): boolean {
  const { claims } = session;
  if (claims === null) return true;
  const levels = topic.split(".");
  return claims.grants.rights[right].some(
    (grant) => !grant.isWild && grants(grant, claims.values, levels),
  );
}

function whyNot(
  counts: Counts,
  session: LiveSession,
  right: "sub" | "pub" | "presence" | QueueRight,
  name: Pattern,
): Refusal | undefined {
  counts.decisions++;
  const { claims } = session;
  if (claims === null) return undefined; // open, or the hub itself
  const why = whyNotNow(session);
  if (why !== undefined) return why;
  return grantFor(claims, right, name) === undefined
    ? refusal(
        "forbidden",
        `The token does not allow to ${VERBS[right]} ${quoted(name)}${hasWildcard(name) ? ": one granted pattern must cover all of it" : ""}.`,
      )
    : undefined;
}

/** A value stands for exactly one level, and never for the hub's own first one. */
function grants(
  { levels }: Grant,
  values: readonly (string | null)[],
  name: readonly string[],
): boolean {
  const wide: string[] = [];
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    const text = typeof level === "string" ? level : values[level]!;
    if (text === null || (i === 0 && typeof level === "number" && isHubOwned(text))) return false;
    wide.push(text);
  }
  return coversLevels(wide, name);
}
