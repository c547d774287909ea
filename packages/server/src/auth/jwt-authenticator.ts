// Tokens: JSON Web Tokens, verified by `jose` and held to the profile of `claims.ts`. At most a few are verified at a time, so that a
// storm of logins leaves the threads of the process to others; what was verified is remembered while it is good.

import { createHash } from "node:crypto";
import { errors, jwtVerify } from "jose";
import { type Authenticator, type Claims, refusal, type Refusal } from "../ports/authenticator.ts";
import { ClaimsReader, type TokenProfile, unauthenticated } from "./claims.ts";
import { look, type Unverified } from "./compact.ts";
import { type KeySource, KeysUnavailable } from "./key-set.ts";
import type { VerificationKey } from "./key.ts";

/** Tokens that are verified at a time. */
const AT_A_TIME = 8;

/** Verified tokens that are remembered; those that were not seen longest go first. */
const REMEMBERED_MAX = 10_000;

interface Verified {
  readonly claims: Claims;
  readonly source: KeySource;
  readonly key: VerificationKey;
}

export class JwtAuthenticator implements Authenticator {
  readonly #issuers: ReadonlyMap<string, KeySource>;
  readonly #profile: TokenProfile;
  readonly #reader: ClaimsReader;
  readonly #time: () => number;
  /** By the SHA-256 of the token: what lies in memory is no token. */
  readonly #verified = new Map<string, Verified>();
  readonly #inFlight = new Map<string, Promise<Claims | Refusal>>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** `issuers`: the keys of each, by name. */
  constructor(
    issuers: ReadonlyMap<string, KeySource>,
    profile: TokenProfile,
    time: () => number = Date.now,
  ) {
    this.#issuers = issuers;
    this.#profile = profile;
    this.#reader = new ClaimsReader(profile);
    this.#time = time;
  }

  async verify(token: string): Promise<Claims | Refusal> {
    const seen = look(token);
    if (typeof seen === "string") return unauthenticated(seen);
    const source = this.#issuers.get(seen.issuer);
    if (source === undefined)
      return unauthenticated("The token is of an issuer that this hub does not know.");
    const digest = createHash("sha256").update(token).digest("base64");
    const known = this.#remembered(digest);
    if (known !== undefined) return known;
    let flight = this.#inFlight.get(digest);
    if (flight === undefined) {
      flight = this.#verify(token, digest, seen, source).finally(() =>
        this.#inFlight.delete(digest),
      );
      this.#inFlight.set(digest, flight);
    }
    return flight;
  }

  #remembered(digest: string): Claims | undefined {
    const verified = this.#verified.get(digest);
    if (verified === undefined) return undefined;
    this.#verified.delete(digest);
    const { claims, source, key } = verified;
    if (claims.expiresAt <= this.#time() || !source.has(key)) return undefined;
    this.#verified.set(digest, verified);
    return claims;
  }

  async #verify(
    token: string,
    digest: string,
    { algorithm, keyId, issuer }: Unverified,
    source: KeySource,
  ): Promise<Claims | Refusal> {
    try {
      const key = await source.find(keyId, algorithm);
      if (key === undefined) return unauthenticated("The token is signed by no key of its issuer.");
      const payload = await this.#inTurn(() => this.#payloadOf(token, key, issuer));
      const claims = this.#reader.read(payload, issuer, key.id, this.#time());
      if (!("text" in claims)) this.#remember(digest, { claims, source, key });
      return claims;
    } catch (error) {
      return refusalOf(error);
    }
  }

  async #payloadOf(token: string, { key, algorithm }: VerificationKey, issuer: string) {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience: this.#profile.audience,
      requiredClaims: ["iss", "aud", "sub", "exp", "iat"],
      clockTolerance: this.#profile.toleranceMs / 1000,
      currentDate: new Date(this.#time()),
    });
    return payload;
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_A_TIME)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #remember(digest: string, verified: Verified): void {
    if (this.#verified.size >= REMEMBERED_MAX)
      this.#verified.delete(this.#verified.keys().next().value!);
    this.#verified.set(digest, verified);
  }
}

/** What `jose` found, in sentences that hold nothing of the token. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof KeysUnavailable)
    return refusal(
      "internal",
      "The keys of the token's issuer cannot be had at the moment; try again.",
      5000,
    );
  if (error instanceof errors.JWTExpired)
    return refusal("token-expired", "The token has expired; fetch a fresh one.");
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthenticated(CLAIMS[error.claim] ?? "A claim of the token is missing or wrong.");
  return error instanceof errors.JOSEError
    ? unauthenticated("The token's signature is not good.")
    : refusal("internal", "The token could not be verified; try again.", 1000);
}

const CLAIMS: Readonly<Record<string, string>> = {
  aud: "The token is for another audience (aud).",
  iss: "The token is of another issuer (iss).",
  sub: "The token needs sub, the subject.",
  exp: "The token needs exp, in whole seconds since 1970.",
  iat: "The token needs iat, in whole seconds since 1970.",
  nbf: "The token is not good yet (nbf).",
};
