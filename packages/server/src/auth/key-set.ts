// The keys of one issuer. A token names its key, and whoever has none of that name knows it at once.

import { importKey, type KeyInput, type VerificationKey } from "./key.ts";

/** Where the keys of an issuer come from. */
export interface KeySource {
  /**
   * The one key that a token with this `kid` and `alg` can be of; undefined when there is none. Rejects with {@link KeysUnavailable} when that cannot be
   * known at the moment.
   */
  find(id: string | undefined, algorithm: string): Promise<VerificationKey | undefined>;
  /** Whether the key is still one of them. */
  has(key: VerificationKey): boolean;
}

/** The keys of an issuer cannot be had at the moment. */
export class KeysUnavailable extends Error {
  override readonly name: string = "KeysUnavailable";
}

export class KeySet {
  readonly keys: readonly VerificationKey[];

  constructor(keys: readonly VerificationKey[]) {
    // the private and the public half of one key, or one key in two files, are one
    this.keys = keys.filter((key, i) => keys.findIndex((other) => isSameKey(key, other)) === i);
  }

  /** A name that two keys share is nobody's; without a name there must be one key that it can be. */
  find(id: string | undefined, algorithm: string): VerificationKey | undefined {
    const possible = this.keys.filter((key) =>
      id === undefined ? key.algorithm === algorithm : key.id === id,
    );
    const [key] = possible;
    return possible.length === 1 && key?.algorithm === algorithm ? key : undefined;
  }

  has(key: VerificationKey): boolean {
    return this.keys.includes(key);
  }
}

/** Whether both verify the same tokens. */
export function isSameKey(a: VerificationKey, b: VerificationKey): boolean {
  return a.id === b.id && a.algorithm === b.algorithm && a.key.equals(b.key);
}

/**
 * Keys of a JSON Web Key Set that is published (RFC 7517, section 5), without those that are for something else, and without secrets and private
 * keys: with what everybody can read, everybody can make tokens.
 */
export function keySetOf(jwks: unknown): KeySet {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new TypeError("A JSON Web Key Set has a list named keys.");
  if (keys.length > KEYS_MAX)
    throw new TypeError(`A JSON Web Key Set may have ${KEYS_MAX} keys, not ${keys.length}.`);
  return new KeySet(
    keys.flatMap((key) => {
      try {
        const imported = importKey(key as KeyInput);
        return imported.isPrivate ? [] : [imported];
      } catch {
        return []; // of another use or algorithm (RFC 7517, section 5: ignored)
      }
    }),
  );
}

const KEYS_MAX = 64;
