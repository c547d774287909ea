// What an application's test can see and do.

import type { Client, Position } from "@fanwire/client";
import { enter, members } from "@fanwire/client/presence";
import { queue } from "@fanwire/client/queue";
import { liveMap } from "@fanwire/client/state";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createTestHub, type TestHub, type TestHubOptions } from "./index.ts";

const worlds: TestHub[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()));
});

function worldOf(options?: TestHubOptions): TestHub {
  const world = createTestHub(options);
  worlds.push(world);
  return world;
}

/** A client that follows `a`, what it got, and what it was told beside that. */
function following(
  world: TestHub,
  client = world.client(),
): { client: Client; got: unknown[]; told: string[] } {
  const got: unknown[] = [];
  const told: string[] = [];
  const subscription = client.topic("a").subscribe(({ data }) => got.push(data));
  subscription.on("gap", ({ missed, reason }) => told.push(`gap ${missed} ${reason}`));
  subscription.on("interrupted", () => told.push("interrupted"));
  subscription.on("live", ({ recovered }) => told.push(recovered ? "recovered" : "live"));
  return { client, got, told };
}

const stateOf = (client: Client): string => client.status.get().state;

describe("what happens without time", () => {
  test("what one client publishes another gets, and no clock has moved", async () => {
    const world = worldOf();
    const { got } = following(world);
    const { duplicate } = await world.client().topic("a").publish({ n: 1 });
    await world.settle();
    expect(duplicate).toBe(false);
    expect(got).toEqual([{ n: 1 }]);
    expect(world.now).toBe(0);
  });

  test("the hub publishes, and what was published is there to look at", async () => {
    const world = worldOf();
    const { client, got } = following(world);
    await world.settle();
    world.publish("a", 1, { key: "k", headers: { h: "x" } });
    await client.topic("b.c").publish(2);
    await world.settle();
    expect(got).toEqual([1]);
    expect(world.published("a")).toMatchObject([
      { data: 1, key: "k", headers: { h: "x" }, time: world.time },
    ]);
    expect(world.published("b.*").map(({ data }) => data)).toEqual([2]);
    expect(world.published("**")).toHaveLength(2);
    expect(() => world.published("b..c")).toThrow(TypeError);
  });

  test("connections tell who is there, and what they follow", async () => {
    const world = worldOf({ tokens: true });
    const fanwire = { sub: ["a"] };
    const { client } = following(
      world,
      world.client({ token: world.token({ sub: "ada", fanwire }) }),
    );
    expect(world.connections).toMatchObject([{ session: undefined, subscriptions: [] }]);
    await world.settle();
    expect(world.connections).toEqual([
      { client, session: "session-1", subject: "ada", subscriptions: ["a"] },
    ]);
    expect(client.status.get()).toEqual({ state: "live", session: "session-1" });
    await client.close();
    await world.settle();
    expect(world.connections).toEqual([]);
  });

  test("it does not matter that a test runner has put its own timers in place of the platform's", async () => {
    vi.useFakeTimers();
    try {
      const world = worldOf();
      const { got, client } = following(world);
      await world.settle();
      world.cut(client);
      await world.advance(1000);
      world.publish("a", 1);
      await world.settle();
      expect(got).toEqual([1]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("the same seed is the same life, another one is another", async () => {
    const lifeOf = async (seed?: number): Promise<unknown> => {
      const world = worldOf({ seed });
      const { client } = following(world);
      world.unplug(client);
      await world.advance(3000);
      return client.status.get();
    };
    expect(await lifeOf()).toEqual(await lifeOf(1));
    expect(await lifeOf()).not.toEqual(await lifeOf(2));
  });
});

describe("time", () => {
  test("a call that is not answered ends at its time, not before", async () => {
    const world = worldOf();
    const { client } = following(world);
    await world.settle();
    world.freeze(client);
    const outcome = client
      .topic("a")
      .publish(1)
      .catch((error: unknown) => error);
    const told: unknown[] = [];
    void outcome.then((error) => told.push(error));
    await world.advance(9999);
    expect(told).toEqual([]);
    await world.advance(1);
    expect(told).toMatchObject([{ code: "timeout" }]);
  });

  test("an hour passes at once, and those who are there stay there", async () => {
    const world = worldOf({ time: new Date("2030-01-01T00:00:00Z") });
    const { client, got, told } = following(world);
    await world.advance(3_600_000);
    expect(stateOf(client)).toBe("live");
    world.publish("a", "still");
    await world.settle();
    expect(got).toEqual(["still"]);
    expect(told).toEqual(["recovered"]);
    expect(new Date(world.time).toISOString()).toBe("2030-01-01T01:00:00.000Z");
  });

  test("time goes forward only", () => {
    expect(() => worldOf().advance(-1)).toThrow("Time goes forward");
  });
});

describe("what can happen on the way", () => {
  test("a cut is told, and what a history keeps is there afterwards", async () => {
    const world = worldOf({ topics: [{ match: "a", history: true }] });
    const { client, got, told } = following(world);
    await world.settle();
    world.publish("a", 1);
    await world.settle();
    world.cut(client);
    await world.settle();
    expect(stateOf(client)).toBe("waiting");
    world.publish("a", 2);
    await world.advance(1000);
    expect(got).toEqual([1, 2]);
    expect(told).toEqual(["recovered", "interrupted", "recovered"]);
  });

  test("without a history a cut leaves a gap of exactly what was missed", async () => {
    const world = worldOf();
    const { client, got, told } = following(world);
    await world.settle();
    world.publish("a", 1);
    await world.settle();
    world.cut(client);
    await world.settle();
    for (let n = 0; n < 3; n++) world.publish("a", n);
    await world.advance(1000);
    expect(got).toEqual([1]);
    expect(told.slice(1)).toEqual(["interrupted", "gap 3 trimmed", "live"]);
  });

  test("an unplugged client comes back when it is plugged in, not before", async () => {
    const world = worldOf();
    const { client } = following(world);
    await world.settle();
    world.unplug(client);
    await world.advance(600_000);
    expect(stateOf(client)).toBe("waiting");
    world.plug(client);
    await world.advance(20_000);
    expect(stateOf(client)).toBe("live");
  });

  test("a frozen link is found out by the client, and by the hub", async () => {
    const world = worldOf();
    const { client } = following(world);
    await world.settle();
    world.freeze(client);
    await world.advance(30_000);
    expect(stateOf(client)).toBe("live");
    await world.advance(10_000);
    expect(client.status.get()).toEqual({ state: "live", session: "session-2" });
    expect(world.connections).toMatchObject([{ session: "session-2" }]);
  });

  test("a publication whose answer is lost happens once", async () => {
    const world = worldOf();
    const client = world.client();
    await client.ready();
    world.freeze(client, "down");
    const published = client.topic("a").publish("once");
    await world.settle();
    expect(world.published("a")).toHaveLength(1);
    world.cut(client);
    await world.advance(1000);
    expect((await published).duplicate).toBe(true);
    expect(world.published("a")).toHaveLength(1);
  });

  test("a slow line takes its time, each way and in order", async () => {
    const world = worldOf();
    const { client, got } = following(world);
    await world.settle();
    world.delay(client, 100);
    const published = client.topic("a").publish(1);
    world.publish("a", "quick");
    let isAnswered = false;
    void published.finally(() => {
      isAnswered = true;
    });
    await world.advance(199);
    expect([got, isAnswered]).toEqual([["quick"], false]);
    await world.advance(1);
    expect([got, isAnswered]).toEqual([["quick", 1], true]);
    world.delay(client, 0);
    await client.topic("a").publish(2);
    expect(got).toEqual(["quick", 1, 2]);
  });

  test("what arrives twice happens once, but for what is not to be confirmed", async () => {
    const world = worldOf();
    const client = world.client();
    await client.ready();
    world.duplicate(client, 2);
    await client.topic("a").publish("confirmed");
    await client.topic("a").publish("unconfirmed", { confirm: "none" });
    await client.topic("a").publish("after");
    expect(world.published("a").map(({ data }) => data)).toEqual([
      "confirmed",
      "unconfirmed",
      "unconfirmed",
      "after",
    ]);
    expect(() => world.duplicate(client, 0)).toThrow(TypeError);
  });

  test("a gap takes the next publications from everybody who follows the topic, and is told behind them", async () => {
    const world = worldOf();
    const [one, two] = [following(world), following(world)];
    const byPattern: string[] = [];
    const pattern = two.client.topic("*").subscribe(({ data }) => byPattern.push(String(data)));
    pattern.on("gap", ({ topic }) => byPattern.push(`gap in ${topic}`));
    await world.settle();
    world.publish("a", 1);
    world.gap("a", 2);
    for (const n of [2, 3, 4]) {
      world.publish("a", n);
      await world.settle();
    }
    for (const { got, told } of [one, two]) {
      expect(got).toEqual([1, 4]);
      expect(told).toEqual(["recovered", "gap 2 trimmed"]);
    }
    expect(byPattern).toEqual(["1", "gap in a", "4"]);
    expect(() => world.gap("*", 1)).toThrow("name one topic");
  });

  test("a gap has state fetched that the application owns", async () => {
    const world = worldOf();
    const reasons: string[] = [];
    world
      .client()
      .topic("a")
      .subscribe(() => {}, {
        resync: async ({ reason }): Promise<Position | undefined> => {
          reasons.push(reason);
          return undefined;
        },
      });
    await world.settle();
    world.gap("a", 1);
    world.publish("a", 1);
    await world.settle();
    expect(reasons).toEqual(["first", "gap"]);
  });

  test("a client counts what it got, and the hub what it said, whatever a gap has left out", async () => {
    const world = worldOf();
    const { got, client, told } = following(world);
    await world.settle();
    world.gap("a", 50);
    const large = new Uint8Array(10_000);
    for (let n = 0; n < 100; n++) {
      world.publish("a", large);
      await world.settle();
    }
    await world.advance(60_000);
    world.publish("a", "small");
    await world.settle();
    expect(got).toHaveLength(51);
    expect(told).toEqual(["recovered", "gap 50 trimmed"]);
    expect(stateOf(client)).toBe("live");
  });

  test("the next request of a kind is refused as if by the hub, and the one after it is not", async () => {
    const world = worldOf();
    const client = world.client();
    world.refuse(client, "publish", "forbidden");
    await expect(client.topic("a").publish(1)).rejects.toMatchObject({ code: "forbidden" });
    await client.topic("a").publish(2);
    world.refuse(client, "publish", "rate-limited", { retryAfterMs: 3000 });
    const later = client.topic("a").publish(3);
    await world.advance(2999);
    expect(world.published("a")).toHaveLength(1);
    await world.advance(1);
    await later;
    expect(world.published("a")).toHaveLength(2);
    world.refuse(client, "subscribe", "forbidden");
    await expect(client.topic("a").subscribe().ready).rejects.toMatchObject({ code: "forbidden" });
    await world.advance(60_000);
    expect(stateOf(client)).toBe("idle");
  });

  test("who is closed for good stays away, with the reason", async () => {
    const world = worldOf();
    const { client } = following(world);
    await world.settle();
    world.kick(client, "lagging");
    await world.advance(1000);
    expect(stateOf(client)).toBe("live");
    world.kick(client, "forbidden");
    await world.settle();
    expect(await client.closed).toMatchObject({ code: "forbidden" });
  });
});

describe("a hub that ends", () => {
  test("a hub that is killed keeps what is durable, and another goes on with it", async () => {
    const world = worldOf({
      topics: [
        { match: "kept", durable: true, history: true },
        { match: "a", history: true },
      ],
    });
    const { client, told } = following(world);
    await client.topic("a").publish(0);
    const { level, position } = await client.topic("kept").publish("on disk");
    expect(level).toBe("disk");
    world.stop();
    world.stop();
    expect(() => world.publish("a", 1)).toThrow("stopped");
    await world.advance(60_000);
    expect(stateOf(client)).toBe("waiting");
    world.start();
    await world.advance(20_000);
    expect(await client.topic("kept").latest()).toMatchObject({ data: "on disk", position });
    expect(told).toEqual(["recovered", "interrupted", "gap undefined epoch", "live"]);
  });

  test("what was not stored when it was killed was not confirmed, and happens when the client is back", async () => {
    const world = worldOf({ topics: [{ match: "kept", durable: true, history: true }] });
    const client = world.client();
    await client.ready();
    const published = client.topic("kept").publish(1);
    world.stop();
    await world.settle();
    expect(world.published("kept")).toEqual([]);
    world.start();
    await world.advance(1000);
    expect(await published).toMatchObject({ duplicate: false });
    expect(world.published("kept")).toHaveLength(1);
  });
});

describe("access", () => {
  const fanwire = { sub: ["chat.**"], pub: ["chat.{sub}"] };

  test("a token decides as at any hub", async () => {
    const world = worldOf({ tokens: true });
    const client = world.client({ token: world.token({ sub: "ada", fanwire }) });
    await client.topic("chat.ada").publish("hi");
    await expect(client.topic("chat.bob").publish("hi")).rejects.toMatchObject({
      code: "forbidden",
    });
    const nobody = world.client();
    await expect(nobody.ready()).rejects.toMatchObject({ code: "unauthenticated" });
    const forger = world.client({ token: "made up" });
    await expect(forger.ready()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(() => world.token({ sub: "" })).toThrow(TypeError);
    expect(() => world.token({ sub: "ada", fanwire: { all: true } })).toThrow(TypeError);
  });

  test("a token is renewed before it expires, and closes the client when it is revoked", async () => {
    const world = worldOf({ tokens: true });
    const asked: string[] = [];
    const client = world.client({
      token: ({ reason }) => {
        asked.push(reason);
        return world.token({ sub: "ada", ttl: 600, fanwire });
      },
    });
    client.topic("chat.a").subscribe(() => {});
    await world.advance(570_000);
    expect(asked).toEqual(["connect", "expiring"]);
    expect(world.connections).toMatchObject([{ subject: "ada", session: "session-1" }]);
    expect(world.revoke({ subject: "ada", issuedUpTo: world.time })).toBe(1);
    expect(await client.closed).toMatchObject({ code: "revoked" });
  });
});

describe("the other entries of the client", () => {
  test("queues: a job whose worker is gone comes again after its lease", async () => {
    const world = worldOf({ queues: [{ name: "mail" }] });
    const [sender, first, second] = [world.client(), world.client(), world.client()];
    const done: unknown[] = [];
    await queue(sender, "mail").send({ to: "ada" });
    queue(first, "mail").consume(() => new Promise(() => {}));
    await world.settle();
    world.freeze(first);
    queue(second, "mail").consume(({ data, attempt }) => {
      done.push([data, attempt]);
    });
    await world.settle();
    expect(done).toEqual([]);
    await world.advance(120_000);
    expect(done).toEqual([[{ to: "ada" }, 2]]);
  });

  test("state and presence: two clients see the same, over a cut", async () => {
    const world = worldOf({ topics: [{ match: "lights", state: true }] });
    const [one, two] = [world.client(), world.client()];
    const [mine, theirs] = [
      liveMap(one.topic<string>("lights")),
      liveMap(two.topic<string>("lights")),
    ];
    const here = members<string>(two, "lights");
    enter(one, "lights", "ada");
    await mine.set("hall", "on");
    await world.settle();
    world.cut(two);
    await mine.set("hall", "off");
    await world.advance(1000);
    expect(theirs.get().get("hall")?.data).toBe("off");
    expect([...here.get().values()].map(({ data }) => data)).toEqual(["ada"]);
  });
});

test("a client of another world is told so", () => {
  const stranger = worldOf().client();
  expect(() => worldOf().cut(stranger)).toThrow("not of this world");
});

test("options that cannot be are refused as a hub refuses them", () => {
  expect(() => createTestHub({ topics: [{ match: "a..b" }] })).toThrow(TypeError);
  expect(() => createTestHub({ topic: [] } as object)).toThrow('There is no option "topic"');
});
