// Who comes in and who does not, of a whole hub.

import { execFileSync } from "node:child_process";
import { type JsonWebKey, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { inspect } from "node:util";
import { client } from "@fanwire/testkit";
import { down } from "@fanwire/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { newKey, publicKeyOf, signToken, type TokenClaims } from "./auth/sign.ts";
import { signerOf } from "./auth/tokens.testkit.ts";
import { createHub, type Hub } from "./hub.ts";
import { filesOf, firstPair } from "./http/certificates.testkit.ts";
import { fileLimit } from "./transport/file-limit.ts";
import {
  collecting,
  expired,
  forge,
  issuer,
  mint,
  start,
  startKeyed,
  witness,
} from "./transport/keyed-hub.testkit.ts";
import {
  type Coming,
  exchange,
  RawClient,
  upgrade,
  upgradeHead,
} from "./transport/raw-client.testkit.ts";

/** A way to present a token: what stands behind the URL, and how the client comes. */
type Way = (token: string, hub: Hub) => readonly [query: string, coming: Coming];

/** All but tickets, which are made from claims and not from tokens. */
const ways: readonly [string, Way][] = [
  ["in HELLO", (token) => ["", { token }]],
  ["in Authorization", (token) => ["", { headers: { Authorization: `Bearer ${token}` } }]],
  [
    "among the subprotocols",
    (token) => ["", { protocols: ["fanwire.1", `fanwire.token.${token}`] }],
  ],
];

async function greet(url: string, way: Way, token: string, hub: Hub): Promise<RawClient> {
  const [query, coming] = way(token, hub);
  return RawClient.greet(url + query, coming);
}

/** WELCOME's last: when the token expires. */
async function expiryOf(c: RawClient): Promise<unknown> {
  await c.until((frames) => frames.length > 0);
  return c.frames[0]!.at(-1);
}

describe.each(ways)("J1 a token %s", (_name, way) => {
  test("J1 is taken when it is good, and WELCOME tells when it expires", async () => {
    const { hub, url } = await startKeyed();
    const exp = Math.floor(Date.now() / 1000) + 1234;
    const c = await greet(url, way, forge({ exp, sub: "bob" }), hub);
    expect(await expiryOf(c)).toBe(exp * 1000);
    expect(c.ws.protocol).toBe("fanwire.1");
    expect(hub.stats()).toMatchObject({ sessions: 1, subjects: 1 });
  });

  test.each<[string, () => string | Promise<string>, number]>([
    ["no token at all", () => "hello", 4502],
    ["of another key", () => forge({}, {}, signerOf("EdDSA", "test-key")), 4502],
    ["of another issuer", () => forge({ iss: "other" }), 4502],
    ["for another audience", () => forge({ aud: "other" }), 4502],
    ["of algorithm none", () => forge({}, { alg: "none" }), 4502],
    ["with a right that nobody knows", () => forge({ fanwire: { fly: ["**"] } }), 4502],
    ["expired", expired, 4003],
    ["not good yet", () => forge({ nbf: Math.floor(Date.now() / 1000) + 600 }), 4502],
  ])("J1 %s closes, and the answer holds nothing of it", async (_what, make, code) => {
    const { hub, url, logged } = await startKeyed();
    const token = await make();
    const c = await greet(url, way, token, hub);
    const closed = await c.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).toMatch(/^\w.*[.…]$/u);
    for (const piece of token.split(".").filter((text) => text.length >= 5))
      expect([closed.reason, ...logged].join("\n")).not.toContain(piece.slice(0, 20));
    expect(c.frames).toEqual([]);
    await expect
      .poll(() => hub.stats())
      .toMatchObject({ connections: 0, sessions: 0, subjects: 0 });
  });

  test("J1 J9 revoked closes with 4504", async () => {
    const { hub, url } = await startKeyed();
    hub.revoke({ tokenId: "t1" });
    const c = await greet(url, way, await mint({ jti: "t1" }), hub);
    expect(await c.closed).toEqual({ code: 4504, reason: "The token was revoked." });
  });

  test("J1 closes with 4007 while the keys of its issuer cannot be had", async () => {
    const nobody = createServer();
    await once(nobody.listen(0, "127.0.0.1"), "listening");
    const { port } = nobody.address() as { port: number };
    nobody.close();
    const { hub, url } = await startKeyed({ auth: { jwks: `https://127.0.0.1:${port}/keys` } });
    const c = await greet(url, way, await mint(), hub);
    expect(await c.closed).toEqual({
      code: 4007,
      reason: "The keys of the token's issuer cannot be had at the moment; try again.",
    });
  });
});

describe("J1", () => {
  test("J1 without a token the connection is closed as unauthenticated", async () => {
    const { hub, url } = await startKeyed();
    const c = await RawClient.greet(url);
    expect(await c.closed).toEqual({
      code: 4502,
      reason: "This hub asks for a token: give the client a `token`.",
    });
    expect(hub.stats().closed).toEqual({ unauthenticated: 1 });
  });

  test("J1 a ticket is taken, with the claims that it was made for", async () => {
    const { hub, url } = await startKeyed();
    const exp = Math.floor(Date.now() / 1000) + 77;
    const ticket = hub.ticket({ sub: "bob", exp, fanwire: { pub: ["rooms.{room}"] }, room: "a.b" });
    const c = await RawClient.join(`${url}?ticket=${ticket}`);
    expect(await expiryOf(c)).toBe(exp * 1000);
    c.send(client.publish(1, "rooms.a%2Eb"), client.publish(2, "rooms.c"));
    await c.settle();
    expect(c.frames.filter(([op]) => op === down.REFUSED).map((f) => f.slice(1, 3))).toEqual([
      [2, 202],
    ]);
  });

  test("J1 HELLO wins over everything that came before it", async () => {
    const { hub, url } = await startKeyed();
    const [hello, other] = await Promise.all([mint({ ttl: 111 }), mint({ sub: "bob", ttl: 222 })]);
    const comings: [string, Coming][] = [
      ["", { headers: { Authorization: `Bearer ${other}` } }],
      ["", { protocols: ["fanwire.1", `fanwire.token.${other}`] }],
      [`?ticket=${hub.ticket({ sub: "bob" })}`, {}],
    ];
    for (const [query, coming] of comings) {
      const c = await RawClient.join(url + query, { ...coming, token: hello });
      const { exp } = JSON.parse(atob(hello.split(".")[1]!)) as { exp: number };
      expect(await expiryOf(c)).toBe(exp * 1000);
    }
    expect(hub.stats().subjects).toBe(1);
    for (const [query, coming] of comings.slice(0, 2)) {
      const c = await RawClient.greet(url + query, { ...coming, token: expired() });
      expect(await c.closed).toMatchObject({ code: 4003 });
    }
  });

  test("J1 Authorization wins over a subprotocol", async () => {
    const { url } = await startKeyed();
    const c = await RawClient.greet(url, {
      headers: { Authorization: `Bearer ${expired()}` },
      protocols: ["fanwire.1", `fanwire.token.${await mint()}`],
    });
    expect(await c.closed).toMatchObject({ code: 4003 });
  });
});

describe("J5", () => {
  test("J5 a token of a new key in the file is good without a restart, and one of a key that is gone is not", async () => {
    const path = join(folderOfTest(), "keys.json");
    const [one, two] = await Promise.all([newKey(), newKey("ES256")]);
    const put = (...keys: JsonWebKey[]): void =>
      writeFileSync(path, JSON.stringify({ keys: keys.map((key) => publicKeyOf(key)) }));
    put(one);
    const { hub, url, logged } = await start({ auth: { keys: [path] } });
    const [ofOne, ofTwo] = await Promise.all([
      signToken(one, { sub: "ada" }),
      signToken(two, { sub: "bob" }),
    ]);
    const before = await RawClient.join(url, { token: ofOne });
    expect((await (await RawClient.greet(url, { token: ofTwo })).closed).code).toBe(4502);

    await expect
      .poll(async () => {
        put(one, two);
        const c = await RawClient.greet(url, { token: ofTwo });
        return Promise.race([c.until((frames) => frames.length > 0), c.closed]);
      })
      .toBeUndefined();
    await RawClient.join(url, { token: ofOne });
    expect(logged.join("\n")).toContain("Keys were read again: a file has changed.");

    put(two);
    hub.reload();
    const closed = await (await RawClient.greet(url, { token: ofOne })).closed;
    expect(closed.code).toBe(4502); // although it was verified before, and is remembered
    await RawClient.join(url, { token: ofTwo });
    await before.settle(); // who is there stays until the token expires

    writeFileSync(path, "a secret and no key");
    expect(() => hub.reload()).toThrow("holds no key that can be used");
    await RawClient.join(url, { token: ofTwo });
    await expect
      .poll(() => {
        writeFileSync(path, "another secret and no key");
        return logged.join("\n");
      })
      .toContain("Keys have changed and cannot be used, so the old ones stay.");
    expect(logged.join("\n")).not.toContain("secret and no key");
    await RawClient.join(url, { token: ofTwo });
  });

  test("J5 a file of private keys that others can read is told to the operator", async () => {
    const path = join(folderOfTest(), "keys.json");
    writeFileSync(path, JSON.stringify(issuer.privateJwk), { mode: 0o644 });
    const { logged } = await start({ auth: { keys: [path] } });
    expect(logged.join("\n")).toContain("can be read by others");
    expect(logged.join("\n")).not.toContain(String(issuer.privateJwk["d"]));
  });
});

describe("J9", () => {
  test("J9 who came with a revoked token is closed within the call, and comes back by no way", async () => {
    const { hub, url } = await startKeyed();
    const token = await mint({ jti: "t1", sub: "ada" });
    const here = await Promise.all(
      ways.map(async ([, way]) => {
        const c = await greet(url, way, token, hub); // verified once, then remembered
        await expiryOf(c);
        return c;
      }),
    );
    const other = await RawClient.join(url, { token: await mint({ sub: "bob" }) });
    const ticketOf = (sub: string): string => hub.ticket({ sub, jti: "t1" });
    const tickets = [ticketOf("ada"), ticketOf("ada")];
    const byTicket = await RawClient.join(`${url}?ticket=${tickets.pop()}`);

    expect(hub.revoke({ tokenId: "t1" })).toBe(4);
    expect(hub.stats().sessions).toBe(1);
    for (const c of [...here, byTicket])
      expect(await c.closed).toEqual({ code: 4504, reason: "The token was revoked." });
    for (const [, way] of ways)
      expect((await (await greet(url, way, token, hub)).closed).code).toBe(4504);
    const late = await RawClient.greet(`${url}?ticket=${tickets.pop()}`);
    expect((await late.closed).code).toBe(4504);

    other.send(client.auth(9, token));
    await other.until((frames) => frames.some(([op]) => op === down.REFUSED));
    await other.settle();
    expect(hub.revoke({ tokenId: "t1" })).toBe(0);
  });

  test("J9 all of a subject, up to a time, and all of a key", async () => {
    const { hub, url } = await startKeyed();
    const iat = Math.floor(Date.now() / 1000);
    const old = await RawClient.join(url, { token: forge({ iat: iat - 100 }) });
    const young = await RawClient.join(url, { token: forge({ iat }) });
    expect(hub.revoke({ subject: "ada", issuedUpTo: (iat - 50) * 1000 })).toBe(1);
    expect((await old.closed).code).toBe(4504);
    await young.settle();
    await RawClient.join(url, { token: forge({ iat: iat - 49 }) });
    expect(hub.revoke({ keyId: issuer.kid })).toBe(2);
    expect((await young.closed).code).toBe(4504);
    const bob = await RawClient.greet(url, { token: await mint({ sub: "bob" }) });
    expect((await bob.closed).code).toBe(4504);
  });

  test("J9 a token that is revoked while it is verified does not come in", async () => {
    const { hub, url } = await startKeyed();
    const token = await mint({ jti: "t1" });
    const c = await RawClient.open(url);
    c.send(client.hello(1, false, token));
    hub.revoke({ tokenId: "t1" });
    expect((await c.closed).code).toBe(4504);
  });
});

describe("J10", () => {
  test("J10 a hub without keys makes no tickets, and claims that cannot be make none", async () => {
    const open = await start();
    expect(() => open.hub.ticket({ sub: "ada" })).toThrow("nobody needs a ticket");
    const { hub } = await startKeyed();
    expect(() => hub.ticket({ sub: "" })).toThrow("A ticket needs sub");
    expect(() => hub.ticket({ sub: "ada", fanwire: { fly: [] } })).toThrow(TypeError);
    expect(() => hub.ticket({ sub: "ada", exp: 1 })).toThrow(TypeError);
  });

  test("J10 10,000 tickets may wait, and one more is refused", async () => {
    const { hub, url } = await startKeyed();
    const first = hub.ticket({ sub: "ada" });
    for (let i = 1; i < 10_000; i++) hub.ticket({ sub: "ada" });
    expect(() => hub.ticket({ sub: "ada" })).toThrow(
      expect.objectContaining({ name: "HubError", code: "rate-limited" }),
    );
    await RawClient.join(`${url}?ticket=${first}`);
    hub.ticket({ sub: "ada" });
  });
});

/** A text that a search finds again, whole or a piece of it. */
function canary(): string {
  return `canary${randomBytes(12).toString("hex")}`;
}

/** A Sec-WebSocket-Accept: a SHA-1 in base64, on a line of its own. */
const ACCEPT = /^[\w+/]{27}=$/gmu;

/** A hub whose secrets, tokens and tickets are marked, and all that can be seen of it. */
class SearchedHub {
  readonly secret: string = canary() + canary();
  /** The secret, as a file of keys holds it. */
  readonly k: string = Buffer.from(this.secret).toString("base64url");
  readonly keyFile: string = join(folderOfTest(), "keys.json");
  readonly hub: Hub;
  /** What it logs, answers, sends, publishes and throws. */
  readonly seen: string[] = [];
  readonly #hidden: string[] = [this.secret, this.k, firstPair.key.split("\n")[1]!];
  readonly #clients: Promise<void>[] = [];

  constructor() {
    writeFileSync(this.keyFile, JSON.stringify({ kty: "oct", k: this.k, kid: "hs" }), {
      mode: 0o644,
    });
    this.hub = createHub({
      port: 0,
      figuresMs: 20,
      auth: {
        keys: [this.keyFile, issuer.jwk],
        issuers: [{ issuer: "far", jwks: "https://127.0.0.1:1/" }],
      },
      tls: filesOf(firstPair),
      origins: ["https://app.example"],
      limits: { authPerSecond: 100, authBurst: 100 },
      logger: collecting(this.seen),
    });
    onTestFinished(() => this.hub.close(0));
    this.hub.subscribe("$sys.hub", ({ data }) => this.seen.push(JSON.stringify(data)));
  }

  /** A token that the secret signed, and that may everything. */
  sign(claims: Partial<TokenClaims> = {}): Promise<string> {
    const fanwire = { sub: ["**", "$sys.**"], pub: ["**"] };
    return signToken({ secret: this.secret, kid: "hs" }, { sub: "ada", fanwire, ...claims });
  }

  /** From now on nothing may show it. Parts of tokens are looked for by their ends, which nothing else has. */
  hide(text: string): void {
    for (const part of text.split(".").filter(({ length }) => length > 12))
      this.#hidden.push(part.slice(-40), ...(part.length > 80 ? [part.slice(0, 80)] : []));
  }

  /** A client that has said HELLO; undefined when its upgrade was refused. */
  async come(query: string, coming: Coming): Promise<RawClient | undefined> {
    const { protocols, token = null, ...options } = { ca: firstPair.cert, ...coming };
    const c = new RawClient(this.hub.url! + query, protocols, options);
    c.ws.on("upgrade", ({ rawHeaders }) => this.seen.push(rawHeaders.join("\n")));
    c.ws.on("unexpected-response", (_request, response) => void this.#refused(c, response));
    this.#clients.push(this.#watch(c));
    try {
      await once(c.ws, "open");
    } catch {
      return undefined;
    }
    c.send(client.hello(1, false, token));
    return c;
  }

  /** What a request is answered with. */
  async ask(path: string, token: string, value?: object): Promise<string> {
    const body = value === undefined ? "" : JSON.stringify(value);
    const lines = [
      `POST ${path} HTTP/1.1`,
      "Host: localhost",
      "Connection: close",
      `Authorization: Bearer ${token}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ];
    const socket = connectTls(this.hub.port!, "127.0.0.1", { ca: firstPair.cert });
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
    let received = "";
    for await (const chunk of socket) received += String(chunk);
    return received;
  }

  /** Keeps what is thrown. */
  try(what: () => unknown): void {
    try {
      what();
      this.seen.push("nothing was thrown");
    } catch (error) {
      this.seen.push(inspect(error, { depth: 10, showHidden: true }));
    }
  }

  /** Ends the hub, and looks for what may not be seen. */
  async search(): Promise<string> {
    await expect
      .poll(() => this.seen.filter((text) => text.includes("uptimeMs")).length)
      .toBeGreaterThan(1);
    // nobody waits for WELCOME or a refusal any more
    await expect.poll(() => this.hub.stats().connections - this.hub.stats().sessions).toBe(0);
    this.seen.push(JSON.stringify(this.hub.stats()), String(this.hub.url));
    await this.hub.close(0);
    await Promise.all(this.#clients);
    const all = this.seen.join("\n");
    expect(all).not.toContain("nothing was thrown");
    for (const text of this.#hidden) expect(all.includes(text), text).toBe(false);
    // nor a piece; eyJ begins the JSON of each token, and may stand by chance in what a handshake is answered with
    expect(all.replaceAll(ACCEPT, "")).not.toMatch(/canary|eyJ/u);
    return all;
  }

  async #refused(c: RawClient, response: IncomingMessage): Promise<void> {
    this.seen.push(`${response.statusCode} ${response.rawHeaders.join("\n")}`);
    for await (const chunk of response) this.seen.push(String(chunk));
    c.ws.terminate();
  }

  async #watch(c: RawClient): Promise<void> {
    const { code, reason } = await c.closed;
    this.seen.push(`${code} ${reason}`, JSON.stringify(c.frames, textOf), c.ws.protocol);
  }
}

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "fanwire-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Bytes as text, so that a search finds them. */
function textOf(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
}

describe("J13", () => {
  test("J13 sec/2 sec/56 tokens stand nowhere, good and bad, whatever way they are presented", async () => {
    const searched = new SearchedHub();
    const { hub, seen } = searched;
    await hub.listen();
    const live = (await searched.come("", { token: await searched.sign() }))!;
    await live.until((frames) => frames.length > 0);
    live.send(client.subscribe(1, "$sys.hub"));
    const signed = await Promise.all([
      searched.sign(),
      searched.sign({ aud: "fanwire-admin" }),
      searched.sign({ aud: "other" }),
      searched.sign({ iss: "far" }),
      searched.sign({ iss: "nobody" }),
      signToken({ secret: canary() + canary(), kid: "hs" }, { sub: "ada" }),
    ]);
    const forged = [
      forge({ far: canary() }),
      expired(),
      forge({}, { alg: "none" }),
      forge({}, { jku: `https://${canary()}.example/keys` }),
      forge({}, { kid: canary() }),
      forge({ fanwire: { [canary()]: [canary()] } }),
      forge({ fanwire: { sub: [`${canary()}..`] } }),
      forge({ sub: canary().repeat(10) }),
      canary(),
      `${canary()}.${canary()}.${canary()}`,
      canary().repeat(300),
    ];
    for (const [i, token] of [...signed, ...forged].entries()) {
      searched.hide(token);
      for (const [, way] of ways) await searched.come(...way(token, hub));
      const short = token.slice(0, 4000); // what fits a head
      for (const name of ["token", "access_token", "ticket"])
        await searched.come(`?${name}=${short}`, {});
      await searched.come(short, {});
      live.send(client.auth(100 + i, token));
      await live.until((frames) =>
        frames.some(([op, id]) => (op === down.OK || op === down.REFUSED) && id === 100 + i),
      );
      for (const [path, bearer, body] of [
        ["/v1/tickets", short, {}],
        ["/v1/revocations", short, { tokenId: canary() }],
        ["/v1/revocations", short, { [canary()]: canary() }],
        [`/v1/tickets?token=${short}`, "x", {}],
        [`/${short}`, "x", undefined],
      ] as const)
        seen.push(await searched.ask(path, bearer, body));
    }
    const all = await searched.search();
    expect(all).toContain("The keys of https://127.0.0.1:1 could not be fetched");
    expect(all.match(/HTTP\/1\.1 200 /gu)).toHaveLength(3); // two tickets and a revocation
    expect(hub.stats().closed).toMatchObject({
      unauthenticated: expect.any(Number),
      "token-expired": 3,
      unavailable: 3,
      malformed: 1,
    });
  });

  test("J13 sec/2 sec/56 tickets stand nowhere but in the answer that makes them", async () => {
    const searched = new SearchedHub();
    const { hub, seen } = searched;
    await hub.listen();
    const token = await searched.sign({ jti: "t1" });
    const ticketOf = async (): Promise<string> => {
      const answer = await searched.ask("/v1/tickets", token, {});
      return /"ticket":"([\w-]+)"/u.exec(answer)![1]!;
    };
    const tickets = [await ticketOf(), await ticketOf(), hub.ticket({ sub: "ada" })];
    for (const ticket of tickets) {
      searched.hide(ticket);
      const query = `?ticket=${ticket}`;
      const c = await searched.come(query, {});
      await c!.until((frames) => frames.length > 0);
      await searched.come(query, {});
      await searched.come(query, { origin: "https://app.example" });
      await searched.come(`${query}&token=x`, {});
      seen.push(await searched.ask(`/v1/tickets${query}`, ticket, { origin: ticket }));
    }
    const late = await ticketOf();
    searched.hide(late);
    hub.revoke({ tokenId: "t1" });
    await searched.come(`?ticket=${late}`, {});
    await searched.search();
    expect(hub.stats().closed).toMatchObject({ revoked: 3 });
  });

  test("J13 sec/56 secrets stand in no error of a start, nor when files of keys are read again", async () => {
    const searched = new SearchedHub();
    const { hub, k, secret, keyFile } = searched;
    await hub.listen();
    for (const broken of [
      `{"kty":"oct","k":"${k}`,
      `{"kty":"oct","k":"${k}","alg":"RS256"}`,
      secret,
    ]) {
      writeFileSync(keyFile, broken);
      searched.try(() => hub.reload());
    }
    await expect
      .poll(() => {
        writeFileSync(keyFile, canary());
        return searched.seen.join("\n");
      })
      .toContain("Keys have changed and cannot be used");
    const pem = `-----BEGIN PRIVATE KEY-----\n${k}\n-----END PRIVATE KEY-----`;
    for (const auth of [
      { keys: [{ secret: secret.slice(0, 20) }] },
      { keys: [{ secret: pem }] },
      { keys: [{ kty: "oct", k, alg: "RS256" }] },
      { keys: [{ kty: "oct", k: canary().slice(0, 8) }] },
      { keys: [{ pem }] },
      { keys: [pem] },
      { keys: [JSON.stringify({ kty: "oct", k })] },
      { jwks: `https://user:${secret}@login.example/` },
      { issuers: [{ issuer: "other", jwks: `http://${secret}.example/` }] },
    ])
      searched.try(() => createHub({ auth }));
    await searched.search();
  });

  test("J13 the search finds what it looks for", () => {
    const logged: string[] = [];
    collecting(logged).error("x", { error: new TypeError("y", { cause: new Error("canary") }) });
    expect(logged.join("")).toContain("canary");
    expect(JSON.stringify([[Uint8Array.from(Buffer.from("canary"))]], textOf)).toContain("canary");
  });
});

describe("sec/55", () => {
  test("sec/55 in a storm of logins, good and bad, those that are there notice nothing", async () => {
    const { hub, url } = await startKeyed({ limits: { subjectConnectionsMax: 1000 } });
    const check = await witness(url, { token: await mint({ sub: "witness" }) });
    const storm: Promise<number>[] = [];
    const login = async (token: string): Promise<number> => {
      const c = await RawClient.greet(url, { token });
      const how = await Promise.race([c.until((frames) => frames.length > 0), c.closed]);
      if (how === undefined) await c.close();
      return how?.code ?? 1000;
    };
    const stranger = signerOf("EdDSA", issuer.kid);
    for (let i = 0; i < 300; i++) {
      const claims = { sub: `user-${i}`, jti: `t${i}` };
      storm.push(
        login(
          i % 3 === 0 ? await mint(claims) : forge(claims, {}, i % 3 === 1 ? stranger : issuer),
        ),
      );
      if (i % 10 === 0) await check();
    }
    const codes = await Promise.all(storm);
    expect(codes.filter((code) => code === 1000)).toHaveLength(200);
    expect(codes.filter((code) => code === 4502)).toHaveLength(100);
    await check();
    await expect.poll(() => hub.stats()).toMatchObject({ connections: 2, sessions: 2 });
  });
});

describe("O2", () => {
  test("O2 with keys the hub listens where other machines reach it, and tells who has no token nothing", async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === "IPv4" && !one.internal)?.address;
    const { url, port } = await startKeyed({ host: "0.0.0.0" });
    expect(url).toBe(`ws://0.0.0.0:${port}/`);
    for (const host of ["127.0.0.1", ...(address === undefined ? [] : [address])]) {
      const c = await RawClient.join(`ws://${host}:${port}/`, { token: await mint() });
      await c.settle();
    }
  });
});

describe("E4", () => {
  test("E4 with keys too, one connection too many gets 503 with Retry-After, also while others wait for WELCOME", async () => {
    const { hub, url, port } = await startKeyed({ limits: { connectionsMax: 2 } });
    const [silent] = await Promise.all([
      RawClient.open(url),
      RawClient.join(url, { token: await mint() }),
    ]);
    expect(await upgrade(port)).toMatchObject({
      status: 503,
      headers: { "retry-after": "5" },
      body: "The hub has 2 connections, as many as it may.\n",
    });
    expect(hub.stats().limited).toEqual({ connectionsMax: 1 });
    await silent.close();
    await expect.poll(() => hub.stats().connections).toBe(1);
    await RawClient.join(url, { token: await mint() });
    expect(await exchange(port, upgradeHead("/"))).toMatch(/^HTTP\/1\.1 503 /u);
  });
});

describe("O7", () => {
  const files = fileLimit();

  test.skipIf(files === undefined)(
    "O7 more connections than 80 % of the files stop the start, as many do not",
    () => {
      const most = Math.floor(files! * 0.8);
      expect(() => createHub({ limits: { connectionsMax: most + 1 } })).toThrow(
        `limits.connectionsMax (${most + 1}) may be at most ${most}: 80 % of the ${files} files that this process may open.`,
      );
      const hub = createHub({ figuresMs: 0, limits: { connectionsMax: most } });
      expect(hub.stats().connections).toBe(0);
    },
  );

  test.skipIf(files === undefined)(
    "O7 in a process that may open 1,000 files the default is 800, and 801 are refused",
    () => {
      const script = `
      const { createHub } = await import(${JSON.stringify(new URL("hub.ts", import.meta.url).href)});
      const told = (sentence, fields) => console.log(sentence, JSON.stringify(fields));
      const logger = { info: told, warn: told, error: told };
      createHub({ figuresMs: 0, logger });
      createHub({ figuresMs: 0, logger, limits: { connectionsMax: 800 } });
      try { createHub({ limits: { connectionsMax: 801 } }); } catch ({ message }) { console.log(message); }
    `;
      const output = execFileSync(
        "sh",
        [
          "-c",
          'ulimit -n 1000 && exec "$0" "$@"',
          process.execPath,
          "--conditions=@fanwire/source",
          "--input-type=module",
          "--eval",
          script,
        ],
        { encoding: "utf8", cwd: import.meta.dirname },
      );
      expect(output.trim().split("\n")).toEqual([
        'Fewer connections than by default: the process may not open more files. {"connectionsMax":800,"files":1000}',
        "limits.connectionsMax (801) may be at most 800: 80 % of the 1000 files that this process may open. Raise that (ulimit -n), or lower it.",
      ]);
    },
  );
});
