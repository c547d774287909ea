// Who somebody is: from a token to what it says, or to why it is not good.

import type { Claims } from "../core/claims.ts";
import type { Refusal } from "../core/refusal.ts";

export type { Claims, Grant, GrantedLimits, GrantLevel, Grants, Right } from "../core/claims.ts";
export { refusal, type Refusal } from "../core/refusal.ts";
export type { Revocation } from "../core/revocations.ts";

export interface Authenticator {
  /**
   * What the token says, or why it is not good: `unauthenticated`, `token-expired`, or `internal` when that cannot be found out
   * at the moment. Never rejects. What it answers holds nothing of the token's text.
   */
  verify(token: string): Promise<Claims | Refusal>;
}
