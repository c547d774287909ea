// Hubs on real sockets, with and without keys, that are closed when their test is over; and tokens for them.

import { inspect } from "node:util";
import { client } from "@fanwire/testkit";
import { down } from "@fanwire/protocol";
import { afterEach, expect } from "vitest";
import { WebSocket } from "ws";
import { signToken, type TokenClaims } from "../auth/sign.ts";
import { type Signer, signerOf, tokenOf } from "../auth/tokens.testkit.ts";
import { createHub, type Hub } from "../hub.ts";
import type { HubOptions } from "../options.ts";
import type { Logger } from "../ports/logger.ts";
import { type Coming, RawClient } from "./raw-client.testkit.ts";

const hubs: Hub[] = [];

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.close(0)));
});

/** A hub that listens. */
export interface Started {
  readonly hub: Hub;
  readonly url: string;
  readonly port: number;
  /** What it has logged, each entry with all that stands in its fields. */
  readonly logged: readonly string[];
}

/** A hub without keys. */
export async function start(options: HubOptions = {}): Promise<Started> {
  const logged: string[] = [];
  const hub = createHub({ port: 0, figuresMs: 0, logger: collecting(logged), ...options });
  hubs.push(hub);
  await hub.listen();
  return { hub, url: hub.url!, port: hub.port!, logged };
}

/** A hub that takes tokens of {@link issuer}. */
export function startKeyed(options: HubOptions = {}): Promise<Started> {
  return start({ auth: { keys: [issuer.jwk] }, ...options });
}

/** Keeps what is logged as text. */
export function collecting(logged: string[]): Logger {
  const keep = (sentence: string, fields?: object): void => {
    logged.push(`${sentence} ${inspect(fields, { depth: 10, showHidden: true })}`);
  };
  return { info: keep, warn: keep, error: keep };
}

/** Whose tokens a keyed hub takes. */
export const issuer: Signer = signerOf("EdDSA", "test-key");

/** A good token, that may everything. */
export function mint(claims: Partial<TokenClaims> = {}): Promise<string> {
  return signToken(issuer.privateJwk, {
    sub: "ada",
    fanwire: { sub: ["**", "$sys.**"], pub: ["**"] },
    ...claims,
  });
}

/** A token as no honest issuer makes it: with any claims, header and key. */
export function forge(claims: object = {}, header: object = {}, signer: Signer = issuer): string {
  const iat = Math.floor(Date.now() / 1000);
  return tokenOf(signer, { iat, exp: iat + 3600, ...claims }, header);
}

/** A token that was good an hour ago. */
export function expired(): string {
  const iat = Math.floor(Date.now() / 1000) - 7200;
  return forge({ iat, exp: iat + 3600 });
}

/** A subscriber that must notice nothing of what others do. */
export async function witness(url: string, coming: Coming = {}): Promise<() => Promise<void>> {
  const [listener, publisher] = await Promise.all([
    RawClient.join(url, coming),
    RawClient.join(url, coming),
  ]);
  listener.send(client.subscribe(1, "witness"));
  await listener.settle();
  let published = 0;
  return async () => {
    publisher.send(client.publish(1, "witness", ++published));
    await listener.until(
      (frames) => frames.at(-1)?.[0] === down.PUBLICATION && frames.at(-1)?.[2] === published,
    );
    expect(listener.ws.readyState).toBe(WebSocket.OPEN);
  };
}
