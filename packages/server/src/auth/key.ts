// A key that verifies tokens. Each is for exactly one algorithm, which it gets when it is imported and not from a token: so a public key
// is never a secret, and no token chooses how it is looked at (RFC 8725, section 3.1).

import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";

/** The algorithms of tokens (RFC 7518, section 3.1; RFC 8037). */
export const algorithms = ["EdDSA", "ES256", "RS256", "PS256", "HS256"] as const;

/** The name of one, as `alg` says it. */
export type Algorithm = (typeof algorithms)[number];

/** A key as a program gives it: a JSON Web Key, public or private, or a text in PEM, or a secret of at least 32 bytes. */
export type KeyInput =
  | JsonWebKey
  | { readonly pem: string; readonly alg?: Algorithm; readonly kid?: string }
  | { readonly secret: string | Uint8Array; readonly kid?: string };

export interface VerificationKey {
  /** `kid` of the tokens that it signed; null: of those that name none. */
  readonly id: string | null;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
  /** It can also sign: whoever reads it makes tokens. */
  readonly isPrivate: boolean;
}

/** Shorter secrets can be guessed from one token (RFC 7518, section 3.2). */
const secretBytesMin = 32;

/** Shorter moduli are no longer safe (RFC 7518, section 3.3). */
const RSA_BITS_MIN = 2048;

/** `kid`, in characters. It is only compared. */
const keyIdMax = 128;

/** Imports a key. Throws a TypeError that says what is wrong, without a byte of the key. */
export function importKey(input: KeyInput): VerificationKey {
  if (typeof input !== "object" || input === null)
    throw new TypeError("A key must be an object: a JSON Web Key, { pem } or { secret }.");
  const id = keyIdOf((input as { kid?: unknown }).kid);
  if ("pem" in input) return importPem(input.pem as string, input.alg, id);
  if ("secret" in input) return importSecret(input.secret, id);
  return importJwk(input, id);
}

function keyIdOf(kid: unknown): string | null {
  if (kid === undefined) return null;
  if (typeof kid !== "string" || kid === "" || kid.length > keyIdMax)
    throw new TypeError(`kid must be a text of at most ${keyIdMax} characters.`);
  return kid;
}

function importSecret(secret: unknown, id: string | null): VerificationKey {
  if (typeof secret !== "string" && !(secret instanceof Uint8Array))
    throw new TypeError("A secret must be a text or bytes.");
  const bytes = Buffer.from(secret as Uint8Array);
  if (bytes.includes("-----BEGIN"))
    throw new TypeError("A PEM is no secret: give it as { pem }, so that it stays a public key.");
  if (bytes.length < secretBytesMin)
    throw new TypeError(
      `A secret must have at least ${secretBytesMin} bytes, not ${bytes.length}. Make one with: fanwire keys new --alg HS256.`,
    );
  return { id, algorithm: "HS256", key: createSecretKey(bytes), isPrivate: true };
}

function importPem(pem: string, alg: unknown, id: string | null): VerificationKey {
  const isPrivate = typeof pem === "string" && pem.includes("PRIVATE KEY");
  return asymmetric(() => createPublicKey(pem), alg, id, isPrivate, "The PEM");
}

function importJwk(jwk: JsonWebKey, id: string | null): VerificationKey {
  if (jwk["use"] !== undefined && jwk["use"] !== "sig")
    throw new TypeError(`The key is for use ${JSON.stringify(jwk["use"])}, not for signatures.`);
  if (jwk["key_ops"] !== undefined && !isForSignatures(jwk["key_ops"]))
    throw new TypeError("The key's key_ops name neither verify nor sign.");
  if (jwk.kty !== "oct")
    return asymmetric(
      () => createPublicKey({ key: jwk, format: "jwk" }),
      jwk["alg"],
      id,
      jwk.d !== undefined,
      "The JSON Web Key",
    );
  if (typeof jwk.k !== "string") throw new TypeError("A JSON Web Key of type oct needs k.");
  if (jwk["alg"] !== undefined && jwk["alg"] !== "HS256")
    throw new TypeError("A secret is for HS256 only.");
  return importSecret(Buffer.from(jwk.k, "base64url"), id);
}

/** RFC 7517, section 4.3. */
function isForSignatures(operations: unknown): boolean {
  return (
    Array.isArray(operations) && (operations.includes("verify") || operations.includes("sign"))
  );
}

function asymmetric(
  read: () => KeyObject,
  alg: unknown,
  id: string | null,
  isPrivate: boolean,
  what: string,
): VerificationKey {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new TypeError(`${what} cannot be read.`);
  }
  const possible = algorithmsOf(key);
  if (possible.length === 0)
    throw new TypeError(
      `${what} is of a kind that signs no tokens here: it must be Ed25519, P-256, or RSA of at least ${RSA_BITS_MIN} bits.`,
    );
  const algorithm = alg === undefined ? possible[0]! : possible.find((name) => name === alg);
  if (algorithm === undefined)
    throw new TypeError(`${what} is for ${possible.join(" or ")}, not for ${JSON.stringify(alg)}.`);
  return { id, algorithm, key, isPrivate };
}

/** What a public key can verify; the first is meant when nothing is said. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm[] {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case "ed25519":
      return ["EdDSA"];
    case "ec":
      return namedCurve === "prime256v1" ? ["ES256"] : [];
    case "rsa":
      return modulusLength >= RSA_BITS_MIN ? ["RS256", "PS256"] : [];
    default:
      return [];
  }
}
