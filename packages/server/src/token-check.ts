// Why a token is good or not, and what it allows: for people, with the same code that decides in the hub.

import { isHubOwned, isPattern, isTopic, patternFault, topicFault } from "@fanwire/protocol";
import { type AuthOptions, resolveIssuers } from "./auth-options.ts";
import { grantFor } from "./core/policy.ts";
import { isQueueName } from "./core/queues/queue-name.ts";
import { presentAt } from "./core/topics.ts";
import { Keys } from "./keys.ts";
import { resolveOptions } from "./options.ts";
import type { Claims, GrantLevel } from "./ports/authenticator.ts";
import type { Logger } from "./ports/logger.ts";

/** What was found about a token. */
export type CheckedToken =
  | { readonly isGood: false; readonly code: string; readonly reason: string }
  | {
      readonly isGood: true;
      readonly subject: string;
      readonly issuer: string;
      readonly tokenId: string | null;
      readonly keyId: string | null;
      /** In milliseconds since 1970. */
      readonly issuedAt: number;
      readonly expiresAt: number;
      /** Patterns that it grants, variables filled, by what for. */
      readonly rights: Readonly<Record<string, readonly string[]>>;
      /** Limits that it sets. */
      readonly limits: Readonly<Record<string, number>>;
      /**
       * Whether it allows to follow a pattern, to publish to a topic, to see and be among the members of topics, or to send jobs to a queue, take them or manage
       * it, and why.
       */
      can(right: CheckedRight, name: string): Decision;
    };

/** What can be asked about: of a pattern, a topic, a topic's members; or of a queue. */
export type CheckedRight = "sub" | "pub" | "presence" | "send" | "consume" | "manage";

/** An answer and its reason, as a sentence. */
export interface Decision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/** Verifies a token as a hub with these keys does. Rejects with a TypeError for options that cannot be. */
export async function checkToken(token: string, auth: AuthOptions): Promise<CheckedToken> {
  if (resolveIssuers(auth).length === 0)
    throw new TypeError("A token is checked with keys: give auth.keys or auth.jwks.");
  const keys = new Keys(resolveOptions({ auth }), silent);
  const outcome = await keys.clients.verify(token);
  return "text" in outcome
    ? { isGood: false, code: outcome.name, reason: outcome.text }
    : goodToken(outcome);
}

const silent: Logger = { info() {}, warn() {}, error() {} };

function goodToken(claims: Claims): CheckedToken {
  const { grants, values, ...told } = claims;
  const rights = Object.entries(grants.rights).filter(([, list]) => list.length > 0);
  return {
    isGood: true,
    ...told,
    rights: Object.fromEntries(
      rights.map(([right, list]) => [right, list.map(({ levels }) => filled(levels, values))]),
    ),
    limits: { ...grants.limits },
    can: (right, name) => decide(claims, right, name),
  };
}

/** The pattern as it is for this bearer. */
function filled(levels: readonly GrantLevel[], values: Claims["values"]): string {
  return levels
    .map((level) => (typeof level === "string" ? level : (values[level] ?? "{nobody}")))
    .join(".");
}

function decide(claims: Claims, right: CheckedRight, name: string): Decision {
  // who is there is followed by the right to be there
  const members = right === "sub" ? presentAt(name) : undefined;
  if (members !== undefined) return decide(claims, "presence", members);
  const fault = faultOf(right, name);
  if (fault !== undefined) return no(`${JSON.stringify(name)} is no ${fault}.`);
  if (right === "pub" && isHubOwned(name))
    return no("Topics that begin with $ are the hub's own: nobody publishes there.");
  const granted = isOfQueues(right) ? (`queue.${right}` as const) : right;
  const grant = grantFor(claims, granted, name as never);
  if (grant !== undefined)
    return { isAllowed: true, reason: `${right} ${grant.text} covers ${name}.` };
  const list = claims.grants.rights[granted].map(({ text }) => text);
  return no(
    list.length === 0
      ? `The token grants no ${right} at all.`
      : `None of its ${right} patterns covers all of ${name}: ${list.join(", ")}.`,
  );
}

function isOfQueues(right: CheckedRight): right is "send" | "consume" | "manage" {
  return right === "send" || right === "consume" || right === "manage";
}

/** Why it is no name of what the right is about; undefined: it is one. */
function faultOf(right: CheckedRight, name: string): string | undefined {
  if (isOfQueues(right))
    return isQueueName(name)
      ? undefined
      : "name of a queue: it is one level of a topic, and does not begin with $";
  if (right === "pub") return isTopic(name) ? undefined : `topic: ${topicFault(name)}`;
  return isPattern(name) ? undefined : `pattern: ${patternFault(name)}`;
}

function no(reason: string): Decision {
  return { isAllowed: false, reason };
}
