import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { down } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createHub, type Hub } from "../hub.ts";
import type { HubOptions } from "../options.ts";
import { exchange, RawClient, upgradeHead } from "./raw-client.testkit.ts";

const hubs: Hub[] = [];

async function start(options: HubOptions = {}): Promise<{ hub: Hub; url: string; port: number }> {
  const hub = createHub({ port: 0, figuresMs: 0, ...options });
  hubs.push(hub);
  await hub.listen();
  return { hub, url: hub.url!, port: hub.port! };
}

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.close(0)));
});

/** A subscriber that must notice nothing of what others do. */
async function witness(url: string): Promise<() => Promise<void>> {
  const [listener, publisher] = await Promise.all([RawClient.join(url), RawClient.join(url)]);
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

describe("E1", () => {
  test("E1 an upgrade on the path becomes a connection with the subprotocol", async () => {
    const { url } = await start({ path: "/hub" });
    const c = await RawClient.join(`${url}?some=query`);
    expect(c.ws.protocol).toBe("fanwire.1");
    expect(c.frames[0]?.[0]).toBe(down.WELCOME);
  });

  test.each<[string, string | string[]]>([
    ["without a subprotocol", []],
    ["with another one", "mqtt"],
  ])("E1 %s the connection is closed as unsupported", async (_name, offered) => {
    const { port, hub } = await start();
    // a browser and `ws` fail the handshake themselves when what they offered is not taken
    const answer = await exchange(
      port,
      upgradeHead("/", {
        "Sec-WebSocket-Protocol": offered.length > 0 ? String(offered) : undefined,
      }),
      "fanwire.1.",
    );
    expect(answer).toMatch(/^HTTP\/1.1 101 /u);
    expect(answer).toContain("\u0011\u0095Offer the subprotocol fanwire.1."); // 0x1195 = 4501
    expect(hub.stats().sessions).toBe(0);
  });

  test("E1 several may be offered", async () => {
    const { url } = await start();
    const c = new RawClient(url, ["other", "fanwire.1"]);
    await once(c.ws, "open");
    expect(c.ws.protocol).toBe("fanwire.1");
  });
});

describe("E2", () => {
  test("E2 an upgrade on another path gets 404", async () => {
    const { port } = await start({ path: "/hub" });
    const answer = await exchange(port, upgradeHead("/other"));
    expect(answer).toMatch(/^HTTP\/1.1 404 Not Found\r\n/u);
    expect(answer).toContain("WebSockets are at /hub.");
  });

  test.each([
    ["Content-Length", "5"],
    ["Transfer-Encoding", "chunked"],
  ])("E2 an upgrade with %s gets 400", async (name, value) => {
    const { port, url } = await start();
    const check = await witness(url);
    expect(await exchange(port, `${upgradeHead("/", { [name]: value })}hello`)).toMatch(
      /^HTTP\/1.1 400 /u,
    );
    await check();
  });

  test("E2 on a server of the application other paths are left to others, and the hub's is served", async () => {
    const hub = createHub({ path: "/hub", figuresMs: 0 });
    hubs.push(hub);
    const server: Server = createServer((_request, response) => response.end("app"));
    server.on("upgrade", (request, socket) => {
      if (request.url === "/mine") socket.end("HTTP/1.1 418 Mine\r\n\r\n");
    });
    hub.attach(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    expect(await exchange(port, upgradeHead("/mine"))).toMatch(/^HTTP\/1.1 418 Mine/u);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("app");
    const c = await RawClient.join(`ws://127.0.0.1:${port}/hub`);
    await hub.close(0);
    expect(await c.closed).toMatchObject({ code: 4000 });
    expect(server.listenerCount("upgrade")).toBe(1);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("app");
    server.close();
    server.closeAllConnections();
  });
});

describe("E3", () => {
  test.each(["localhost", "localhost:1234", "127.0.0.1", "[::1]:80", "LOCALHOST"])(
    "E3 Host %s is served",
    async (host) => {
      const { port } = await start();
      const socket = connect(port, "127.0.0.1");
      socket.write(upgradeHead("/", { Host: host }));
      const [data] = (await once(socket, "data")) as [Buffer];
      expect(data.toString()).toMatch(/^HTTP\/1.1 101 /u);
      socket.destroy();
    },
  );

  test.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.168.0.5",
    "",
    "localhost:80:80",
  ])("E3 Host %j gets 403", async (host) => {
    const { port } = await start();
    const answer = await exchange(port, upgradeHead("/", { Host: host }));
    expect(answer).toMatch(/^HTTP\/1.1 403 /u);
    expect(answer).toContain("localhost, 127.0.0.1 and [::1] only");
  });
});

describe("E4", () => {
  test("E4 one connection too many gets 503 with Retry-After, and its place is free when one leaves", async () => {
    const { url, port, hub } = await start({ limits: { connectionsMax: 2 } });
    const [a] = await Promise.all([RawClient.join(url), RawClient.join(url)]);
    const answer = await exchange(port, upgradeHead("/"));
    expect(answer).toMatch(/^HTTP\/1.1 503 /u);
    expect(answer).toMatch(/\r\nRetry-After: \d+\r\n/u);
    await a.close();
    await expect.poll(() => hub.stats().connections).toBe(1);
    await RawClient.join(url);
    expect(hub.stats()).toMatchObject({ connections: 2, sessions: 2 });
  });
});

describe("E5", () => {
  test("E5 a message of batchBytesMax stands, one byte more closes with 1009", async () => {
    const { url } = await start({ limits: { batchBytesMax: 100_000 } });
    const check = await witness(url);
    const c = await RawClient.join(url);
    const frame = client.publish(1, "a", new Uint8Array(65_536));
    const padding = new Uint8Array(100_000 - frame.length);
    padding.set(client.publish(2, "a", new Uint8Array(padding.length - 11)));
    c.send(frame, padding);
    await c.settle();
    expect(c.frames.filter(([op]) => op === down.OK)).toHaveLength(2);
    c.ws.send(new Uint8Array(100_001));
    expect(await c.closed).toMatchObject({ code: 1009 });
    await check();
  });

  test("E5 what is no WebSocket frame closes with 1002", async () => {
    const { port, url } = await start();
    const check = await witness(url);
    const answer = await exchange(port, `${upgradeHead("/")}\u00ff\u00ff\u00ff\u00ff`);
    expect(answer).toContain("\u0003\u00eaNot a WebSocket frame: a reserved bit is set."); // 0x03ea = 1002
    await check();
  });
});

describe("E6", () => {
  const pile = (bytes: number, of: number): Uint8Array => new Uint8Array(bytes).fill(of);

  test.each<[string, Uint8Array, number]>([
    ["random bytes", Uint8Array.from({ length: 1000 }, (_, i) => (i * 197 + 13) % 256), 4500],
    ["10,000-deep nesting", pile(10_000, 0x91), 4500],
    [
      "a declared length beyond the end",
      Uint8Array.of(0x92, 3, 0xdd, 0xff, 0xff, 0xff, 0xff),
      4500,
    ],
    ["an empty frame", Uint8Array.of(0x90), 4500],
    ["200,000 times the byte 0xc1", pile(200_000, 0xc1), 4500],
  ])("E6 %s is closed, and others notice nothing", async (_name, bytes, code) => {
    const { url, hub } = await start();
    const check = await witness(url);
    const c = await RawClient.join(url);
    c.ws.send(bytes);
    expect(await c.closed).toMatchObject({ code });
    await check();
    await expect.poll(() => hub.stats().sessions).toBe(2);
  });

  test("E6 a text message is closed with 4506", async () => {
    const { url } = await start();
    const check = await witness(url);
    const c = await RawClient.join(url);
    c.ws.send("hello");
    expect(await c.closed).toMatchObject({ code: 4506 });
    await check();
  });

  test("E6 a frame before HELLO is closed with 4500", async () => {
    const { url } = await start();
    const c = new RawClient(url);
    await once(c.ws, "open");
    c.send(client.publish(1, "a"));
    expect(await c.closed).toMatchObject({ code: 4500, reason: expect.stringContaining("HELLO") });
  });

  test("E6 a client that never says HELLO is closed", async () => {
    const { url } = await start({ limits: { greetingMs: 50 } });
    const c = new RawClient(url);
    expect(await c.closed).toMatchObject({ code: 4001 });
  });

  test("E6 a client that never reads is closed at the hard bound, and the hub's memory stays within it", async () => {
    const { url, hub } = await start({ limits: { unsentBytesMax: 262_144 } });
    const check = await witness(url);
    const [stalled, publisher] = await Promise.all([RawClient.join(url), RawClient.join(url)]);
    stalled.send(client.subscribe(1, "flood"));
    await stalled.settle();
    stalled.ws.pause();
    const payload = new Uint8Array(60_000);
    while ((hub.stats().closed["lagging"] ?? 0) === 0) {
      for (let i = 0; i < 4; i++) publisher.send(client.publish(0, "flood", payload));
      await publisher.settle();
    }
    await check();
    expect(hub.stats().subscriptions).toBe(1);
    stalled.ws.resume();
    expect(await stalled.closed).toMatchObject({ code: 4002 });
  });

  test("E6 a stalled client that says what it sees is sent no more, learns exactly what it missed, and goes on", async () => {
    const { url, hub } = await start();
    const check = await witness(url);
    const publisher = await RawClient.join(url);
    const stalled = await RawClient.join(url, { flow: true });
    stalled.send(client.subscribe(1, "busy"));
    await stalled.settle();
    let welcomeAside = -stalled.bytesOfFirstMessage;
    stalled.ws.pause();
    const payload = new Uint8Array(30_000);
    for (let i = 0; i < 100; i++) {
      for (let n = 0; n < 5; n++) publisher.send(client.publish(0, "busy", payload));
      await publisher.settle();
    }
    const { sentBytes } = hub.stats();
    expect(sentBytes).toBeLessThan(600_000);
    await check();
    stalled.ws.resume();
    await stalled.until((frames) => frames.filter(([op]) => op === down.PUBLICATION).length >= 8);
    welcomeAside += stalled.receivedBytes;
    stalled.send(client.seen(welcomeAside));
    await stalled.until((frames) => frames.some(([op]) => op === down.GAP));
    const offsets = stalled.frames
      .filter(([op]) => op === down.PUBLICATION)
      .map((f) => f[2] as number);
    const gap = stalled.frames.find(([op]) => op === down.GAP)!;
    expect(offsets).toEqual(Array.from({ length: offsets.length }, (_, i) => i + 1));
    expect(gap.slice(4, 7)).toEqual([501, 500 - offsets.length, 2]);
    publisher.send(client.publish(0, "busy", payload));
    await stalled.until((frames) => frames.at(-1)?.[2] === 501);
    expect(hub.stats().closed).toEqual({});
  });

  test("E6 half a request, and a connection that is cut in the middle of everything, leave nothing behind", async () => {
    const { url, port, hub } = await start();
    const check = await witness(url);
    const half = connect(port, "127.0.0.1");
    half.write(upgradeHead("/").slice(0, 60));
    const c = await RawClient.join(url);
    c.send(client.subscribe(1, "witness", "**"));
    c.ws.terminate();
    half.destroy();
    await check();
    await expect
      .poll(() => hub.stats())
      .toMatchObject({ connections: 2, sessions: 2, subscriptions: 1 });
  });

  test("E6 five hundred connections of random batches: the process stays up, and nothing of them stays", async () => {
    const { url, hub } = await start();
    const check = await witness(url);
    const random = new SeededRandom(20_261_125);
    const bytes = (): Uint8Array =>
      Uint8Array.from({ length: random.below(200) }, () => random.below(256));
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const c = await RawClient.join(url);
          c.ws.send(client.publish(1, "x", random.below(256)));
          c.ws.send(Uint8Array.from([0x90 | random.below(8), 1 + random.below(12), ...bytes()]));
          c.ws.send(bytes());
          c.ws.close();
          await c.closed;
        }),
      );
    }
    await check();
    await expect
      .poll(() => hub.stats())
      .toMatchObject({ connections: 2, sessions: 2, subscriptions: 1 });
  });
});

describe("E8", () => {
  test("E8 a plain request gets 426 and is told what this is", async () => {
    const { port } = await start({ path: "/hub" });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(426);
    expect(await response.text()).toContain("WebSocket at /hub");
  });
});
