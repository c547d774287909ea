// Makes tokens and keys: for programs that serve pages, for the command line, and for tests.

import {
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { calculateJwkThumbprint, SignJWT } from "jose";
import { tokenBytesMax } from "./compact.ts";
import { parseGrants } from "./grants.ts";
import { type Algorithm, importKey, type KeyInput } from "./key.ts";

/** What a token says (RFC 7519, section 4.1). Claims beside these stand for variables of the rights. */
export interface TokenClaims {
  /** The subject, 1 to 128 bytes. */
  readonly sub: string;
  /** How long it is good, in seconds. Default 3,600; a hub takes at most 24 hours unless it is told otherwise. */
  readonly ttl?: number;
  /** The issuer. Default "fanwire". */
  readonly iss?: string;
  /** The audience. Default "fanwire". */
  readonly aud?: string;
  /** An id by which it can be revoked. Default: a random one. */
  readonly jti?: string;
  /** The rights. Default: none. */
  readonly fanwire?: object;
  readonly [claim: string]: unknown;
}

/**
 * Signs a token. `key`: a private JSON Web Key, a private key in PEM, or a secret. Throws a TypeError for a key that cannot sign, for
 * rights that no hub would understand, and for more than 4 KiB.
 */
export async function signToken(key: KeyInput, claims: TokenClaims): Promise<string> {
  const { id, algorithm } = importKey(key);
  const { ttl = 3600, iss = "fanwire", aud = "fanwire", jti = randomId(), ...rest } = claims;
  if (!Number.isSafeInteger(ttl) || ttl < 1)
    throw new TypeError("ttl must be a whole number of seconds, at least 1.");
  const parsed = parseGrants(rest.fanwire);
  if (typeof parsed === "string") throw new TypeError(parsed);
  const iat = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ ...rest, iss, aud, jti, iat, exp: iat + ttl })
    .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(id !== null && { kid: id }) })
    .sign(signingKey(key));
  if (token.length > tokenBytesMax)
    throw new TypeError(
      `The token would have ${token.length} bytes, and ${tokenBytesMax} are allowed: grant by wider patterns.`,
    );
  return token;
}

/** A new key, as a JSON Web Key: private, so whoever has it makes tokens. Its `kid` is its thumbprint (RFC 7638). */
export async function newKey(algorithm: Algorithm = "EdDSA"): Promise<JsonWebKey> {
  const jwk = freshKey(algorithm);
  const kid = await calculateJwkThumbprint(jwk);
  return { ...jwk, alg: algorithm, use: "sig", kid: kid.slice(0, 16) };
}

/** The public half of a JSON Web Key, which verifies tokens and makes none. Throws a TypeError for a secret, which has none. */
export function publicKeyOf(key: JsonWebKey): JsonWebKey {
  const { alg, use, kid } = key as Record<string, string>;
  const imported = importKey(key);
  if (imported.key.type === "secret")
    throw new TypeError("A secret has no public half: a hub needs the secret itself.");
  return {
    ...imported.key.export({ format: "jwk" }),
    ...(alg && { alg }),
    ...(use && { use }),
    ...(kid && { kid }),
  };
}

function freshKey(algorithm: Algorithm): JsonWebKey {
  switch (algorithm) {
    case "HS256":
      return { kty: "oct", k: randomBytes(32).toString("base64url") };
    case "EdDSA":
      return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
        format: "jwk",
      });
    case "RS256":
    case "PS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
        format: "jwk",
      });
  }
}

function signingKey(key: KeyInput): KeyObject {
  try {
    if ("secret" in key) return createSecretKey(Buffer.from(key.secret as Uint8Array));
    if ("pem" in key) return createPrivateKey(key.pem as string);
    if (key["kty"] === "oct") return createSecretKey(Buffer.from(key["k"] as string, "base64url"));
    return createPrivateKey({ key, format: "jwk" });
  } catch {
    throw new TypeError("The key can verify and not sign: the private key is needed.");
  }
}

function randomId(): string {
  return randomBytes(9).toString("base64url");
}
