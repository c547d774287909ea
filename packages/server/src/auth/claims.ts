// From the payload of a verified token to claims: what `jose` does not insist on, this does.

import { utf8Length } from "@fanwire/protocol";
import { type Claims, refusal, type Refusal } from "../ports/authenticator.ts";
import { isWellFormed, levelOf, parseGrants, type ParsedGrants } from "./grants.ts";

/** What a token must keep to. Times are in milliseconds. */
export interface TokenProfile {
  readonly audience: string;
  /** exp − iat. */
  readonly ageMaxMs: number;
  /** How far clocks may differ. */
  readonly toleranceMs: number;
}

/** `sub` and `jti`, in bytes. */
const NAME_BYTES_MAX = 128;

/** An issuer's clock may be this far ahead beside the tolerance, in milliseconds. */
const AHEAD_MS = 60_000;

/** Grants that are kept to be shared; the ones that were not asked for longest go first. */
const SHARED_MAX = 1000;

export class ClaimsReader {
  readonly #profile: TokenProfile;
  /** By the claim's JSON. */
  readonly #shared = new Map<string, ParsedGrants>();

  constructor(profile: TokenProfile) {
    this.#profile = profile;
  }

  /** `time`: in milliseconds since 1970. */
  read(
    payload: Readonly<Record<string, unknown>>,
    issuer: string,
    keyId: string | null,
    time: number,
  ): Claims | Refusal {
    const { sub, jti, exp, iat, nbf } = payload;
    const fault =
      nameFault("sub", sub) ??
      (jti === undefined ? undefined : nameFault("jti", jti)) ??
      this.#timesFault(exp, iat, nbf, time);
    if (fault !== undefined) return unauthenticated(fault);
    const expiresAt = (exp as number) * 1000;
    if (expiresAt + this.#profile.toleranceMs <= time)
      return refusal("token-expired", "The token has expired; fetch a fresh one.");
    const parsed = this.#grants(payload["fanwire"]);
    if (typeof parsed === "string") return unauthenticated(parsed);
    return {
      issuer,
      subject: sub as string,
      tokenId: (jti as string | undefined) ?? null,
      keyId,
      issuedAt: (iat as number) * 1000,
      expiresAt,
      grants: parsed.grants,
      values: parsed.variables.map((name) =>
        levelOf(Object.hasOwn(payload, name) ? payload[name] : undefined),
      ),
    };
  }

  #timesFault(exp: unknown, iat: unknown, nbf: unknown, time: number): string | undefined {
    const { ageMaxMs, toleranceMs } = this.#profile;
    if (!isTime(exp)) return "The token needs exp, in whole seconds since 1970.";
    if (!isTime(iat)) return "The token needs iat, in whole seconds since 1970.";
    if (nbf !== undefined && !isTime(nbf)) return "The token's nbf must be in whole seconds.";
    if (exp <= iat) return "The token expires before it was issued.";
    if ((exp - iat) * 1000 > ageMaxMs)
      return `The token lives ${exp - iat} s, and at most ${ageMaxMs / 1000} s are allowed.`;
    if (iat * 1000 > time + toleranceMs + AHEAD_MS) return "The token was issued in the future.";
    return nbf !== undefined && nbf * 1000 > time + toleranceMs
      ? "The token is not good yet (nbf)."
      : undefined;
  }

  #grants(claim: unknown): ParsedGrants | string {
    const key = claim === undefined ? "" : JSON.stringify(claim);
    const known = this.#shared.get(key);
    if (known !== undefined) {
      this.#shared.delete(key);
      this.#shared.set(key, known);
      return known;
    }
    const parsed = parseGrants(claim);
    if (typeof parsed === "string") return parsed;
    if (this.#shared.size >= SHARED_MAX) this.#shared.delete(this.#shared.keys().next().value!);
    this.#shared.set(key, parsed);
    return parsed;
  }
}

export function unauthenticated(text: string): Refusal {
  return refusal("unauthenticated", text);
}

function nameFault(name: string, value: unknown): string | undefined {
  return typeof value === "string" &&
    value !== "" &&
    isWellFormed(value) &&
    utf8Length(value) <= NAME_BYTES_MAX
    ? undefined
    : `The token needs ${name}, a text of 1 to ${NAME_BYTES_MAX} bytes.`;
}

/** Seconds that are still safe as milliseconds. */
function isTime(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 253_402_300_799
  );
}
