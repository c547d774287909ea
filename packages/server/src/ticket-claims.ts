// What a program says of somebody that it gives a ticket: the claims of a token, without the token.

import { ClaimsReader } from "./auth/claims.ts";
import type { Claims } from "./ports/authenticator.ts";

/** Claims of a token (RFC 7519, section 4.1), of which a ticket needs the subject alone. */
export interface TicketClaims {
  /** The subject, 1 to 128 bytes. */
  readonly sub: string;
  /** When the session ends, in seconds since 1970. Default: an hour from now. */
  readonly exp?: number;
  /** The rights. */
  readonly fanwire?: object;
  /** What stands for variables of the rights. */
  readonly [claim: string]: unknown;
}

/** How long a session lasts that nothing is said of, in seconds. */
const LIFE_S = 3600;

/** Throws a TypeError that says what is wrong with them. */
export function ticketClaims(claims: TicketClaims, issuer: string, ageMaxMs: number): Claims {
  const time = Date.now();
  const iat = Math.floor(time / 1000);
  const life = Math.min(LIFE_S, Math.floor(ageMaxMs / 1000));
  const reader = new ClaimsReader({ audience: "", ageMaxMs, toleranceMs: 0 });
  const read = reader.read({ ...claims, iat, exp: claims.exp ?? iat + life }, issuer, null, time);
  if ("text" in read) throw new TypeError(read.text.replace("The token", "A ticket"));
  return read;
}
