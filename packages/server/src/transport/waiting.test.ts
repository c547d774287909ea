// Connections that wait for WELCOME, and what they can do to others meanwhile.

import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { client } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { Tickets } from "../auth/tickets.ts";
import { doorOf } from "../door.ts";
import { createHub } from "../hub.ts";
import { routing } from "../http/routes.ts";
import { createHttpServer } from "../http/server.ts";
import { Keys } from "../keys.ts";
import { resolveOptions } from "../options.ts";
import { Runtime } from "../runtime.ts";
import { settingsOf } from "../settings.ts";
import {
  collecting,
  expired,
  forge,
  issuer,
  mint,
  startKeyed,
  witness,
} from "./keyed-hub.testkit.ts";
import { Listener } from "./listener.ts";
import { type Coming, exchange, RawClient, upgrade, upgradeHead } from "./raw-client.testkit.ts";

describe("E12", () => {
  test("E12 one connection too many that waits for WELCOME gets 429, and those that have it no longer count", async () => {
    const { hub, url, port } = await startKeyed({
      limits: { loopback: true, waitingPerAddressMax: 3 },
    });
    const waiting = await Promise.all(Array.from({ length: 3 }, () => RawClient.open(url)));
    expect(await upgrade(port)).toMatchObject({
      status: 429,
      headers: { "retry-after": "5" },
      body: "3 connections of this address wait for WELCOME, as many as may.\n",
    });
    expect(hub.stats()).toMatchObject({ connections: 3, limited: { waitingPerAddressMax: 1 } });
    const token = await mint();
    for (const c of waiting) {
      c.send(client.hello(1, false, token));
      await c.until((frames) => frames.length === 1);
      await RawClient.join(url, { token });
    }
    expect(hub.stats()).toMatchObject({ connections: 6, sessions: 6 });
  });

  test("E12 this machine's own addresses are not bounded by default", async () => {
    const { hub, url } = await startKeyed({ limits: { waitingPerAddressMax: 1 } });
    await Promise.all(Array.from({ length: 5 }, () => RawClient.open(url)));
    expect(hub.stats()).toMatchObject({ connections: 5, limited: {} });
  });

  test("E12 behind a proxy that is trusted the address is the one that it names, and a /64 counts as one", async () => {
    const { url, port } = await startKeyed({
      trustProxy: ["127.0.0.1"],
      limits: { waitingPerAddressMax: 1 },
    });
    const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
    await RawClient.open(url, from("2001:db8:1:2::1"));
    const statusOf = async (address: string): Promise<number> =>
      (await upgrade(port, "/", { "X-Forwarded-For": address })).status;
    expect(await statusOf("2001:db8:1:2:ffff::9")).toBe(429);
    expect(await statusOf("9.9.9.9, 2001:0DB8:1:2::")).toBe(429);
    expect(await statusOf("2001:db8:1:3::1")).toBe(101);
    await RawClient.open(url, from("203.0.113.9"));
    expect(await statusOf("203.0.113.9")).toBe(429);
    expect(await statusOf("203.0.113.10")).toBe(101);
  });

  test("E12 sec/57 whoever is no proxy names no address but its own", async () => {
    const { url, port, logged } = await startKeyed({
      trustProxy: ["192.0.2.1"],
      limits: { loopback: true, waitingPerAddressMax: 1 },
    });
    await RawClient.open(url, { headers: { "X-Forwarded-For": "203.0.113.1" } });
    expect((await upgrade(port, "/", { "X-Forwarded-For": "203.0.113.2" })).status).toBe(429);
    expect((await upgrade(port, "/", { "X-Forwarded-For": "192.0.2.1" })).status).toBe(429);
    expect(logged.join("\n")).not.toContain("203.0.113");
  });

  test("E12 a proxy on this machine that is not trusted is told to the operator, once", async () => {
    const { port, logged } = await startKeyed();
    for (let i = 0; i < 3; i++) await upgrade(port, "/", { "X-Forwarded-For": "203.0.113.1" });
    const warnings = logged.filter((entry) => entry.includes("set trustProxy"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain("203.0.113.1");
  });
});

/** A masked frame of a client, with a mask of zeros. */
function frame(first: number, payload: string): string {
  return `${String.fromCodePoint(first, 0x80 | payload.length)}\0\0\0\0${payload}`;
}

describe("E12 whatever becomes of a connection, it does not count for ever", () => {
  const limits = { loopback: true, waitingPerAddressMax: 1 };

  test.each<[string, (url: string, port: number) => Promise<unknown>]>([
    ["one that closes", async (url) => (await RawClient.open(url)).close()],
    ["one that is cut", async (url) => (await RawClient.open(url)).ws.terminate()],
    [
      "one that resets",
      async (_url, port) => {
        const socket = connect(port, "127.0.0.1");
        socket.write(upgradeHead("/"));
        await once(socket, "data");
        socket.resetAndDestroy();
      },
    ],
    [
      "one that half closes",
      async (_url, port) => {
        const socket = connect(port, "127.0.0.1");
        socket.end(upgradeHead("/"));
        await once(socket.resume(), "close");
      },
    ],
    ["one without a token", async (url) => (await RawClient.greet(url)).closed],
    [
      "one with a bad token",
      async (url) => (await RawClient.greet(url, { token: "a.b.c" })).closed,
    ],
    [
      "one with an expired token",
      async (url) => (await RawClient.greet(url, { token: expired() })).closed,
    ],
    [
      "one that goes while its token is verified",
      async (url) => (await RawClient.greet(url, { token: forge({ sub: "bob" }) })).ws.terminate(),
    ],
    [
      "one that goes on while its token is verified",
      async (url) => {
        const c = await RawClient.greet(url, { token: forge({ sub: "eve" }) });
        c.send(client.ping(1));
        await c.close();
      },
    ],
    [
      "one that sends garbage",
      async (url) => {
        const c = await RawClient.open(url);
        c.ws.send(Uint8Array.of(0xc1));
        await c.closed;
      },
    ],
    [
      "one that sends no WebSocket frames",
      (_url, port) => exchange(port, `${upgradeHead("/")}\u00FF\u00FF`, "bit is set"),
    ],
    [
      "one that offers another subprotocol",
      (_url, port) =>
        exchange(
          port,
          `${upgradeHead("/", { "Sec-WebSocket-Protocol": "mqtt" })}${frame(0x88, "\u0003\u00E8")}`,
        ),
    ],
    [
      "one that closes at once",
      (_url, port) => exchange(port, `${upgradeHead("/")}${frame(0x88, "")}`),
    ],
    [
      "one that asks wrongly",
      (_url, port) => exchange(port, upgradeHead("/", { "Sec-WebSocket-Key": "x" })),
    ],
    ["one of a bad ticket", (_url, port) => exchange(port, upgradeHead("/?ticket=x"))],
    ["one of a strange page", (_url, port) => exchange(port, upgradeHead("/", { Origin: "null" }))],
  ])("E12 %s leaves its place to another", async (_name, come) => {
    const { hub, url, port } = await startKeyed({ limits });
    await come(url, port);
    await expect.poll(() => hub.stats()).toMatchObject({ connections: 0, sessions: 0 });
    const c = await RawClient.join(url, { token: await mint() });
    expect(hub.stats()).toMatchObject({ connections: 1, sessions: 1, subjects: 1 });
    await c.close();
  });

  test("E12 one that stays silent leaves its place to another", async () => {
    const { hub, url } = await startKeyed({ limits: { ...limits, greetingMs: 50 } });
    for (let i = 0; i < 3; i++) {
      const c = await RawClient.open(url);
      expect(await c.closed).toMatchObject({ code: 4001 });
      await expect.poll(() => hub.stats().connections).toBe(0);
    }
  });

  test("E12 one that waits for its turn counts, and when it goes away it does not", async () => {
    const { hub, url, port } = await startKeyed({
      limits: { ...limits, connectPerSecond: 1, connectBurst: 1, connectWaitMs: 60_000 },
    });
    await RawClient.join(url, { token: await mint() });
    const waits = connect(port, "127.0.0.1");
    waits.write(upgradeHead("/"));
    await expect.poll(() => hub.stats().connections).toBe(2);
    expect((await upgrade(port)).status).toBe(429);
    waits.destroy();
    await expect.poll(() => hub.stats().connections).toBe(1);
    const next = connect(port, "127.0.0.1");
    next.write(upgradeHead("/"));
    await expect.poll(() => hub.stats().connections).toBe(2);
    next.destroy();
  });

  test("E12 one that is sent away because too many come does not count", async () => {
    const { hub, port } = await startKeyed({
      limits: {
        loopback: true,
        waitingPerAddressMax: 40,
        connectPerSecond: 1,
        connectBurst: 2,
        connectWaitMs: 0,
      },
    });
    for (let round = 0; round < 2; round++) {
      const statuses = await Promise.all(
        Array.from({ length: 30 }, async () => (await upgrade(port)).status),
      );
      expect(statuses).toContain(503);
      expect(statuses).not.toContain(429);
    }
    await expect.poll(() => hub.stats().connections).toBe(0);
  });
});

describe("E12 by the library ws", () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
  });

  test("E12 connections count until WELCOME, or until they are gone", async () => {
    const options = resolveOptions({
      auth: { keys: [issuer.jwk] },
      limits: { loopback: true, waitingPerAddressMax: 1 },
    });
    const logger = collecting([]);
    const listener = new Listener(
      new Runtime(settingsOf(options, 2 ** 32), new Keys(options, logger).clients, null, () => {}),
      { ...doorOf(options, new Tickets(), logger), isPlain: false },
    );
    const http = createHttpServer(routing("/", []), null, options.connectionsMax);
    listener.attach(http);
    server = http;
    await once(http.listen(0, "127.0.0.1"), "listening");
    const { port } = http.address() as AddressInfo;
    const url = `ws://127.0.0.1:${port}`;
    const token = await mint();
    const first = await RawClient.open(url);
    expect((await upgrade(port)).status).toBe(429);
    await first.close();
    await expect.poll(() => listener.connections).toBe(0);
    expect((await upgrade(port, "/", { "Sec-WebSocket-Key": "x" })).status).toBe(400);
    await expect.poll(() => listener.connections).toBe(0);
    const coming: Coming = { protocols: ["fanwire.1", `fanwire.token.${token}`] };
    for (const joined of [await RawClient.join(url, { token }), await RawClient.join(url, coming)])
      await joined.close();
    await expect.poll(() => listener.connections).toBe(0);
  });
});

describe("sec/4", () => {
  test("sec/4 nothing is unpacked for anybody: compression is offered and not taken", async () => {
    const { port } = await startKeyed();
    const answer = await upgrade(port, "/", {
      "Sec-WebSocket-Extensions":
        "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame",
    });
    expect(answer.status).toBe(101);
    expect(answer.headers).not.toHaveProperty("sec-websocket-extensions");
  });

  test("sec/4 floods before WELCOME, silent, of garbage and of half handshakes: others notice nothing, and nothing stays", async () => {
    const { hub, url, port } = await startKeyed();
    const check = await witness(url, { token: await mint() });
    const { connections, sessions } = hub.stats();
    const flood: Promise<unknown>[] = [];
    const silent: RawClient[] = [];
    const halves = Array.from({ length: 50 }, (_, i) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(upgradeHead("/").slice(0, i * 5));
      return socket;
    });
    for (let i = 0; i < 50; i++) {
      flood.push(
        exchange(
          port,
          `${upgradeHead("/")}${frame(0x82, "\u00C1".repeat(100))}`,
          "could not be read",
        ),
        exchange(port, `${upgradeHead("/")}${"\u00FF".repeat(5000)}`),
        exchange(port, `${upgradeHead("/")}${frame(0x89, "?").repeat(200)}${frame(0x88, "")}`),
        exchange(port, `\u0016\u0003\u0001${"\0".repeat(200)}`),
        RawClient.greet(url, { token: forge({}, { kid: `k${i}` }) }).then((c) => c.closed),
        RawClient.open(url).then((c) => {
          c.ws.send(new Uint8Array(9000));
          return c.closed;
        }),
      );
      silent.push(await RawClient.open(url));
      await check();
    }
    await Promise.all(flood);
    await check();
    for (const socket of halves) socket.destroy();
    for (const { ws } of silent) ws.terminate();
    await expect.poll(() => hub.stats()).toMatchObject({ connections, sessions, subjects: 1 });
    expect(hub.stats().closed).toMatchObject({ malformed: 100, unauthenticated: 50 });
  });
});

describe("sec/33", () => {
  test("sec/33 who floods with PINGs is closed as flooding, and others notice nothing", async () => {
    const { hub, url } = await startKeyed();
    const token = await mint();
    const check = await witness(url, { token });
    const c = await RawClient.join(url, { token });
    const pings = Array.from({ length: 200 }, (_, i) => client.ping(i + 1));
    for (let i = 0; i < 10; i++) c.send(...pings);
    expect(await c.closed).toMatchObject({ code: 4006 });
    expect(c.frames.length).toBeLessThan(50);
    await check();
    expect(hub.stats().closed).toEqual({ flooding: 1 });
  });

  test("sec/33 who floods with pings of the WebSocket and reads no answer costs a bounded memory, and others nothing", async () => {
    const hub = createHub({ auth: { keys: [issuer.jwk] }, figuresMs: 0 });
    const server = createServer();
    const sockets: Socket[] = [];
    server.on("connection", (socket: Socket) => sockets.push(socket));
    hub.attach(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const check = await witness(`ws://127.0.0.1:${port}`, { token: await mint() });
    const flooder = connect(port, "127.0.0.1");
    flooder.on("error", () => {});
    flooder.write(upgradeHead("/"));
    await once(flooder, "data");
    flooder.pause();
    const pings = Buffer.from(frame(0x89, "x".repeat(125)).repeat(500), "latin1");
    const ofFlooder = sockets.at(-1)!;
    const read = ofFlooder.bytesRead;
    for (let i = 0; i < 200; i++) if (!flooder.write(pings)) await once(flooder, "drain");
    await expect.poll(() => ofFlooder.bytesRead - read).toBe(200 * pings.length);
    expect(ofFlooder.writableLength).toBeLessThan(65_536 + 127);
    await check();
    flooder.resetAndDestroy();
    await expect.poll(() => hub.stats().connections).toBe(2);
    server.close();
    await hub.close(0);
  });
});
