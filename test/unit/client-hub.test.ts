// The client and the hub on real sockets.

import {
  type Client,
  type HistoryOptions,
  type Position,
  type Published,
  type SubscribeOptions,
  type Subscription,
  topic,
} from "@fanwire/client";
import { type LiveMap, liveMap } from "@fanwire/client/state";
import type { Hub } from "@fanwire/server";
import { SeededRandom } from "@fanwire/testkit";
import { afterEach, expect, test } from "vitest";
import { WebSocket as WsSocket } from "ws";
import { clientOf, closeAll, folder, reaches, startHub, Wire } from "./clients.ts";

afterEach(closeAll);

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
  expect(events).toEqual([[3, "trimmed"]]);
  expect(got).toEqual(["seen", "again"]);
});

/** A wire to a hub that keeps what is published under `h`, and a client at its end. */
async function keeping(history: object | true = true): Promise<{
  hub: Hub;
  client: Client;
  away: () => Promise<void>;
  back: () => void;
  said: () => Promise<unknown>;
}> {
  const hub = await startHub({ topics: [{ match: "h.**", history }] });
  const wire = new Wire(hub.port!);
  const client = clientOf(await wire.url());
  return {
    hub,
    client,
    async away() {
      wire.isWhole = false;
      wire.cut();
      await reaches(client, "waiting");
    },
    back() {
      wire.isWhole = true;
    },
    // its answer comes after what was published before
    said: () => client.topic("said").publish(1),
  };
}

/** What a subscription brings: data, gaps as `reason missed next`, and `live` with whether it recovered. */
function told(subscription: Subscription<unknown>, got: unknown[] = []): unknown[] {
  subscription.on("gap", ({ reason, missed, next }) =>
    got.push(`${reason} ${missed} ${next?.split(":")[1]}`),
  );
  subscription.on("live", ({ recovered }) => got.push(recovered ? "recovered" : "not recovered"));
  return got;
}

/** Resolves when it is live again. */
const live = (subscription: Subscription<unknown>): Promise<unknown> =>
  new Promise((resolve) => {
    subscription.on("live", resolve);
  });

test("a topic with history loses nothing over a cut, and is told so", async () => {
  const { hub, client, away, back, said } = await keeping();
  const got: unknown[] = [];
  const subscription = client
    .topic("h.a")
    .subscribe(({ data, replayed }) => got.push([data, replayed]));
  await subscription.ready;
  told(subscription, got);
  hub.publish("h.a", 1);
  await said();
  await away();
  for (let n = 2; n < 5; n++) hub.publish("h.a", n);
  const again = live(subscription);
  back();
  await again;
  hub.publish("h.a", 5);
  await said();
  expect(got).toEqual([[1, false], [2, true], [3, true], [4, true], "recovered", [5, false]]);
});

test("what the history no longer holds is told once, with exact bounds", async () => {
  const { hub, client, away, back } = await keeping({ count: 2 });
  const got: unknown[] = [];
  const subscription = client.topic("h.a").subscribe(({ data }) => got.push(data));
  await subscription.ready;
  told(subscription, got);
  await away();
  for (let n = 1; n <= 5; n++) hub.publish("h.a", n);
  const again = live(subscription);
  back();
  await again;
  expect(got).toEqual(["trimmed 3 4", 4, 5, "not recovered"]);
});

test("a pattern goes on from its mark: nothing is lost or comes twice", async () => {
  const { hub, client, away, back, said } = await keeping();
  const got: unknown[] = [];
  const subscription = client
    .topic("h.*")
    .subscribe(({ topic: from, data }) => got.push([from, data]));
  await subscription.ready;
  told(subscription, got);
  for (let round = 0; round < 3; round++) {
    hub.publish("h.a", round);
    hub.publish("h.b", round);
    await said();
    await away();
    hub.publish("h.b", `missed ${round}`);
    hub.publish("h.c", `missed ${round}`);
    const again = live(subscription);
    back();
    await again;
  }
  expect(got).toEqual(
    [0, 1, 2].flatMap((round) => [
      ["h.a", round],
      ["h.b", round],
      ["h.b", `missed ${round}`],
      ["h.c", `missed ${round}`],
      "recovered",
    ]),
  );
});

test("a pattern goes on from a position that was kept, in another client", async () => {
  const { hub, client, said } = await keeping();
  const first = client.topic("h.**").subscribe(() => {});
  await first.ready;
  hub.publish("h.a", 1);
  hub.publish("h.b.c", 1);
  await said();
  first.unsubscribe();
  hub.publish("h.a", 2);
  hub.publish("h.d", 1);
  const got: unknown[] = [];
  const second = clientOf(hub.url!)
    .topic("h.**")
    .subscribe(({ topic: from, data }) => got.push([from, data]), { from: first.position });
  expect(await second.ready).toEqual({ recovered: true, replayed: 2 });
  expect(got).toEqual([
    ["h.a", 2],
    ["h.d", 1],
  ]);
});

test("listeners of one topic begin where each wants, and get everything once", async () => {
  const { hub, client, said } = await keeping();
  for (let n = 1; n <= 5; n++) hub.publish("h.a", n);
  const gots: unknown[][] = [[], [], [], []];
  const follow = (i: number, options: SubscribeOptions): Subscription<unknown> =>
    client.topic("h.a").subscribe(({ data }) => gots[i]!.push(data), options);
  const now = follow(0, {});
  await now.ready;
  hub.publish("h.a", 6);
  await said();
  const others = [
    follow(1, { from: { last: 2 } }),
    follow(2, { from: "start" }),
    follow(3, { from: now.position }),
  ];
  await Promise.all(others.map(({ ready }) => ready));
  hub.publish("h.a", 7);
  await said();
  expect(gots).toEqual([[6, 7], [5, 6, 7], [1, 2, 3, 4, 5, 6, 7], [7]]);
});

test("over many cuts every listener gets everything once and in order, from wherever it began", async () => {
  const { hub, client, away, back, said } = await keeping();
  const random = new SeededRandom(1);
  const any = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const names = ["h.a", "h.b", "h.c"];
  const heads = new Map<string, number>();
  const publish = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const to = any(names);
      const n = (heads.get(to) ?? 0) + 1;
      heads.set(to, n);
      hub.publish(to, n);
    }
  };
  const faults: string[] = [];
  const listeners: {
    of: string;
    subscription: Subscription<unknown>;
    last: Map<string, number>;
  }[] = [];
  const follow = (of: string, from: SubscribeOptions["from"]): void => {
    const last = new Map<string, number>();
    const fault = (what: string): unknown =>
      faults.push(`${of} from ${JSON.stringify(from)}: ${what}`);
    const subscription = client.topic<number>(of).subscribe(
      ({ topic: at, data }) => {
        const before = last.get(at) ?? (from === "start" ? 0 : data - 1);
        if (data !== before + 1) fault(`${data} after ${before}`);
        last.set(at, data);
      },
      { from },
    );
    subscription.on("gap", ({ reason }) => fault(`gap ${reason}`));
    listeners.push({ of, subscription, last });
  };
  follow("h.*", "now");
  for (let cut = 0; cut < 40; cut++) {
    publish(10);
    for (let n = 0; n < 2; n++) {
      const of = any(names);
      const others = listeners.filter((other) => other.of === of);
      const positions = others.map(({ subscription }) => subscription.position ?? "now");
      follow(of, any(["now", "start", { last: 5 }, { last: 50 }, ...positions]));
      publish(3);
    }
    for (let n = random.below(4); n > 0; n--) await said();
    publish(5);
    await away();
    publish(5);
    back();
    await reaches(client, "live");
    for (let n = random.below(4); n > 0; n--) await said();
  }
  for (const { subscription } of listeners)
    if (subscription.state.get() !== "live") await live(subscription);
  await said();
  expect(faults).toEqual([]);
  for (const { last } of listeners) for (const [at, n] of last) expect(n).toBe(heads.get(at));
});

test("history is read forwards and backwards, and latest is its last", async () => {
  const { hub, client } = await keeping({ count: 3000 });
  expect(await client.topic("h.a").latest()).toBeUndefined();
  for (let n = 1; n <= 2500; n++) hub.publish("h.a", n);
  const read = async (options?: HistoryOptions): Promise<unknown[]> => {
    const got: unknown[] = [];
    for await (const { data } of client.topic("h.a").history(options)) got.push(data);
    return got;
  };
  const all = Array.from({ length: 2500 }, (_, i) => i + 1);
  expect(await read()).toEqual(all);
  expect(await read({ backwards: true })).toEqual(all.toReversed());
  expect(await read({ from: { last: 3 } })).toEqual([2498, 2499, 2500]);
  expect(await read({ from: { last: 3 }, backwards: true })).toEqual([2500, 2499, 2498]);
  const latest = (await client.topic("h.a").latest())!;
  expect(latest.data).toBe(2500);
  expect(await read({ from: latest.position, backwards: true, limit: 2 })).toEqual([2499, 2498]);
  expect(await read({ from: latest.position })).toEqual([]);
  await expect(read({ from: "1:1" as Position })).rejects.toMatchObject({ code: "epoch-changed" });
});

test("a megabyte of history comes at the pace at which it is taken", async () => {
  const { hub, client } = await keeping();
  for (let n = 0; n < 50; n++) hub.publish("h.a", new Uint8Array(60_000));
  let bytes = 0;
  for await (const { data } of client.topic<Uint8Array>("h.a").history()) bytes += data.length;
  expect(bytes).toBe(3_000_000);
  expect(client.status.get().state).toBe("live");
});

test("state of the application is fetched at first and after a gap, and what is behind it goes on", async () => {
  const { hub, client, away, back, said } = await keeping({ count: 2 });
  const state: number[] = [];
  const reasons: string[] = [];
  let sum = 0;
  const publish = (n: number): void => {
    sum += n;
    hub.publish("h.a", n);
  };
  publish(1);
  publish(2);
  const subscription = client
    .topic<number>("h.a")
    .subscribe(({ data }) => state.push(state.at(-1)! + data), {
      async resync({ reason }) {
        reasons.push(reason);
        const { position } = (await client.topic("h.a").latest())!;
        state.push(sum);
        publish(4); // behind it
        return position;
      },
    });
  await subscription.ready;
  await said();
  expect(state).toEqual([3, 7]);
  await away();
  for (let n = 1; n <= 5; n++) publish(n);
  const again = live(subscription);
  back();
  expect(await again).toEqual({ recovered: false });
  await said();
  expect(state).toEqual([3, 7, 22, 26]);
  expect(reasons).toEqual(["first", "gap"]);
});

test("with a rate the latest comes once in that time", async () => {
  const { hub, client } = await keeping();
  const got: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    client.topic("h.a").subscribe(
      ({ data }) => {
        got.push(data);
        if (data === 99) resolve();
      },
      { rate: { everyMs: 16 } },
    );
  });
  await client.topic("h.a").subscribe(() => {}, { rate: { everyMs: 100 } }).ready;
  for (let n = 0; n < 100; n++) hub.publish("h.a", n);
  await done;
  expect(got.length).toBeLessThan(5);
});

const kinds = [
  { match: "h.**", history: { count: 10_000 } },
  { match: "s.**", state: true },
  { match: "d.**", durable: true, history: { count: 10_000 } },
  { match: "ds.**", durable: true, state: true },
];

test.each(["plain", "h.a", "d.a"])(
  "over many cuts each publication to %s happens once and in order",
  async (name) => {
    const hub = await startHub({ topics: kinds, data: folder() });
    const reader = clientOf(hub.url!);
    const got: number[] = [];
    await reader.topic<number>(name).subscribe(({ data }) => got.push(data)).ready;
    const wire = new Wire(hub.port!);
    const writer = clientOf(await wire.url());
    writer.topic("said").subscribe(() => {}); // it needs the link, whatever is answered
    const published: Promise<Published>[] = [];
    const random = new SeededRandom(7);
    for (let cut = 0; cut < 30; cut++) {
      for (let n = random.below(30); n >= 0; n--)
        published.push(writer.topic(name).publish(published.length, { timeoutMs: Infinity }));
      await writer.ready();
      wire.isDeaf = random.below(2) > 0;
      for (let n = random.below(4); n > 0; n--) await reader.topic("said").publish(1);
      wire.cut();
      wire.isDeaf = false;
      await reaches(writer, "waiting");
    }
    const answers = await Promise.all(published);
    await reader.topic("said").publish(1);
    expect(got).toEqual(Array.from(published, (_, n) => n));
    expect(answers.map(({ position }) => position?.split(":")[1] ?? "?")).toEqual(
      answers.map(({ position }, n) => (position ? `${n + 1}` : "?")),
    );
    expect(answers.some(({ duplicate }) => duplicate)).toBe(true);
  },
);

test("what was on disk when the hub was stopped is not published again by who had no answer", async () => {
  const data = folder();
  const first = await startHub({ topics: kinds, data });
  const { port } = first;
  const client = clientOf(first.url!);
  await client.topic("d.a").publish(0, { confirm: "disk" });
  const stored = new Promise<void>((resolve) => {
    first.subscribe("d.a", () => resolve());
  });
  const published = Promise.all(
    Array.from({ length: 500 }, (_, n) =>
      client.topic("d.a").publish(n + 1, { confirm: "disk", timeoutMs: Infinity }),
    ),
  );
  await stored;
  await first.close(0);
  await startHub({ topics: kinds, data, port: port! });
  expect((await published).at(-1)).toMatchObject({ level: "disk" });
  const got: unknown[] = [];
  for await (const { data: n } of client.topic("d.a").history()) got.push(n);
  expect(got).toEqual(Array.from({ length: 501 }, (_, n) => n));
});

const entriesOf = (map: LiveMap<unknown>): unknown[] =>
  [...map.get()].map(([key, { data }]) => [key, data]);

test.each(["s.a", "ds.a", "hs.a"])(
  "maps of %s are the same and the truth, whenever they begin and whatever is cut",
  async (name) => {
    const rules = [{ match: "hs.**", state: true, history: { count: 5 } }, ...kinds];
    const hub = await startHub({ topics: rules, data: folder() });
    const wire = new Wire(hub.port!);
    const [reader, writer] = [clientOf(await wire.url()), clientOf(hub.url!)];
    const random = new SeededRandom(3);
    const truth = new Map<string, number>();
    const writing = liveMap(writer.topic<number>(name));
    const maps = [liveMap(reader.topic<number>(name))];
    const seen: number[] = [];
    const plain = reader.topic<number>(name).subscribe(({ data }) => seen.push(data));
    for (let round = 0; round < 30; round++) {
      const set: Promise<unknown>[] = [];
      for (let n = random.below(20); n >= 0; n--) {
        const key = `k${random.below(12)}`;
        truth.delete(key);
        if (random.below(4) > 0) {
          truth.set(key, round * 100 + n);
          set.push(writing.set(key, round * 100 + n));
        } else set.push(writing.delete(key));
      }
      if (random.below(3) === 0) {
        await reader.ready();
        wire.cut();
        await reaches(reader, "waiting");
      }
      if (random.below(3) === 0) maps.push(liveMap(reader.topic<number>(name)));
      await Promise.all(set);
      if (random.below(3) === 0) await maps.at(-1)!.subscription.ready;
    }
    const expected = [...truth];
    for (const map of [writing, ...maps]) await expect.poll(() => entriesOf(map)).toEqual(expected);
    expect(plain.state.get()).toBe("live");
    await writing.set("last", -1);
    await expect.poll(() => seen.at(-1)).toBe(-1);
  },
);

test("a map over a hub that is started again begins anew, or goes on where its state is durable", async () => {
  const data = folder();
  const first = await startHub({ topics: kinds, data });
  const { port } = first;
  const client = clientOf(first.url!);
  const maps = ["s.a", "ds.a"].map((name) => liveMap(client.topic<number>(name)));
  for (const map of maps) {
    await map.set("x", 1);
    await map.set("y", 2);
    await map.delete("x");
  }
  expect(maps.map(entriesOf)).toEqual([[["y", 2]], [["y", 2]]]);
  await first.close(0);
  await startHub({ topics: kinds, data, port: port! });
  await expect.poll(() => maps.map(entriesOf)).toEqual([[], [["y", 2]]]);
  for (const map of maps) await map.set("z", 3);
  expect(maps.map(entriesOf)).toEqual([
    [["z", 3]],
    [
      ["y", 2],
      ["z", 3],
    ],
  ]);
});

test("a key goes when its time has come, and a conflict of two writers is one", async () => {
  const { url } = await startHub({ topics: kinds, data: folder() });
  const maps = [clientOf(url!), clientOf(url!)].map((client) => liveMap(client.topic("s.a")));
  await Promise.all(maps.map(({ subscription }) => subscription.ready));
  await maps[0]!.set("lock", "mine", { ttlMs: 200, ifPosition: null });
  await expect(maps[1]!.set("lock", "mine", { ifPosition: null })).rejects.toMatchObject({
    code: "conflict",
  });
  await expect.poll(() => maps.map((map) => map.get().size)).toEqual([0, 0]);
  await maps[1]!.set("lock", "mine", { ifPosition: null });
});

test("an id of the application is taken once, and another payload for it is a conflict", async () => {
  const { url } = await startHub();
  const [one, two] = [clientOf(url!), clientOf(url!)];
  const first = await one.topic("a").publish({ order: 1 }, { id: "order-1" });
  const again = await two.topic("a").publish({ order: 1 }, { id: "order-1" });
  expect(again).toEqual({ ...first, duplicate: true });
  await expect(two.topic("a").publish({ order: 2 }, { id: "order-1" })).rejects.toMatchObject({
    code: "conflict",
  });
});

test("with ifPosition one of two writers wins, and those behind the loser go on", async () => {
  const { url } = await startHub({ topics: kinds, data: folder() });
  const clients = [clientOf(url!), clientOf(url!)];
  const { position } = await clients[0]!.topic("s.a").publish(0, { key: "k", ifPosition: null });
  const outcomes = await Promise.allSettled(
    clients.flatMap((client) => [
      client.topic("s.a").publish(1, { key: "k", ifPosition: position }),
      client.topic("s.a").publish(1, { key: "other" }),
    ]),
  );
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
});

test("who is behind with latest-per-key gets the latest of each key, and with a rate each tick does", async () => {
  const hub = await startHub({ topics: [{ match: "s.**", state: true }] });
  const wire = new Wire(hub.port!);
  const [reader, writer] = [clientOf(await wire.url()), clientOf(hub.url!)];
  const got: (readonly [string | undefined, number])[] = [];
  const gaps: unknown[] = [];
  const follow = (rate: SubscribeOptions["rate"]): Subscription<number> => {
    const subscription = reader
      .topic<number>("s.a")
      .subscribe(({ key, data }) => got.push([key, data]), { lag: "latest-per-key", rate });
    subscription.on("gap", (gap) => gaps.push(gap));
    return subscription;
  };
  const set = (key: string, n: number) => writer.topic("s.a").publish(n, { key });
  using slow = follow("all");
  await slow.ready;
  await set("x", 1);
  await expect.poll(() => got).toEqual([["x", 1]]);
  wire.isWhole = false;
  wire.cut();
  for (let n = 2; n < 10; n++) await set(n % 2 ? "x" : "y", n);
  wire.isWhole = true;
  await expect
    .poll(() => got.splice(1))
    .toEqual([
      ["y", 8],
      ["x", 9],
    ]);
  slow.unsubscribe();
  using paced = follow({ everyMs: 100 });
  await paced.ready;
  got.splice(0);
  for (let n = 0; n < 200; n++) void set(n % 2 ? "x" : "y", n);
  await writer.flush();
  await expect
    .poll(() => got.slice(-2))
    .toEqual([
      ["y", 198],
      ["x", 199],
    ]);
  expect(got.length).toBeLessThan(200);
  const elsewhere = reader.topic("plain").subscribe({ lag: "latest-per-key" });
  await expect(elsewhere.ready).rejects.toMatchObject({ code: "bad-option" });
  expect(gaps).toEqual([]);
});

test("a hub that is no cluster refuses quorum, and says what to ask for", async () => {
  const { url } = await startHub();
  const own = clientOf(url!).topic("a");
  await expect(own.publish(1, { confirm: "quorum" })).rejects.toMatchObject({
    code: "unsupported",
    retryable: false,
    message: "This hub is no cluster: ask for confirm 1 (disk) at most.",
  });
  expect(await own.publish(2)).toMatchObject({ position: expect.stringMatching(/:1$/u) });
});

test("a level that a topic cannot give is refused, and nothing is published", async () => {
  const { url } = await startHub();
  const client = clientOf(url!);
  await expect(client.topic("a").publish(1, { confirm: "disk" })).rejects.toMatchObject({
    code: "unsupported",
  });
  expect(await client.topic("a").publish(2)).toMatchObject({ duplicate: false });
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
