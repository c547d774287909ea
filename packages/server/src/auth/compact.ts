// The look of a token before anything is verified: cheap, so that whatever is no token costs nothing (RFC 7515, section 7.1; RFC 8725).

/** A token, in bytes. Looked at before anything is parsed. */
export const tokenBytesMax = 4096;

/** What a token says of itself, which nobody has verified. */
export interface Unverified {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly issuer: string;
}

/** Three parts of base64url; five would be encrypted, which is nothing that the hub takes. */
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/u;

/** What stands in a header; anything else would be asked to be understood, or brings a key along. */
const HEADER: ReadonlySet<string> = new Set(["alg", "kid", "typ"]);

/** Types of tokens that are meant for whoever asks for access (RFC 7519, section 5.1; RFC 9068, section 2.1). */
const TYPES: ReadonlySet<string> = new Set(["jwt", "at+jwt", "fanwire+jwt"]);

/** Reads what is needed to choose a key. Returns what is wrong as a sentence, which quotes nothing of the token. */
export function look(token: string): Unverified | string {
  if (token.length > tokenBytesMax)
    return `The token has ${token.length} bytes and ${tokenBytesMax} are allowed.`;
  const parts = COMPACT.exec(token);
  if (parts === null)
    return "The token is no JSON Web Token: three parts of base64url with dots between.";
  const header = objectIn(parts[1]!);
  const claims = objectIn(parts[2]!);
  if (header === undefined || claims === undefined)
    return "The token is no JSON Web Token: its parts are no JSON objects.";
  return headerFault(header) ?? unverified(header, claims);
}

function headerFault(header: Record<string, unknown>): string | undefined {
  const { alg, kid, typ } = header;
  if (Object.keys(header).some((key) => !HEADER.has(key)))
    return "The token's header may hold alg, kid and typ, and nothing else.";
  if (typeof alg !== "string") return "The token's header needs alg.";
  if (kid !== undefined && (typeof kid !== "string" || kid.length > 128))
    return "The token's kid must be a text of at most 128 characters.";
  return typ === undefined ||
    (typeof typ === "string" && TYPES.has(typ.toLowerCase().replace(/^application\//u, "")))
    ? undefined
    : "The token is of another type: typ must be JWT, at+jwt or fanwire+jwt.";
}

function unverified(
  header: Record<string, unknown>,
  { iss }: Record<string, unknown>,
): Unverified | string {
  if (typeof iss !== "string") return "The token needs iss, the issuer.";
  return {
    algorithm: header["alg"] as string,
    keyId: header["kid"] as string | undefined,
    issuer: iss,
  };
}

function objectIn(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
