// The client in a real browser, with a real hub.

import {
  type AnyClient,
  type Client,
  contract,
  createClient,
  type Position,
  type StandardSchema,
  topic,
} from "@fanwire/client";
import { explain } from "@fanwire/client/errors";
import { enter, members } from "@fanwire/client/presence";
import { liveMap } from "@fanwire/client/state";
import { afterEach, expect, inject, test } from "vitest";

const clients: AnyClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function clientOf(options = {}): Client {
  const client = createClient(inject("hubUrl"), { backoff: { minMs: 5, maxMs: 50 }, ...options });
  clients.push(client);
  return client;
}

/** A topic of its own for each test. */
const fresh = (): string => topic`test.${crypto.randomUUID()}`;

test("a page publishes, and another client of the page gets it", async () => {
  const name = fresh();
  const [reader, writer] = [clientOf(), clientOf()];
  const subscription = reader.topic<{ n: number; at: Date }>(name).subscribe();
  await subscription.ready;
  const at = new Date(1_700_000_000_000);
  const { position } = await writer
    .topic(name)
    .publish({ n: 1, at }, { headers: { from: "page" } });
  for await (const publication of subscription) {
    expect(publication.data).toEqual({ n: 1, at });
    expect(publication.headers).toEqual({ from: "page" });
    expect(publication.position).toBe(position);
    break;
  }
});

test("the hub's own figures arrive", async () => {
  const subscription = clientOf().topic<{ sessions: number }>("$sys.hub").subscribe();
  const { value } = await subscription[Symbol.asyncIterator]().next();
  expect(value!.data.sessions).toBeGreaterThan(0);
  subscription.unsubscribe();
});

test("thousands of publications arrive in order", async () => {
  const name = fresh();
  const client = clientOf();
  const got: number[] = [];
  const subscription = client.topic<number>(name).subscribe(({ data }) => got.push(data));
  await subscription.ready;
  for (let n = 0; n < 5000; n++) void client.topic(name).publish(n);
  await client.flush(); // a publisher gets its own publications before their answers
  expect(got).toEqual(Array.from({ length: 5000 }, (_, n) => n));
});

test("reconnect opens a new link, and the subscription goes on", async () => {
  const name = fresh();
  const client = clientOf();
  const got: unknown[] = [];
  const subscription = client.topic(name).subscribe(({ data }) => got.push(data));
  await subscription.ready;
  const live = new Promise((resolve) => {
    subscription.on("live", resolve);
  });
  client.reconnect();
  expect(subscription.state.get()).toBe("interrupted");
  expect(await live).toEqual({ recovered: true });
  await client.topic(name).publish("x");
  expect(got).toEqual(["x"]);
});

test("a page goes on from a position that it kept, and reads what came before", async () => {
  const name = topic`kept.${crypto.randomUUID()}`;
  const writer = clientOf();
  for (let n = 1; n <= 5; n++) await writer.topic(name).publish(n);
  const first = clientOf();
  const seen: number[] = [];
  const before = first.topic<number>(name).subscribe(({ data }) => seen.push(data), {
    from: { last: 2 },
  });
  const pattern = first.topic("kept.*").subscribe(() => {});
  await Promise.all([before.ready, pattern.ready]);
  sessionStorage.setItem("positions", JSON.stringify([before.position, pattern.position]));
  await first.close();
  await writer.topic(name).publish(6);

  const [one, many] = JSON.parse(sessionStorage.getItem("positions")!) as Position[];
  const second = clientOf();
  const got: unknown[] = [];
  const after = second.topic(name).subscribe(({ data }) => got.push(data), { from: one });
  const all = second.topic("kept.*").subscribe(({ data }) => got.push([data]), { from: many });
  expect(await Promise.all([after.ready, all.ready])).toEqual([
    { recovered: true, replayed: 1 },
    { recovered: true, replayed: 1 },
  ]);
  expect(seen).toEqual([4, 5]);
  expect(got).toEqual(expect.arrayContaining([6, [6]]));
  const history: unknown[] = [];
  for await (const { data } of second.topic(name).history()) history.push(data);
  expect(history).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await second.topic(name).latest())!.data).toBe(6);
});

test("two pages keep the same state", async () => {
  const name = topic`state.${crypto.randomUUID()}`;
  const pages = [clientOf(), clientOf()];
  const one = liveMap(pages[0]!.topic<number>(name));
  await one.set("x", 1);
  await one.set("y", 2, { ifPosition: null });
  const two = liveMap(pages[1]!.topic<number>(name));
  await two.subscription.ready;
  await two.delete("x");
  pages[0]!.reconnect();
  await two.set("z", 3);
  for (const map of [one, two])
    await expect
      .poll(() => [...map.get()].map(([key, { data }]) => [key, data]))
      .toEqual([
        ["y", 2],
        ["z", 3],
      ]);
});

test("a page that comes back from the cache has a new link at once", async () => {
  const client = clientOf({ backoff: { minMs: 60_000, maxMs: 60_000 } });
  await client.ready();
  const sessionOf = (): string | undefined => {
    const status = client.status.get();
    return status.state === "live" ? status.session : undefined;
  };
  const before = sessionOf();
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  await client.ready();
  expect(sessionOf()).toBeDefined();
  expect(sessionOf()).not.toBe(before);
});

test("online and visibilitychange ask a link that stands, and leave it", async () => {
  const client = clientOf();
  await client.ready();
  const { session } = client.status.get() as { session: string };
  dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  await client.topic(fresh()).publish(1);
  expect(client.status.get()).toEqual({ state: "live", session });
});

test("using ends a subscription at the end of its block", async () => {
  const client = clientOf();
  const name = fresh();
  let outside;
  {
    using subscription = client.topic(name).subscribe(() => {});
    await subscription.ready;
    outside = subscription;
  }
  expect(outside.state.get()).toBe("ended");
});

test("a page is a member, sees who else is, and is there again after a new link", async () => {
  const name = fresh();
  const [ada, bob] = [clientOf(), clientOf()];
  const here = members<string>(bob, name);
  const told: string[] = [];
  for (const kind of ["join", "leave"] as const)
    here.on(kind, ({ data }) => told.push(`${kind} ${data}`));
  const [one, two] = [enter(ada, name, "ada"), enter(bob, name, "bob")];
  await Promise.all([one.ready, two.ready]);
  await expect.poll(() => told.length).toBe(2);
  const before = new Set(here.get().keys());
  ada.reconnect();
  // the hub may hear of the new link before it hears that the old one is gone
  await expect.poll(() => new Set(told.slice(2))).toEqual(new Set(["leave ada", "join ada"]));
  expect([...here.get().keys()].filter((session) => before.has(session))).toHaveLength(1);
  await one.leave();
  await expect.poll(() => told.at(-1)).toBe("leave ada");
});

/** What a schema library makes of `{ bid: number }`. */
const price: StandardSchema<{ bid: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof (value as { bid?: unknown } | null)?.bid === "number"
        ? { value: value as { bid: number } }
        : { issues: [{ message: "must be a number", path: ["bid"] }] },
  },
};

test("a contract keeps a page to what is said, and leaves out what others say wrongly", async () => {
  const reported: unknown[] = [];
  const client = createClient(inject("hubUrl"), {
    contract: contract({ "kept.{id}.price": price }),
    onDiagnostic: ({ kind }) => reported.push(kind),
  });
  clients.push(client);
  const prices = client.topic("kept.{id}.price", { id: crypto.randomUUID() });
  const got: number[] = [];
  const subscription = prices.subscribe(({ data }) => got.push(data.bid));
  await subscription.ready;
  const error = await prices.publish({ bid: "1" } as never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "invalid",
    message: `${prices.name}: bid: must be a number`,
  });
  expect(explain(error as never).help).toMatch(/issues/u);
  const other = clientOf().topic(prices.name);
  await other.publish({ bid: "1" });
  await prices.publish({ bid: 2 });
  await expect.poll(() => got).toEqual([2]);
  expect([reported, subscription.invalid]).toEqual([["invalid"], 1]);
  expect((await prices.latest())?.data.bid).toBe(2);
});

test("a store tells a page at most once a frame, of all that came", async () => {
  const client = clientOf();
  const numbers = client.topic<number>(fresh());
  const sum = numbers.store({
    initial: 0,
    reduce: (total, batch) => batch.reduce((n, { data }) => n + data, total),
    rate: "frame",
  });
  let frames = 0;
  let next = 0;
  const count = (): void => {
    frames++;
    next = requestAnimationFrame(count);
  };
  count();
  let told = 0;
  const off = sum.subscribe(() => told++);
  const live = numbers.subscribe(() => {});
  await live.ready;
  for (let n = 0; n < 200; n++) await numbers.publish(1);
  await expect.poll(() => sum.get()).toBe(200);
  cancelAnimationFrame(next);
  // once when it began
  expect(told).toBeLessThanOrEqual(frames + 1);
  expect(told).toBeGreaterThan(1);
  off();
});
