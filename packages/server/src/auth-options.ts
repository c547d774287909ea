// Whose tokens the hub takes: part of the configuration that is no single value.

import type { KeyInput } from "./auth/key.ts";

/** Which tokens are good. Without any key the hub is open, and then serves its own machine only. */
export interface AuthOptions {
  /** Keys that verify tokens: JSON Web Keys, PEMs or secrets, or paths of files with such. Files are read again when they change. */
  readonly keys?: readonly (KeyInput | string)[];
  /** Where the issuer publishes its keys: an https URL of a JSON Web Key Set. Instead of `keys`. */
  readonly jwks?: string;
  /** The issuer (`iss`) of tokens that these keys verify. Default "fanwire". */
  readonly issuer?: string;
  /** More issuers, each with keys of its own. */
  readonly issuers?: readonly IssuerOptions[];
  /** The audience (`aud`) that a token must name. Default "fanwire"; with "-admin" behind it for those who revoke. */
  readonly audience?: string;
  /** The longest life of a token (exp − iat), in milliseconds. Default 24 hours. */
  readonly tokenAgeMaxMs?: number;
  /** How far clocks may differ, in milliseconds. Default 10,000. */
  readonly tokenToleranceMs?: number;
  /** How long a session goes on after its token has expired, in milliseconds. Default 25,000. */
  readonly tokenGraceMs?: number;
}

/** An issuer of tokens and its keys. */
export interface IssuerOptions {
  /** `iss`. */
  readonly issuer: string;
  readonly keys?: readonly (KeyInput | string)[];
  /** An https URL of a JSON Web Key Set. Instead of `keys`. */
  readonly jwks?: string;
}

/** An issuer that was checked: it has keys, or a place to fetch them from. */
export type Issuer = { readonly issuer: string } & (
  | { readonly keys: readonly (KeyInput | string)[] }
  | { readonly jwks: URL }
);

/**
 * Checks the issuers; null stands for what is left out, as it may in a file. Throws a TypeError that names the option and what is
 * wrong with it. The keys themselves are looked at later.
 */
export function resolveIssuers({ issuer, keys, jwks, issuers }: AuthOptions): Issuer[] {
  const resolved: Issuer[] = [];
  if ((keys ?? []).length > 0 || (jwks ?? undefined) !== undefined)
    resolved.push(resolveIssuer({ issuer: issuer ?? "fanwire", keys, jwks }, "auth"));
  if (issuers !== undefined && !Array.isArray(issuers))
    throw new TypeError("auth.issuers must be a list.");
  for (const [i, one] of (issuers ?? []).entries())
    resolved.push(resolveIssuer(one as Partial<IssuerOptions>, `auth.issuers[${i}]`));
  const names = resolved.map((one) => one.issuer);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new TypeError(
      `auth has the issuer ${JSON.stringify(twice)} twice: give it all its keys in one place.`,
    );
  return resolved;
}

function resolveIssuer(
  given: { readonly [K in keyof IssuerOptions]?: IssuerOptions[K] | undefined },
  where: string,
): Issuer {
  if (typeof given !== "object" || given === null)
    throw new TypeError(
      `${where} must be an object like { "issuer": "https://login.example", "keys": ["keys.json"] }.`,
    );
  for (const key of Object.keys(given))
    if (key !== "issuer" && key !== "keys" && key !== "jwks")
      throw new TypeError(
        `${where} has no ${JSON.stringify(key)}: it may hold issuer, keys and jwks.`,
      );
  const { issuer } = given;
  const keys: unknown = given.keys ?? [];
  const jwks: unknown = given.jwks ?? undefined;
  if (typeof issuer !== "string" || issuer === "")
    throw new TypeError(`${where}.issuer must be a text, the iss of its tokens.`);
  if (!Array.isArray(keys)) throw new TypeError(`${where}.keys must be a list.`);
  if ((keys.length === 0) === (jwks === undefined))
    throw new TypeError(`${where} needs keys or jwks, and not both.`);
  return jwks === undefined ? { issuer, keys } : { issuer, jwks: jwksUrl(jwks, where) };
}

function jwksUrl(text: unknown, where: string): URL {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && url.username === "" && url.password === "") return url;
  throw new TypeError(
    `${where}.jwks must be an https URL without a password, like https://login.example/.well-known/jwks.json.`,
  );
}
