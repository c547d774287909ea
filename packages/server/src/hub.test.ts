import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createHub, type Hub } from "./hub.ts";
import type { HubOptions } from "./options.ts";
import { exchange, RawClient, upgradeHead } from "./transport/raw-client.testkit.ts";

const hubs: Hub[] = [];

function make(options: HubOptions = {}): Hub {
  const hub = createHub({ port: 0, figuresMs: 0, ...options });
  hubs.push(hub);
  return hub;
}

async function start(options: HubOptions = {}): Promise<Hub> {
  const hub = make(options);
  await hub.listen();
  return hub;
}

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.close(0)));
});

describe("O2", () => {
  test.each(["0.0.0.0", "::", "192.168.1.4", "example.org"])(
    "O2 without keys %s is refused",
    async (host) => {
      await expect(make({ host }).listen()).rejects.toMatchObject({
        name: "HubError",
        code: "not-loopback",
        message: expect.stringContaining(`not on ${host}`),
      });
    },
  );

  test.each(["127.0.0.1", "127.8.9.10", "::1", "localhost"])(
    "O2 %s is of this machine",
    async (host) => {
      const hub = await start({ host });
      expect(hub.url).toMatch(host === "::1" ? /^ws:\/\/\[::1\]:\d+\/$/u : `ws://${host}:`);
    },
  );
});

describe("O3", () => {
  test("O3 a port that is taken is told as such, and the hub can try another", async () => {
    const other = createServer();
    await once(other.listen(0, "127.0.0.1"), "listening");
    const { port } = other.address() as AddressInfo;
    const hub = make({ port });
    await expect(hub.listen()).rejects.toMatchObject({
      code: "address-in-use",
      message: expect.stringContaining(`port ${port}`),
    });
    other.close();
    await once(other, "close");
    await hub.listen();
    expect(hub.port).toBe(port);
    await expect(hub.listen()).rejects.toThrow("The hub listens already.");
  });
});

describe("O4", () => {
  test("O4 a stopping hub tells each client when to go, closes those that stay, and resolves", async () => {
    const hub = await start();
    const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.join(hub.url!)));
    const greeting = new RawClient(hub.url!);
    await once(greeting.ws, "open");
    const { port } = hub;
    const closing = hub.close(2000);
    expect(await greeting.closed).toMatchObject({ code: 4000 });
    await clients[0]!.until((frames) => frames.some(([op]) => op === down.MOVING));
    await expect(exchange(port!, upgradeHead("/"))).rejects.toThrow("ECONNREFUSED");
    for (const c of clients) expect(await c.closed).toMatchObject({ code: 4000 });
    const delays = clients.map((c) => c.frames.find(([op]) => op === down.MOVING)?.[1]);
    expect(new Set(delays).size).toBe(5);
    await closing;
    expect(hub.port).toBeUndefined();
    expect(hub.stats()).toMatchObject({ connections: 0, sessions: 0, closed: { moving: 6 } });
  });

  test("O4 a second close with 0 ends the waiting", async () => {
    const hub = await start();
    const c = await RawClient.join(hub.url!);
    const closing = hub.close(86_000_000);
    await c.until((frames) => frames.some(([op]) => op === down.MOVING));
    await hub.close(0);
    await closing;
    expect(await c.closed).toMatchObject({ code: 4000 });
  });

  test("O4 a closed hub does not listen again, and closing it again is fine", async () => {
    const hub = await start();
    await hub.close();
    await hub.close();
    await expect(hub.listen()).rejects.toThrow("The hub is closed.");
  });
});

describe("O5", () => {
  test("O5 the hub's figures are published on $sys.hub", async () => {
    const hub = await start({ figuresMs: 20 });
    const figures = await new Promise((resolve) => {
      hub.subscribe("$sys.hub", (publication) => resolve(publication.data));
    });
    expect(figures).toEqual({
      sessions: 0,
      subscriptions: 1,
      topics: 1,
      publicationsPerSecond: expect.any(Number),
      deliveriesPerSecond: expect.any(Number),
      loopDelayMeanMs: expect.any(Number),
      loopDelayP99Ms: expect.any(Number),
      cpuPercent: expect.any(Number),
      memoryBytes: expect.any(Number),
      uptimeMs: expect.any(Number),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/u),
    });
  });
});

describe("O6", () => {
  test("O6 the hub's own process publishes and subscribes as clients do", async () => {
    const hub = await start();
    const c = await RawClient.join(hub.url!);
    c.send(client.subscribe(1, "a.*"));
    await c.settle();
    const got = vi.fn<(publication: unknown) => void>();
    const end = hub.subscribe("a.**", got);
    expect(hub.publish("a.b", { x: 1 }, { key: "k", headers: { h: "v" } })).toMatchObject({
      epoch: expect.any(Number),
      offset: 1,
    });
    c.send(client.publish(2, "a.b", Uint8Array.of(0x93, 1, 2, 3), { encoding: 3 }));
    await c.until(
      (frames) => frames.filter(([op]) => op === down.PATTERN_PUBLICATION).length === 2,
    );
    expect(got.mock.calls.map(([p]) => p)).toMatchObject([
      { topic: "a.b", data: { x: 1 }, offset: 1, key: "k", headers: { h: "v" } },
      { topic: "a.b", data: [1, 2, 3], offset: 2 },
    ]);
    end();
    hub.publish("a.b", null);
    await c.settle();
    expect(got).toHaveBeenCalledTimes(2);
    expect(hub.stats().subscriptions).toBe(1);
  });

  test("O6 a topic that is followed by its name is told with its epoch, and may be the hub's own", async () => {
    const hub = await start();
    const arrived = new Promise((resolve) => {
      hub.subscribe("$app.state", resolve);
    });
    const { epoch, offset } = hub.publish("$app.state", "ü");
    expect(await arrived).toMatchObject({ topic: "$app.state", data: "ü", epoch, offset });
  });

  test("O6 what a handler throws is logged and stops nothing, and a handler may publish", async () => {
    const error = vi.fn<(sentence: string) => void>();
    const hub = await start({ logger: { info() {}, warn() {}, error } });
    hub.subscribe("a", () => {
      throw new Error("mine");
    });
    const second = new Promise((resolve) => {
      hub.subscribe("b", resolve);
    });
    hub.subscribe("a", () => hub.publish("b", 1));
    hub.publish("a", 1);
    expect(await second).toMatchObject({ topic: "b" });
    expect(error).toHaveBeenCalledOnce();
  });

  test("O6 what is no topic, no pattern or no payload throws at once", async () => {
    const hub = await start();
    expect(() => hub.publish("a b", 1)).toThrow(TypeError);
    expect(() => hub.subscribe("a..b", () => {})).toThrow("is no pattern");
    expect(() => hub.publish("a", () => {})).toThrow(/function/u);
    expect(hub.stats().publications).toBe(0);
  });

  test("O6 when the hub has as many topics as it may, publishing says so", async () => {
    const hub = await start({ limits: { topicsMax: 1 } });
    hub.subscribe("a", () => {});
    expect(() => hub.publish("b", 1)).toThrow(expect.objectContaining({ code: "too-many-topics" }));
  });
});
