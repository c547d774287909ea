// Claims as a verified token has them, and hubs that ask for tokens.

import { parseGrants, levelOf } from "../auth/grants.ts";
import type { Claims } from "./claims.ts";
import { TestHub } from "./hub.testkit.ts";
import type { Settings } from "./settings.ts";

/** When the clock of a {@link TestHub} begins, in milliseconds since 1970. */
const START = 1_700_000_000_000;

/** Claims of a token: its rights as the token spells them, and what else is not as usual. */
export function claimsOf(
  fanwire: object,
  more: Partial<Omit<Claims, "grants" | "values">> & { readonly more?: object } = {},
): Claims {
  const parsed = parseGrants(fanwire);
  if (typeof parsed === "string") throw new Error(parsed);
  const { more: others = {}, ...rest } = more;
  const claims = {
    issuer: "fanwire",
    subject: "ada",
    tokenId: "t1",
    keyId: "k1",
    issuedAt: START - 1000,
    expiresAt: START + 3_600_000,
    ...rest,
  };
  const named: Record<string, unknown> = { sub: claims.subject, ...others };
  const values = parsed.variables.map((name) => levelOf(named[name]));
  return { ...claims, grants: parsed.grants, values };
}

/** A hub that asks for tokens, and whose clock is that of their issuer. */
export function keyedHub(settings: Partial<Settings> = {}): TestHub {
  return new TestHub({ isOpen: false, tokenToleranceMs: 0, ...settings });
}
