// Builds what verifies tokens from the configuration, and keeps it true while files of keys change.

import { FixedKeys } from "./auth/key-files.ts";
import type { KeySource } from "./auth/key-set.ts";
import { JwtAuthenticator } from "./auth/jwt-authenticator.ts";
import { RemoteKeys } from "./auth/remote-keys.ts";
import type { Issuer } from "./auth-options.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Authenticator } from "./ports/authenticator.ts";
import type { Logger } from "./ports/logger.ts";

/** Tokens of those who revoke name this audience: that of clients, and this behind it. */
const ADMIN_SUFFIX = "-admin";

export class Keys {
  /** Verifies tokens of clients. */
  readonly clients: Authenticator;
  /** Verifies tokens of those who revoke. */
  readonly administrators: Authenticator;
  readonly #sources: ReadonlyMap<string, KeySource>;
  readonly #logger: Logger;
  #unwatch: (() => void)[] = [];

  /** Throws a TypeError for what is no key, and for a file that cannot be read. */
  constructor(options: ResolvedOptions, logger: Logger) {
    const { issuers, audience, tokenAgeMaxMs: ageMaxMs, tokenToleranceMs: toleranceMs } = options;
    this.#logger = logger;
    this.#sources = new Map(issuers.map((issuer) => [issuer.issuer, sourceOf(issuer, logger)]));
    const authenticator = (name: string): Authenticator =>
      new JwtAuthenticator(this.#sources, { audience: name, ageMaxMs, toleranceMs });
    this.clients = authenticator(audience);
    this.administrators = authenticator(audience + ADMIN_SUFFIX);
  }

  /** Follows the files of keys. */
  watch(): void {
    for (const source of this.#fixed()) {
      for (const path of source.exposed)
        this.#logger.warn(
          "A file with a key that makes tokens can be read by others: chmod 600 it, or give the hub the public key alone.",
          { path },
        );
      this.#unwatch.push(source.watch(() => this.#changed(source)));
    }
  }

  /** Reads all files again. Throws a TypeError, and keeps the keys of a file that cannot be used. */
  reload(): void {
    for (const source of this.#fixed()) source.reload();
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
  }

  #fixed(): FixedKeys[] {
    return [...this.#sources.values()].filter((source) => source instanceof FixedKeys);
  }

  #changed(source: FixedKeys): void {
    try {
      source.reload();
      this.#logger.info("Keys were read again: a file has changed.");
    } catch (error) {
      this.#logger.error("Keys have changed and cannot be used, so the old ones stay.", { error });
    }
  }
}

function sourceOf(issuer: Issuer, logger: Logger): KeySource {
  return "jwks" in issuer
    ? new RemoteKeys(issuer.jwks, (sentence) => logger.warn(sentence))
    : new FixedKeys(issuer.keys);
}
