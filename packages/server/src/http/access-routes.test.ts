import { describe, expect, test } from "vitest";
import { client } from "@fanwire/testkit";
import { down } from "@fanwire/protocol";
import { signerOf } from "../auth/tokens.testkit.ts";
import { expired, forge, mint, start, startKeyed } from "../transport/keyed-hub.testkit.ts";
import {
  answerOf,
  type Coming,
  exchange,
  RawClient,
  upgrade,
} from "../transport/raw-client.testkit.ts";

interface Asking {
  readonly method?: string;
  readonly token?: string;
  /** An object as JSON, or a text as it is. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(port: number, path: string, asking: Asking = {}) {
  const { method = "POST", token, body, headers = {} } = asking;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}

const admin = (): Promise<string> => mint({ sub: "root", aud: "fanwire-admin" });
const paths = ["/v1/tickets", "/v1/revocations"];

describe("J12", () => {
  test("J12 who has a token gets a ticket, and comes in with it as whom the token says", async () => {
    const { port, url } = await startKeyed();
    const token = await mint({ sub: "bob", ttl: 600, fanwire: { sub: ["user.{sub}"] } });
    const answer = await ask(port, "/v1/tickets", { token });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    const { ticket, goodForMs } = answer.json();
    expect(goodForMs).toBe(30_000);
    expect(ticket).toMatch(/^[\w-]{22}$/u);
    const c = await RawClient.join(`${url}?ticket=${String(ticket)}`);
    const { exp } = JSON.parse(atob(token.split(".")[1]!)) as { exp: number };
    expect(c.frames[0]!.at(-1)).toBe(exp * 1000);
    c.send(client.subscribe(1, "user.bob", "user.ada"));
    await c.until((frames) => frames.some(([op]) => op === down.OK));
    const outcomes = c.frames.at(-1)!.at(-1) as unknown[][];
    expect(outcomes.map(([how]) => how)).toEqual([0, 202]);
  });

  test("J12 a ticket is for the page that the body names, else for the one that asks, else for none", async () => {
    const { port } = await startKeyed({ origins: ["https://a.example", "https://b.example"] });
    const token = await mint();
    const statusOf = async (asking: Asking, Origin: string | undefined): Promise<number> => {
      const { ticket } = (await ask(port, "/v1/tickets", { token, ...asking })).json();
      return (await upgrade(port, `/?ticket=${String(ticket)}`, { Origin })).status;
    };
    const named = { body: { origin: "https://a.example" } };
    expect(await statusOf(named, "https://a.example")).toBe(101);
    expect(await statusOf(named, "https://b.example")).toBe(401);
    const asked = { headers: { origin: "https://b.example" } };
    expect(await statusOf(asked, "https://b.example")).toBe(101);
    expect(await statusOf(asked, undefined)).toBe(401);
    expect(await statusOf({}, undefined)).toBe(101);
    expect(await statusOf({}, "https://a.example")).toBe(401);
    expect(await statusOf({ ...asked, body: { origin: null } }, undefined)).toBe(101);
  });

  test("J12 J9 revoking closes who came with the token before it answers, and nobody comes with it again", async () => {
    const { hub, port, url } = await startKeyed();
    const token = await mint({ jti: "t1" });
    const [a, b] = await Promise.all([
      RawClient.join(url, { token }),
      RawClient.join(url, { token: await mint({ sub: "bob" }) }),
    ]);
    const { ticket } = (await ask(port, "/v1/tickets", { token })).json();
    const answer = await ask(port, "/v1/revocations", {
      token: await admin(),
      body: { tokenId: "t1" },
    });
    expect([answer.status, answer.json()]).toEqual([200, { closed: 1 }]);
    expect(hub.stats().sessions).toBe(1);
    expect(await a.closed).toMatchObject({ code: 4504 });
    for (const [where, coming] of [
      ["", { token }],
      ["", { headers: { Authorization: `Bearer ${token}` } }],
      ["", { protocols: ["fanwire.1", `fanwire.token.${token}`] }],
      [`?ticket=${String(ticket)}`, {}],
    ] satisfies [string, Coming][])
      expect(await (await RawClient.greet(url + where, coming)).closed).toMatchObject({
        code: 4504,
      });
    const refused = await ask(port, "/v1/tickets", { token });
    expect([refused.status, refused.json()]).toEqual([
      401,
      { error: "revoked", text: "The token was revoked." },
    ]);
    await b.settle();
  });

  test.each<[object, number]>([
    [{ subject: "ada" }, 2],
    [{ subject: "ada", issuer: "fanwire" }, 2],
    [{ subject: "ada", issuer: "other" }, 0],
    [{ subject: "ada", issuedUpTo: 0 }, 0],
    [{ keyId: "test-key" }, 3],
    [{ keyId: "other" }, 0],
    [{ tokenId: "t2" }, 1],
  ])("J12 %j closes %d", async (body, closed) => {
    const { port, url } = await startKeyed();
    for (const token of [
      await mint(),
      await mint({ jti: "t2" }),
      await mint({ sub: "bob", jti: "t3" }),
    ])
      await RawClient.join(url, { token });
    const answer = await ask(port, "/v1/revocations", { token: await admin(), body });
    expect(answer.json()).toEqual({ closed });
  });

  test.each<[string, () => string | undefined | Promise<string>, string]>([
    ["no token", () => undefined, "unauthenticated"],
    ["no form", () => "hello", "unauthenticated"],
    ["another issuer's key", () => forge({}, {}, signerOf("EdDSA", "test-key")), "unauthenticated"],
    ["alg none", () => forge({}, { alg: "none" }), "unauthenticated"],
    ["another audience", () => mint({ aud: "other" }), "unauthenticated"],
    ["an expired token", expired, "token-expired"],
  ])("J12 %s gets 401", async (_name, token, error) => {
    const { port } = await startKeyed();
    const presented = await token();
    for (const path of paths) {
      const answer = await ask(port, path, presented === undefined ? {} : { token: presented });
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      if (path === "/v1/tickets")
        expect(answer.json()).toEqual({ error, text: expect.any(String) });
      expect(answer.text).not.toContain(presented?.split(".").at(-1) ?? "Bearer a");
    }
  });

  test("J12 sec/45 a client's token revokes nothing, and an administrator's gets no ticket and no connection", async () => {
    const { port, url } = await startKeyed();
    const c = await RawClient.join(url, { token: await mint() });
    const revoking = { token: await mint(), body: { subject: "ada" } };
    expect((await ask(port, "/v1/revocations", revoking)).status).toBe(401);
    expect((await ask(port, "/v1/tickets", { token: await admin() })).status).toBe(401);
    const other = await RawClient.greet(url, { token: await admin() });
    expect(await other.closed).toMatchObject({ code: 4502 });
    await c.settle();
  });

  test("J12 sec/45 what a browser sends by itself gets nobody in: cookies, and the query", async () => {
    const { port } = await startKeyed();
    const token = await admin();
    for (const path of paths) {
      const Cookie = `token=${token}; authorization=Bearer ${token}`;
      expect((await ask(port, path, { headers: { Cookie } })).status).toBe(401);
      expect((await ask(port, `${path}?token=${token}&access_token=${token}`)).status).toBe(401);
    }
  });

  test("J12 an expired token is told as such, and is good for as long as clocks may differ", async () => {
    const { port } = await startKeyed();
    const iat = Math.floor(Date.now() / 1000) - 100;
    const late = await ask(port, "/v1/tickets", { token: forge({ iat, exp: iat + 98 }) });
    expect(late.status).toBe(200);
    const answer = await ask(port, "/v1/tickets", { token: forge({ iat, exp: iat + 80 }) });
    expect([answer.status, answer.json()["error"]]).toEqual([401, "token-expired"]);
  });

  test("J12 while the keys of an issuer cannot be had, it is 503 and not the token's fault", async () => {
    const { port } = await startKeyed({ auth: { jwks: "https://127.0.0.1:1/keys" } });
    const answer = await ask(port, "/v1/tickets", { token: await mint() });
    expect([answer.status, answer.json()["error"]]).toEqual([503, "internal"]);
    expect(answer.headers["retry-after"]).toBe("5");
  });

  test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "J12 sec/42 %s gets 405, and nothing that would let a page of another site ask",
    async (method) => {
      const { port } = await startKeyed();
      const headers = {
        origin: "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      };
      for (const path of paths) {
        const answer = await ask(port, path, { method, token: await admin(), headers });
        expect(answer.status).toBe(405);
        expect(answer.headers["allow"]).toBe("POST");
        expect(Object.keys(answer.headers).join(" ")).not.toContain("access-control");
      }
    },
  );

  test("J12 sec/42 no answer has a header that lets a page of another site read it", async () => {
    const { port } = await startKeyed({ origins: ["https://app.example"] });
    for (const origin of ["https://app.example", "https://evil.example", "null"])
      for (const path of [...paths, "/", "/other"]) {
        const asking = { token: await mint(), headers: { origin } };
        const { headers } = await ask(port, path, asking);
        expect(Object.keys(headers).join(" ")).not.toContain("access-control");
      }
  });

  test("J12 a body of another type gets 415", async () => {
    const { port } = await startKeyed();
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/jsonp",
      "text/plain; application/json",
      "",
    ])
      for (const path of paths) {
        const token = path === "/v1/tickets" ? await mint() : await admin();
        const asking = { token, body: { subject: "ada" }, headers: { "content-type": type } };
        const answer = await ask(port, path, asking);
        expect([answer.status, answer.json()["error"]]).toEqual([415, "unsupported"]);
      }
  });

  test("J12 a body of 256 KiB is read, a larger one gets 413", async () => {
    const { port } = await startKeyed();
    const token = await mint();
    const bodyOf = (bytes: number): string => `{"origin":null}`.padEnd(bytes);
    expect((await ask(port, "/v1/tickets", { token, body: bodyOf(262_144) })).status).toBe(200);
    const answer = await ask(port, "/v1/tickets", { token, body: bodyOf(262_145) });
    expect([answer.status, answer.json()["error"]]).toEqual([413, "too-large"]);
  });

  test("J12 a body without a length is cut off at the same size", async () => {
    const { port } = await startKeyed();
    const head = [
      "POST /v1/tickets HTTP/1.1",
      "Host: localhost",
      `Authorization: Bearer ${await mint()}`,
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
      "",
      "",
    ].join("\r\n");
    const chunks = `10000\r\n${" ".repeat(0x1_00_00)}\r\n`.repeat(5);
    const answer = answerOf(await exchange(port, head + chunks));
    expect(answer.status).toBe(413);
    expect(answer.headers["connection"]).toBe("close");
  });

  test("J12 who has no token is told so before a byte of the body is read", async () => {
    const { port } = await startKeyed();
    const head = [
      "POST /v1/revocations HTTP/1.1",
      "Host: localhost",
      "Content-Type: application/json",
      "Content-Length: 100000000",
      "",
      "{",
    ].join("\r\n");
    expect(answerOf(await exchange(port, head)).status).toBe(401);
  });

  test.each(["{", "[]", "null", "1", '"a"', '{"subject":1}', "\u0000"])(
    "J12 the body %j gets 400",
    async (body) => {
      const { port } = await startKeyed();
      const answer = await ask(port, "/v1/revocations", { token: await admin(), body });
      expect([answer.status, answer.json()["error"]]).toEqual([400, "malformed-value"]);
    },
  );

  test.each<object>([
    {},
    { tokenId: "a", keyId: "b" },
    { tokenId: 1 },
    { tokenId: "a", more: 1 },
    { tokenId: "a", issuer: "fanwire" },
    { keyId: "a", issuedUpTo: 1 },
    { subject: null },
    { subject: "ada", issuer: 1 },
    { subject: "ada", issuedUpTo: "now" },
    { subject: "ada", issuedUpTo: 1.5 },
    { subject: ["ada"] },
  ])("J12 the revocation %j gets 400, and nothing is revoked", async (body) => {
    const { port, url } = await startKeyed();
    const c = await RawClient.join(url, { token: await mint({ jti: "a" }) });
    expect((await ask(port, "/v1/revocations", { token: await admin(), body })).status).toBe(400);
    await c.settle();
  });

  test("J12 J10 when 10,000 tickets wait, one more is 503", async () => {
    const { hub, port } = await startKeyed();
    for (let i = 0; i < 10_000; i++) hub.ticket({ sub: "ada" });
    const answer = await ask(port, "/v1/tickets", { token: await mint() });
    expect([answer.status, answer.json()["error"]]).toEqual([503, "rate-limited"]);
    expect(answer.headers["retry-after"]).toBe("30");
  });

  test("J12 an origin that is no text gets 400", async () => {
    const { port } = await startKeyed();
    const asking = { token: await mint(), body: { origin: 1 } };
    expect((await ask(port, "/v1/tickets", asking)).status).toBe(400);
  });

  test("J12 other paths, and all of them on a hub without keys, get 426", async () => {
    const { port } = await startKeyed();
    const token = await admin();
    for (const path of [
      "/",
      "/v1",
      "/v1/tickets/",
      "/V1/tickets",
      "/v1/../v1/tickets/x",
      "//v1/tickets",
    ])
      expect((await ask(port, path, { token })).status).toBe(426);
    const open = await start();
    for (const path of paths) expect((await ask(open.port, path, { token })).status).toBe(426);
  });

  test("J12 sec/46 names with control characters stand escaped in answers, and in no header, close or line of the log", async () => {
    const { hub, port, url, logged } = await startKeyed();
    const evil = "a\r\nSet-Cookie: b=c\u001B[2J\u0000";
    const c = await RawClient.join(url, { token: await mint({ sub: evil, jti: evil }) });
    c.send(client.subscribe(1, evil), client.publish(2, evil), client.publish(3, `a.${evil}`));
    await c.settle();
    // oxlint-disable-next-line no-control-regex
    const controls = /[\u0000-\u001F\u007F]/u;
    const texts = c.frames.flat(4).filter((value) => typeof value === "string");
    expect(texts.join(" ")).toContain(String.raw`\r\nSet-Cookie: b=c\u001b[2J\u0000`);
    expect(texts.filter((text) => controls.test(text))).toEqual([]);
    hub.revoke({ tokenId: evil });
    expect((await c.closed).reason).not.toMatch(controls);
    const asked: [string, Asking][] = [
      ["/v1/tickets", { token: await mint(), body: { origin: evil } }],
      ...[{ subject: evil }, { keyId: evil }, { [evil]: evil }].map((body): [string, Asking] => [
        "/v1/revocations",
        { body },
      ]),
    ];
    for (const [path, asking] of asked)
      expect(
        (await ask(port, path, { token: await admin(), ...asking })).headers,
      ).not.toHaveProperty("set-cookie");
    expect(logged.join("")).not.toContain("Set-Cookie");
  });
});
