// Tokens that a world makes and understands: nothing is signed, all else is as with real ones.

import {
  type Claims,
  ClaimsReader,
  type Refusal,
  type Settings,
  unauthenticated,
} from "@fanwire/server/inside";
import type { TokenClaims } from "@fanwire/server";

export class Tokens {
  readonly #reader: ClaimsReader;
  readonly #time: () => number;
  readonly #made = new Map<string, Readonly<Record<string, unknown>>>();

  /** `time`: in milliseconds since 1970. */
  constructor({ tokenAgeMaxMs, tokenToleranceMs }: Settings, time: () => number) {
    this.#reader = new ClaimsReader({
      audience: "",
      ageMaxMs: tokenAgeMaxMs,
      toleranceMs: tokenToleranceMs,
    });
    this.#time = time;
  }

  /** Throws a TypeError for what no hub would take. */
  make({ ttl = 3600, jti = `token-${this.#made.size + 1}`, ...claims }: TokenClaims): string {
    const iat = Math.floor(this.#time() / 1000);
    const payload = { ...claims, jti, iat, exp: iat + ttl };
    const outcome = this.#read(payload);
    if ("text" in outcome) throw new TypeError(outcome.text);
    const token = `testing.${claims.sub}.${this.#made.size + 1}`;
    this.#made.set(token, payload);
    return token;
  }

  verify(token: string): Claims | Refusal {
    const payload = this.#made.get(token);
    return payload ? this.#read(payload) : unauthenticated("This world has not made that token.");
  }

  #read(payload: Readonly<Record<string, unknown>>): Claims | Refusal {
    return this.#reader.read(payload, "fanwire", null, this.#time());
  }
}
