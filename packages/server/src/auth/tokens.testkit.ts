// Makes keys, and tokens of every kind: good ones, and ones that no honest issuer makes. They are put together byte by byte, so that
// nothing stands between a test and a bad idea.

import {
  constants,
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import type { Claims, Refusal } from "../ports/authenticator.ts";
import type { TokenProfile } from "./claims.ts";
import { JwtAuthenticator } from "./jwt-authenticator.ts";
import { type Algorithm, importKey, type VerificationKey } from "./key.ts";
import { KeySet, type KeySource } from "./key-set.ts";

/** When tests take place, in seconds since 1970. */
export const now = 1_800_000_000;

/** A key of an issuer, and the way it signs. */
export interface Signer {
  readonly algorithm: Algorithm;
  readonly kid: string;
  /** What a hub is given: the public half, or the secret. */
  readonly jwk: JsonWebKey;
  /** The private half, or the secret. */
  readonly privateJwk: JsonWebKey;
  /** The public half in PEM; undefined for secrets. */
  readonly pem: string | undefined;
  readonly sign: (input: string) => Buffer;
}

export function signerOf(algorithm: Algorithm, kid: string = algorithm): Signer {
  if (algorithm === "HS256") {
    const secret = randomBytes(32);
    const jwk = { kty: "oct", k: secret.toString("base64url"), kid };
    const signer = { algorithm, kid, jwk, privateJwk: jwk, pem: undefined };
    return { ...signer, sign: (input) => hmac(secret, input) };
  }
  const { publicKey, privateKey } = pairOf(algorithm);
  return {
    algorithm,
    kid,
    jwk: { ...publicKey.export({ format: "jwk" }), alg: algorithm, kid },
    privateJwk: { ...privateKey.export({ format: "jwk" }), alg: algorithm, kid },
    pem: publicKey.export({ type: "spki", format: "pem" }) as string,
    sign: (input) => signatureOf(algorithm, privateKey, input),
  };
}

function pairOf(algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** Signs as the algorithm says, with a key that it may not be meant for. */
export function signatureOf(algorithm: string, key: KeyObject, input: string): Buffer {
  const bytes = Buffer.from(input);
  switch (algorithm) {
    case "EdDSA":
      return sign(null, bytes, key);
    case "ES256":
      return sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" });
    case "PS256":
      return sign("sha256", bytes, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      });
    default:
      return sign("sha256", bytes, key);
  }
}

export function hmac(secret: string | Uint8Array, input: string): Buffer {
  return createHmac("sha256", secret).update(input).digest();
}

/** Claims that a hub takes, but for those that are given. */
export function claimsWith(claims: Record<string, unknown> = {}): Record<string, unknown> {
  return { iss: "fanwire", aud: "fanwire", sub: "ada", iat: now, exp: now + 3600, ...claims };
}

/** What goes into a part of a token: an object as JSON, or a text as it is. */
export type Part = object | string;

export function part(value: Part): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString(
    "base64url",
  );
}

/** A token of any header and payload, with a signature over both. */
export function compact(
  header: Part,
  payload: Part,
  signature: (input: string) => Uint8Array,
): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${Buffer.from(signature(input)).toString("base64url")}`;
}

/** A token that is signed as its issuer does it; `header` and `claims` replace what an honest one would hold. */
export function tokenOf(signer: Signer, claims: object = {}, header: object = {}): string {
  const full = { alg: signer.algorithm, kid: signer.kid, typ: "JWT", ...header };
  return compact(full, claimsWith({ ...claims }), signer.sign);
}

function isSigner(key: Signer | JsonWebKey): key is Signer {
  return "jwk" in key;
}

/** Keys that may be replaced, and that count how often one was looked up. */
export class Source implements KeySource {
  keys: KeySet;
  lookups = 0;

  constructor(...keys: readonly (Signer | JsonWebKey)[]) {
    this.keys = new KeySet(keys.map((key) => importKey(isSigner(key) ? key.jwk : key)));
  }

  find(id: string | undefined, algorithm: string): Promise<VerificationKey | undefined> {
    this.lookups++;
    return Promise.resolve(this.keys.find(id, algorithm));
  }

  has(key: VerificationKey): boolean {
    return this.keys.has(key);
  }
}

/** What verifies tokens, at a time that the test moves. */
export class Gate {
  /** In milliseconds since 1970. */
  time: number = now * 1000;
  readonly #authenticator: JwtAuthenticator;

  constructor(
    source: KeySource | ReadonlyMap<string, KeySource>,
    profile: Partial<TokenProfile> = {},
  ) {
    this.#authenticator = new JwtAuthenticator(
      source instanceof Map ? source : new Map([["fanwire", source as KeySource]]),
      { audience: "fanwire", ageMaxMs: 86_400_000, toleranceMs: 10_000, ...profile },
      () => this.time,
    );
  }

  verify(token: string): Promise<Claims | Refusal> {
    return this.#authenticator.verify(token);
  }

  /** The refusal, of which nothing may be the token's. */
  async refusalOf(token: string): Promise<Refusal> {
    const answer = await this.verify(token);
    if (!("text" in answer)) throw new Error("The token was found good.");
    for (const piece of token.split("."))
      if (piece.length >= 8 && answer.text.includes(piece.slice(0, 256)))
        throw new Error(`The refusal quotes the token: ${answer.text}`);
    return answer;
  }

  async claimsOf(token: string): Promise<Claims> {
    const answer = await this.verify(token);
    if ("text" in answer) throw new Error(`The token was refused: ${answer.text}`);
    return answer;
  }
}
