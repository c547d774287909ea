// The client and the hub on real sockets.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Client, type ClientOptions, createClient, topic } from "@fanwire/client";
import { createHub, type Hub, type HubOptions } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";
import { WebSocket as WsSocket } from "ws";

const open: AsyncDisposable[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource[Symbol.asyncDispose]()));
});

async function startHub(options: HubOptions = {}): Promise<Hub> {
  const hub = createHub({ port: 0, figuresMs: 0, ...options });
  open.push({ [Symbol.asyncDispose]: () => hub.close(0) });
  await hub.listen();
  return hub;
}

function clientOf(url: string, options: ClientOptions = {}): Client {
  const client = createClient(url, { backoff: { minMs: 5, maxMs: 50 }, ...options });
  open.push(client);
  return client;
}

/** A wire that can be cut. */
class Wire implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isWhole = true;

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => [near, far].map((end) => end.destroy()));
      }
      if (this.isWhole) near.pipe(far).pipe(near);
      else near.destroy();
    });
    open.push(this);
  }

  async url(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

/** Resolves when the status of the client is in this state. */
function reaches(client: Client, state: string): Promise<void> {
  return new Promise((resolve) => {
    client.status.subscribe((status) => {
      if (status.state === state) resolve();
    });
  });
}

test("what one client publishes another gets", async () => {
  const { url } = await startHub();
  const [reader, writer] = [clientOf(url!), clientOf(url!)];
  const prices = reader.topic<{ eur: number }>("prices.*").subscribe();
  await prices.ready;
  const published = await writer.topic(topic`prices.${"a.b"}`).publish({ eur: 1.5 }, { key: "k" });
  expect(published).toMatchObject({ duplicate: false, level: "received" });
  for await (const publication of prices) {
    expect(publication).toMatchObject({
      data: { eur: 1.5 },
      topic: "prices.a%2Eb",
      key: "k",
      position: published.position,
      replayed: false,
    });
    break;
  }
  expect(prices.state.get()).toBe("ended");
});

test("a publisher's own subscription gets everything, in order, by name and by alias", async () => {
  const { url } = await startHub();
  const client = clientOf(url!);
  const own = client.topic<number>("a").subscribe();
  await own.ready;
  await client.topic("a").publish(0);
  for (let n = 1; n < 3000; n++) void client.topic("a").publish(n);
  let next = 0;
  for await (const { data, position } of own) {
    expect(data).toBe(next++);
    expect(own.position).toBe(position);
    if (next === 1000) break;
  }
  await client.flush();
  expect(client.pending).toBe(0);
});

test("a megabyte in small pieces arrives whole: the hub hears that it is taken", async () => {
  const hub = await startHub();
  const client = clientOf(hub.url!);
  let bytes = 0;
  const done = new Promise<void>((resolve) => {
    client.topic<Uint8Array>("a").subscribe(({ data }) => {
      bytes += data.length;
      if (bytes === 1_000_000) resolve();
    });
  });
  await client.ready();
  const writer = clientOf(hub.url!);
  for (let n = 0; n < 1000; n++) void writer.topic("a").publish(new Uint8Array(1000));
  await done;
  expect(client.status.get().state).toBe("live");
});

test("a link that was cut comes back, and tells exactly what was missed", async () => {
  const hub = await startHub();
  const wire = new Wire(hub.port!);
  const client = clientOf(await wire.url());
  const events: unknown[] = [];
  const got: unknown[] = [];
  const subscription = client.topic("a").subscribe(({ data }) => got.push(data));
  subscription.on("gap", ({ missed, reason }) => events.push([missed, reason]));
  await subscription.ready;
  hub.publish("a", "seen");
  await client.topic("b").publish(1); // its answer comes after what was published before
  wire.isWhole = false;
  wire.cut();
  await reaches(client, "waiting");
  for (let n = 0; n < 3; n++) hub.publish("a", "missed");
  const live = new Promise((resolve) => {
    subscription.on("live", resolve);
  });
  wire.isWhole = true;
  expect(await live).toEqual({ recovered: false });
  hub.publish("a", "again");
  await client.topic("b").publish(1);
  expect(events).toEqual([[3, "unknown"]]);
  expect(got).toEqual(["seen", "again"]);
});

test("a publication that was under way when the link was cut has an unknown outcome", async () => {
  const hub = await startHub();
  const wire = new Wire(hub.port!);
  const client = clientOf(await wire.url());
  await client.ready();
  const published = client.topic("a").publish(1);
  const outcome = expect(published).rejects.toMatchObject({
    code: "unknown-outcome",
    retryable: true,
  });
  await Promise.resolve();
  wire.cut();
  await outcome;
  await client.topic("a").publish(2);
});

test("1,000 subscriptions survive a hub that is stopped and started again", async () => {
  const hub = await startHub();
  const { port } = hub;
  const client = clientOf(hub.url!);
  const subscriptions = Array.from({ length: 1000 }, (_, n) =>
    client.topic(`topic.${n}`).subscribe(() => {}),
  );
  await Promise.all(subscriptions.map(({ ready }) => ready));
  const gaps: unknown[] = [];
  for (const subscription of subscriptions)
    subscription.on("gap", ({ reason }) => gaps.push(reason));
  const back = Promise.all(
    subscriptions.map(
      (subscription) =>
        new Promise((resolve) => {
          subscription.on("live", resolve);
        }),
    ),
  );
  await hub.close(0);
  expect(client.status.get().state).toBe("waiting");
  await startHub({ port: port! });
  await back;
  expect(gaps).toHaveLength(1000);
  expect(new Set(gaps)).toEqual(new Set(["epoch"]));
});

test("a hub that drains tells the client to leave, and the client comes back by itself", async () => {
  const hub = await startHub();
  const { port } = hub;
  const client = clientOf(hub.url!);
  const subscription = client.topic("a").subscribe(() => {});
  await subscription.ready;
  const interrupted = new Promise((resolve) => {
    subscription.on("interrupted", resolve);
  });
  await hub.close(200);
  await interrupted;
  await startHub({ port: port! });
  await reaches(client, "live");
});

test("refusals of the hub have its codes and sentences", async () => {
  const { url } = await startHub({ limits: { subscriptionsMax: 1 } });
  const client = clientOf(url!);
  const first = client.topic("a").subscribe(() => {});
  const second = client.topic("b").subscribe(() => {});
  await first.ready;
  await expect(second.ready).rejects.toMatchObject({ code: "too-many-subscriptions" });
  await expect(client.topic("$sys.hub").publish(1)).rejects.toMatchObject({
    name: "ClientError",
    code: "forbidden",
    retryable: false,
  });
  await expect(client.topic("a").publish(new Uint8Array(70_000))).rejects.toMatchObject({
    code: "too-large",
  });
});

test("an idle client closes its connection, and opens it again when it is used", async () => {
  const hub = await startHub();
  const client = clientOf(hub.url!, { idleMs: 20 });
  await client.topic("a").publish(1);
  await reaches(client, "idle");
  await client.topic("a").publish(2);
  expect(client.status.get().state).toBe("live");
});

test("another WebSocket can be given", async () => {
  const { url } = await startHub();
  const client = clientOf(url!, { WebSocket: WsSocket as unknown as typeof WebSocket });
  const own = client.topic("a").subscribe();
  await own.ready;
  await client.topic("a").publish("x");
  const { value } = await own[Symbol.asyncIterator]().next();
  expect(value).toMatchObject({ data: "x" });
});

test("nobody at the address: the client waits, and says why", async () => {
  const client = clientOf("ws://127.0.0.1:1/");
  await expect(client.ready({ timeoutMs: 200 })).rejects.toMatchObject({ code: "timeout" });
  expect(["waiting", "connecting", "idle"]).toContain(client.status.get().state);
});
