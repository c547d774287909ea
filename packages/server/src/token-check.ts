// Why a token is good or not, and what it allows: for people, with the same code that decides in the hub.

import { isHubOwned, isPattern, isTopic, patternFault, topicFault } from "@fanwire/protocol";
import { type AuthOptions, resolveIssuers } from "./auth-options.ts";
import { grantFor } from "./core/policy.ts";
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
      /** Whether it allows to follow a pattern, to publish to a topic, or to see and be among the members of topics, and why. */
      can(right: CheckedRight, name: string): Decision;
    };

/** What can be asked about. */
export type CheckedRight = "sub" | "pub" | "presence";

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
  const fault =
    right === "pub" ? isTopic(name) || topicFault(name) : isPattern(name) || patternFault(name);
  if (typeof fault === "string")
    return no(`${JSON.stringify(name)} is no ${right === "pub" ? "topic" : "pattern"}: ${fault}.`);
  if (right === "pub" && isHubOwned(name))
    return no("Topics that begin with $ are the hub's own: nobody publishes there.");
  const grant = grantFor(claims, right, name as never);
  if (grant !== undefined)
    return { isAllowed: true, reason: `${right} ${grant.text} covers ${name}.` };
  const list = claims.grants.rights[right].map(({ text }) => text);
  return no(
    list.length === 0
      ? `The token grants no ${right} at all.`
      : `None of its ${right} patterns covers all of ${name}: ${list.join(", ")}.`,
  );
}

function no(reason: string): Decision {
  return { isAllowed: false, reason };
}
