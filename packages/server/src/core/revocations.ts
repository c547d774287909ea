// Tokens that are no longer good although they have not expired. Kept until every token that they concern has.

import type { Claims } from "./claims.ts";

/** Which tokens are withdrawn: one, by its id; all of a subject that were issued up to a time; or all that a key signed. */
export type Revocation =
  | { readonly tokenId: string }
  | {
      readonly subject: string;
      /** Undefined: of every issuer. */
      readonly issuer?: string | undefined;
      /** In milliseconds since 1970. */
      readonly issuedUpTo: number;
    }
  | { readonly keyId: string };

/** A revocation, and when it has nothing left to revoke, in milliseconds since 1970. */
interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

export class Revocations {
  readonly #tokens = new Map<string, Kept<true>>();
  readonly #keys = new Map<string, Kept<true>>();
  /** By subject, then by issuer (undefined: every one): up to when tokens must have been issued. */
  readonly #subjects = new Map<string, Map<string | undefined, Kept<number>>>();

  get size(): number {
    let size = this.#tokens.size + this.#keys.size;
    for (const byIssuer of this.#subjects.values()) size += byIssuer.size;
    return size;
  }

  /** `until`: when the last token that may be concerned has expired. */
  add(revocation: Revocation, until: number): void {
    if ("tokenId" in revocation) this.#tokens.set(revocation.tokenId, { value: true, until });
    else if ("keyId" in revocation) this.#keys.set(revocation.keyId, { value: true, until });
    else this.#addSubject(revocation, until);
  }

  /** Each, and until when it is kept. */
  *all(): Generator<[Revocation, number]> {
    for (const [tokenId, { until }] of this.#tokens) yield [{ tokenId }, until];
    for (const [keyId, { until }] of this.#keys) yield [{ keyId }, until];
    for (const [subject, byIssuer] of this.#subjects)
      for (const [issuer, { value, until }] of byIssuer)
        yield [{ subject, issuer, issuedUpTo: value }, until];
  }

  covers(claims: Claims): boolean {
    if (this.size === 0) return false;
    const { tokenId, keyId, subject, issuer, issuedAt } = claims;
    if (tokenId !== null && this.#tokens.has(tokenId)) return true;
    if (keyId !== null && this.#keys.has(keyId)) return true;
    const byIssuer = this.#subjects.get(subject);
    if (byIssuer === undefined) return false;
    const upTo = Math.max(
      byIssuer.get(issuer)?.value ?? -Infinity,
      byIssuer.get(undefined)?.value ?? -Infinity,
    );
    return issuedAt <= upTo;
  }

  /** Forgets what has nothing left to revoke. `time`: in milliseconds since 1970. */
  expire(time: number): void {
    forgetPast(this.#tokens, time);
    forgetPast(this.#keys, time);
    for (const [subject, byIssuer] of this.#subjects) {
      forgetPast(byIssuer, time);
      if (byIssuer.size === 0) this.#subjects.delete(subject);
    }
  }

  #addSubject(
    { subject, issuer, issuedUpTo }: Extract<Revocation, { subject: string }>,
    until: number,
  ): void {
    const byIssuer = this.#subjects.get(subject) ?? new Map<string | undefined, Kept<number>>();
    this.#subjects.set(subject, byIssuer);
    const value = Math.max(issuedUpTo, byIssuer.get(issuer)?.value ?? -Infinity);
    byIssuer.set(issuer, { value, until });
  }
}

function forgetPast<K>(kept: Map<K, Kept<unknown>>, time: number): void {
  for (const [key, { until }] of kept) if (until <= time) kept.delete(key);
}
