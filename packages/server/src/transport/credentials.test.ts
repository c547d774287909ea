import { describe, expect, test } from "vitest";
import { forge, mint, start, startKeyed } from "./keyed-hub.testkit.ts";
import { RawClient, upgrade } from "./raw-client.testkit.ts";

describe("E15", () => {
  test.each(["token", "access_token", "%74oken", "a=1&token", "ticket=x&access_token"])(
    "E15 sec/2 a token in the URL as %s gets 401, however good it is",
    async (name) => {
      const { hub, port, logged } = await startKeyed();
      const token = await mint();
      const answer = await upgrade(port, `/?${name}=${token}`);
      expect(answer).toMatchObject({
        status: 401,
        headers: { "www-authenticate": "Bearer" },
        body: "A token may not stand in the address, where logs keep it: send it in HELLO, or use a ticket.\n",
      });
      expect(hub.stats().connections).toBe(0);
      expect(logged.join("\n")).not.toContain(token.slice(-20));
    },
  );

  test("E15 a ticket that nobody made, and an empty one, get 401", async () => {
    const { hub, port } = await startKeyed();
    for (const ticket of ["", "AAAAAAAAAAAAAAAAAAAAAA", "constructor", "__proto__"])
      expect(await upgrade(port, `/?ticket=${ticket}`)).toMatchObject({
        status: 401,
        body: "The ticket is not good: each is for one use, for 30 s, from one page.\n",
      });
    expect(hub.stats().connections).toBe(0);
  });

  test("E15 sec/2 a ticket that was used, or comes from another page, gets 401", async () => {
    const { hub, url, port } = await startKeyed({ origins: ["https://app.example"] });
    const ticket = hub.ticket({ sub: "ada" }, "https://app.example");
    const Origin = "https://app.example";
    await RawClient.join(`${url}?ticket=${ticket}`, { origin: Origin });
    expect((await upgrade(port, `/?ticket=${ticket}`, { Origin })).status).toBe(401);
    const other = hub.ticket({ sub: "ada" }, "https://app.example");
    expect((await upgrade(port, `/?ticket=${other}`)).status).toBe(401);
    expect((await upgrade(port, `/?ticket=${other}`, { Origin })).status).toBe(401); // tried once
    const pageless = hub.ticket({ sub: "ada" });
    expect((await upgrade(port, `/?ticket=${pageless}`, { Origin })).status).toBe(401);
  });
});

describe("J1", () => {
  test("J1 sec/3 a token among the subprotocols is taken, and only fanwire.1 is answered", async () => {
    const { port, url } = await startKeyed();
    const token = await mint();
    for (const offered of [
      `fanwire.1, fanwire.token.${token}`,
      `fanwire.token.${token}, fanwire.1`,
      `fanwire.token.${token},fanwire.1,other`,
    ]) {
      const { status, headers } = await upgrade(port, "/", { "Sec-WebSocket-Protocol": offered });
      expect(status).toBe(101);
      expect(headers["sec-websocket-protocol"]).toBe("fanwire.1");
      expect(JSON.stringify(headers)).not.toContain(token.slice(-20));
    }
    const c = await RawClient.join(url, { protocols: [`fanwire.token.${token}`, "fanwire.1"] });
    expect(c.ws.protocol).toBe("fanwire.1");
  });

  test("J1 sec/3 a token alone is no subprotocol", async () => {
    const { port } = await startKeyed();
    const answer = await upgrade(port, "/", {
      "Sec-WebSocket-Protocol": `fanwire.token.${await mint()}`,
    });
    expect(answer.headers).not.toHaveProperty("sec-websocket-protocol");
  });

  test.each(["Bearer", "bearer", "BEARER  "])("J1 Authorization: %s is taken", async (scheme) => {
    const { url } = await startKeyed();
    await RawClient.join(url, { headers: { Authorization: `${scheme} ${await mint()}` } });
  });

  test.each(["Basic YWRhOmFkYQ==", "Bearer", "Bearer a b", "a.b.c"])(
    "J1 Authorization: %s is no token",
    async (Authorization) => {
      const { url } = await startKeyed();
      const c = await RawClient.greet(url, { headers: { Authorization } });
      expect(await c.closed).toEqual({
        code: 4502,
        reason: "This hub asks for a token: give the client a `token`.",
      });
    },
  );

  test("J1 a hub without keys looks at nothing that is presented", async () => {
    const { url } = await start();
    const token = forge({ aud: "other" });
    for (const coming of [
      { token },
      { headers: { Authorization: `Bearer ${token}` } },
      { protocols: ["fanwire.1", `fanwire.token.${token}`] },
    ]) {
      const c = await RawClient.join(url, coming);
      expect(c.frames[0]!.at(-1)).toBeNull();
    }
    await RawClient.join(`${url}?ticket=x&token=y&access_token=z`);
  });
});
