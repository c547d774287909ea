import { describe, expect, test } from "vitest";
import { createHub } from "../hub.ts";
import { filesOf, firstPair } from "../http/certificates.testkit.ts";
import { start, startKeyed } from "./keyed-hub.testkit.ts";
import { RawClient, upgrade } from "./raw-client.testkit.ts";

/** What stands in the option. */
const origins = [
  "https://app.example",
  "https://app.example:8443",
  "http://localhost:3000",
  "https://xn--bcher-kva.example",
  "https://[2001:db8::1]:8443",
];

/** As which the hub is asked. */
const Host = "hub.example:8443";

const welcome: readonly string[] = [
  ...origins,
  "https://hub.example:8443", // the hub's own
  "http://hub.example:8443",
];

const strange: readonly string[] = [
  "null",
  "",
  "*",
  "https://good.evil",
  "https://app.example.evil",
  "https://evilapp.example",
  "https://www.app.example",
  "https://example",
  "https://app.example.",
  "https://app.example/",
  "https://app.example/index.html",
  "https://app.example?",
  "https://app.example#",
  "https://app.example:443",
  "https://app.example:8444",
  "https://app.example:",
  "HTTPS://app.example",
  "https://APP.example",
  "http://app.example",
  "ws://app.example",
  "wss://app.example",
  "file://",
  "chrome-extension://app.example",
  "blob:https://hub.example:8443/1",
  "https://ada@app.example",
  "https://app.example@evil.example",
  "https://app.example\\@evil.example",
  "https://app.example, https://evil.example",
  "https://evil.example https://app.example",
  "//app.example",
  "app.example",
  "https://app%2Eexample",
  "https://b\u00FCcher.example",
  "https://xn--bcher-kva.example.evil",
  "https://[2001:db8::2]:8443",
  "https://[2001:DB8::1]:8443",
  "https://[2001:db8:0::1]:8443",
  "https://2001:db8::1",
  "https://hub.example",
  "https://hub.example:443",
  "https://www.hub.example:8443",
  "ftp://hub.example:8443",
  "http://localhost",
  "http://localhost:3001",
  "https://localhost:3000",
  "http://127.0.0.1:3000",
  "http://[::1]:3000",
];

describe.each([
  ["without a cookie", undefined],
  ["with a cookie", "session=1"],
])("E11 with keys, %s", (_name, Cookie) => {
  test("E11 sec/1 pages of the list and of the hub's own host and port may connect, and no others", async () => {
    const { port } = await startKeyed({ origins });
    const statusOf = async (Origin: string | readonly string[]): Promise<number> =>
      (await upgrade(port, "/", { Host, Origin, Cookie })).status;
    for (const origin of welcome) expect([origin, await statusOf(origin)]).toEqual([origin, 101]);
    for (const origin of strange) expect([origin, await statusOf(origin)]).toEqual([origin, 403]);
  });

  test("E11 sec/1 two origins are as good as none, in whatever order they come", async () => {
    const { port } = await startKeyed({ origins });
    for (const Origin of [
      ["https://app.example", "https://evil.example"],
      ["https://evil.example", "https://app.example"],
      ["https://app.example", "https://app.example"],
    ])
      expect((await upgrade(port, "/", { Host, Origin, Cookie })).status).toBe(403);
  });
});

describe("E11", () => {
  test("E11 sec/1 who is no page may connect, unless it brings cookies", async () => {
    const { port } = await startKeyed({ origins });
    expect((await upgrade(port, "/", { Host })).status).toBe(101);
    const answer = await upgrade(port, "/", { Host, Cookie: "session=1" });
    expect(answer).toMatchObject({
      status: 403,
      body: "A request with cookies and without Origin may be a page's that hides who it is.\n",
    });
  });

  test("E11 without a list the hub's own host remains, on the port that the page came from", async () => {
    const { port } = await startKeyed();
    const statusOf = async (host: string, Origin: string): Promise<number> =>
      (await upgrade(port, "/", { Host: host, Origin })).status;
    // TLS may end at a proxy, so the hub cannot know which of the two schemes it is behind
    expect(await statusOf("hub.example", "https://hub.example")).toBe(101);
    expect(await statusOf("hub.example", "http://hub.example")).toBe(101);
    expect(await statusOf("HUB.example", "https://hub.example")).toBe(101);
    expect(await statusOf("hub.example:443", "https://hub.example")).toBe(101);
    expect(await statusOf("hub.example:80", "http://hub.example")).toBe(101);
    expect(await statusOf("[2001:db8::1]:9000", "https://[2001:db8::1]:9000")).toBe(101);
    expect(await statusOf("hub.example:80", "https://hub.example")).toBe(403);
    expect(await statusOf("hub.example:443", "http://hub.example")).toBe(403);
    expect(await statusOf("evil.example@hub.example", "https://hub.example")).toBe(403);
    expect(await statusOf("hub.example/x", "https://hub.example")).toBe(403);
    expect(await statusOf("", "https://hub.example")).toBe(403);
  });

  test("E11 a page without TLS is no page of a hub that has it", async () => {
    const { url, port } = await startKeyed({ tls: filesOf(firstPair) });
    const coming = (origin: string) => ({ rejectUnauthorized: false, origin });
    await RawClient.open(url, coming(`https://127.0.0.1:${port}`));
    await expect(RawClient.open(url, coming(`http://127.0.0.1:${port}`))).rejects.toThrow("403");
    const named = (host: string) => ({ ...coming("http://hub.example"), headers: { host } });
    await expect(RawClient.open(url, named("hub.example"))).rejects.toThrow("403");
  });

  test.each([
    "http://localhost",
    "http://localhost:5173",
    "https://localhost:5173",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
  ])("E11 without keys the page %s of this machine may connect", async (Origin) => {
    const { port } = await start();
    expect((await upgrade(port, "/", { Origin })).status).toBe(101);
  });

  test.each([
    "https://evil.example",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://evil.localhost",
    "http://LOCALHOST:5173",
    "http://localhost:5173/",
    "http://127.1",
    "http://2130706433",
    "http://0.0.0.0:8080",
    "http://[::ffff:127.0.0.1]",
    "file://",
    "null",
    "",
  ])("E11 sec/1 without keys the page %j gets 403, as local as its Host may be", async (Origin) => {
    const { port, hub } = await start();
    for (const Cookie of [undefined, "session=1"])
      expect((await upgrade(port, "/", { Host: `localhost:${port}`, Origin, Cookie })).status).toBe(
        403,
      );
    expect(hub.stats().connections).toBe(0);
  });

  test("E11 sec/1 a name that a page of another site has pointed here gets 403", async () => {
    const { port } = await start();
    const headers = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` };
    expect((await upgrade(port, "/", headers)).status).toBe(403);
  });

  test.each([
    "*",
    "null",
    "app.example",
    "https://app.example/",
    "https://APP.example",
    "https://app.example:443",
    "https://*.app.example",
  ])("E11 %j in the list stops the start", (origin) => {
    expect(() => createHub({ origins: [origin] })).toThrow(TypeError);
  });
});
