// Servers that lie, stammer and fall silent, on real sockets: the client never throws, never waits for ever, and says why.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { broken, harmless, malformed, type Meet, silent } from "./rogue-cases.testkit.ts";
import { closeAll, Rogue, Victim } from "./rogue.testkit.ts";

afterEach(closeAll);

/** Ten seconds pass in half of one. */
const fast = 20;

/** The first connection meets that, the next a hub; the client does its work. `cause`: why it has left the first; undefined: it did not. */
async function comesThrough(meet: Meet, cause?: string, speed = 1): Promise<void> {
  const rogue = new Rogue((peer) => void (peer.count === 1 ? meet(peer) : peer.behave()));
  const victim = new Victim(await rogue.url(), {}, speed);
  const { client, time } = victim;
  const subscription = client.topic("a").subscribe(() => {});
  const [outcome] = await Promise.all([
    client.topic("a").publish(1, { timeoutMs: Infinity }),
    subscription.ready,
  ]);
  expect(outcome).toMatchObject({ duplicate: false });
  expect(client.status.get().state).toBe("live");
  expect(client.pending).toBe(0);
  expect(victim.causes[0]).toBe(cause);
  // when time is fast, a slow machine may be too late for the second one too
  if (speed === 1) expect(rogue.connections).toBe(cause === undefined ? 1 : 2);
  expect(time.faults).toEqual([]);
}

describe("who meets it first, and a hub behind it", () => {
  test.each(Object.entries(malformed))(
    "%s: the client leaves, and says that it is malformed",
    (_name, meet) => comesThrough(meet, "malformed"),
  );

  test.each(Object.entries(harmless))("%s: the client goes on", (_name, meet) =>
    comesThrough(meet),
  );

  test.each(Object.entries(silent))(
    "%s: the client waits for its time, and leaves",
    (_name, meet) => comesThrough(meet, "unreachable", fast),
  );

  test.each(Object.entries(broken))("%s: the client comes back", (_name, meet) =>
    comesThrough(meet, "unreachable"),
  );

  test.each([
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013].map(
      (code) => [code, "unreachable"] as const,
    ),
    ...([
      [3000, "unreachable"],
      [3999, "unreachable"],
      [4000, "moving"],
      [4007, "unavailable"],
      [4499, "unreachable"],
    ] as const),
  ])("close code %i: the client comes back, and has called it %s", (code, cause) =>
    comesThrough((peer) => void peer.onHello(() => peer.socket.close(code, "Because.")), cause),
  );

  test.each([4500, 4501, 4502, 4503, 4504, 4505, 4506, 4999])(
    "close code %i: the client stays away, and says why",
    async (code) => {
      const rogue = new Rogue(
        (peer) => void peer.onHello(() => peer.socket.close(code, "Because.")),
      );
      const { client } = new Victim(await rogue.url());
      const cause = { closeCode: code, message: "Because.", retryable: false };
      await expect(client.topic("a").publish(1)).rejects.toMatchObject({});
      expect(await client.closed).toMatchObject(cause);
      expect(rogue.connections).toBe(1);
    },
  );
});

describe("who never meets a hub", () => {
  test("every wait ends at its time, with why, and attempts come further and further apart", async () => {
    const rogue = new Rogue((peer) => void peer.onHello(() => peer.say(Uint8Array.of(0xc1))));
    const victim = new Victim(await rogue.url(), {}, fast);
    const { client } = victim;
    const subscription = client.topic("a").subscribe(() => {});
    const loop = client.topic("a").subscribe()[Symbol.asyncIterator]().next();
    const waits = await Promise.all(
      [
        client.ready({ timeoutMs: 20_000 }),
        client.topic("a").publish(1),
        client.topic("a").latest({ timeoutMs: 20_000 }),
        client.topic("a").history({ limit: 1 })[Symbol.asyncIterator]().next(),
        client.flush({ timeoutMs: 20_000 }),
      ].map((wait: Promise<unknown>) => wait.catch((error: { code?: string }) => error.code)),
    );
    expect(waits).toEqual(["timeout", "timeout", "timeout", "timeout", undefined]);
    const attempts = victim.statuses.flatMap((status) =>
      status.state === "waiting" ? [status.attempt] : [],
    );
    expect(attempts).toEqual(attempts.map((_, i) => i + 2));
    // 250 ms at first, doubled each time: in 20 s there is room for no more
    expect(rogue.connections).toBeLessThanOrEqual(9);
    expect(new Set(victim.causes)).toEqual(new Set(["malformed"]));
    await client.close();
    await expect(subscription.ready).rejects.toMatchObject({ code: "closed" });
    expect(await loop).toEqual({ done: true, value: undefined });
  });

  test("a server that answers nothing but WELCOME and PING leaves calls to their time, and the link as it is", async () => {
    const rogue = new Rogue(
      (peer) =>
        void peer
          .behave()
          .onPublish(() => {})
          .onSubscribe(() => {}),
    );
    const victim = new Victim(await rogue.url());
    const { client } = victim;
    const subscription = client.topic("a").subscribe(() => {});
    await client.ready();
    await expect(client.topic("a").publish(1, { timeoutMs: 300 })).rejects.toMatchObject({
      code: "timeout",
    });
    await expect(client.topic("a").latest({ timeoutMs: 300 })).rejects.toMatchObject({
      code: "timeout",
    });
    expect(subscription.state.get()).toBe("pending");
    expect(rogue.connections).toBe(1);
    expect(client.pending).toBe(0);
    await client.close();
    await expect(subscription.ready).rejects.toMatchObject({ code: "closed" });
  });

  test.each([
    ["that is no WebSocket", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"],
    ["that is busy", "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"],
    ["that speaks no HTTP", "\u0000\u0001\u0002\r\n\r\n"],
    [
      "that has another key",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n",
    ],
    ["that says nothing at all", ""],
  ])("a server %s is tried again, and said to be unreachable", async (_name, answer) => {
    let connections = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      connections++;
      sockets.add(socket.on("error", () => {}));
      socket.once("data", () => answer && socket.end(answer));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const victim = new Victim(`ws://127.0.0.1:${port}/`, {}, fast);
    const outcome = victim.client.ready({ timeoutMs: 40_000 });
    await expect(outcome).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining(`no connection to ws://127.0.0.1:${port}/: `),
      cause: { code: "unreachable" },
    });
    expect(connections).toBeGreaterThan(1);
    expect(new Set(victim.causes)).toEqual(new Set(["unreachable"]));
    await victim.client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
