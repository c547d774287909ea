import * as v from "valibot";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { type AnyClient, type Client, createClient, type Free } from "./client.ts";
import { type Contract, contract } from "./contract.ts";
import type { ClientError } from "./errors.ts";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { Validate } from "./guard.ts";
import type { ClientOptions } from "./options.ts";
import { type Members, members } from "./presence/index.ts";
import type { Publication } from "./publication.ts";
import type { Published } from "./publisher.ts";
import type { Diagnostic } from "./report.ts";
import type { StandardSchema } from "./schema.ts";
import type { Store } from "./store.ts";
import type { Topic } from "./topic.ts";

const PUBLISH = 5;
const SUBSCRIBE = 3;
const READ = 6;

interface Price {
  bid: number;
}

/** Of each kind one: with zod, with valibot, one that changes what comes, one without places. */
const schemas = contract({
  "prices.{symbol}": z.object({ bid: z.number() }),
  "rooms.{room}.says.{who}": v.object({ text: v.string() }),
  "times.{zone}": z.string().transform((text) => new Date(text)),
  news: z.object({ title: z.string(), tags: z.array(z.string()).default([]) }),
});

/** A schema that answers as it is told. */
function answering(validate: StandardSchema["~standard"]["validate"]): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

async function benchOf<const C extends Contract>(
  schema: C,
  validate?: Validate,
): Promise<{ bench: Bench<C>; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const bench = new Bench({
    contract: contract(schema),
    validate,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  await bench.welcome();
  return { bench, diagnostics };
}

/** What was published, as a hub has it. */
const published = ({ socket }: { socket: Bench["socket"] }): unknown[] =>
  socket.framesOf(PUBLISH).map((frame) => frame[6]);

async function granted(bench: Pick<Bench, "grant">): Promise<void> {
  await turn();
  bench.grant({ sub: 1 });
  await turn();
}

test("D30 a contract gives topics the types of its schemas", () => {
  // never called: what stands here is read by the compiler
  const types = (client: Client<typeof schemas>, plain: Client): void => {
    const prices = client.topic("prices.{symbol}", { symbol: "eur" });
    expectTypeOf(prices).toEqualTypeOf<Topic<Price, Price>>();
    expectTypeOf(client.topic("news")).toEqualTypeOf<
      Topic<{ title: string; tags: string[] }, { title: string; tags?: string[] | undefined }>
    >();
    const times = client.topic("times.{zone}", { zone: 1 });
    expectTypeOf(times).toEqualTypeOf<Topic<Date, string>>();
    times.subscribe(({ data }) => expectTypeOf(data).toEqualTypeOf<Date>());
    expectTypeOf(times.latest()).toEqualTypeOf<Promise<Publication<Date> | undefined>>();
    expectTypeOf(times.store()).toEqualTypeOf<Store<readonly Publication<Date>[]>>();
    expectTypeOf(times.store({ keep: 5, rate: "frame" })).toEqualTypeOf<
      Store<readonly Publication<Date>[]>
    >();
    expectTypeOf(
      times.store({
        rate: "frame",
        initial: 0,
        reduce: (n, batch) => n + batch[0]!.data.getTime(),
      }),
    ).toEqualTypeOf<Store<number>>();
    expectTypeOf(times.publish("now")).toEqualTypeOf<Promise<Published>>();

    // @ts-expect-error -- a wrong payload
    void prices.publish({ bid: "1" });
    // @ts-expect-error -- what comes is a Date, and what is sent is not
    void times.publish(new Date());
    // @ts-expect-error -- a missing payload
    void prices.publish();
    // @ts-expect-error -- no params
    client.topic("prices.{symbol}");
    // @ts-expect-error -- one of two
    client.topic("rooms.{room}.says.{who}", { room: "blue" });
    // @ts-expect-error -- one that the pattern does not have
    client.topic("prices.{symbol}", { symbol: "eur", side: "bid" });
    // @ts-expect-error -- params of a topic without places
    client.topic("news", { page: 1 });
    // @ts-expect-error -- a name that is not known until it runs
    client.topic(`prices.${prices.name}`);
    // @ts-expect-error -- a value that is no level
    client.topic("prices.{symbol}", { symbol: true });
    // @ts-expect-error -- a topic that the contract does not name
    client.topic("price.{symbol}", { symbol: "eur" });
    // @ts-expect-error -- a topic of the pattern, by its own name
    client.topic("prices.eur");

    // with a type it is as without a contract
    expectTypeOf(client.topic<Price>("prices.*")).toEqualTypeOf<Topic<Price>>();
    expectTypeOf(plain.topic("prices.{symbol}", { symbol: 1 })).toEqualTypeOf<Topic<unknown>>();
    expectTypeOf(plain.topic<string>("a")).toEqualTypeOf<Topic<string>>();
    const generic = <T>(): Topic<T> => plain.topic<T>("a");
    expectTypeOf(generic<1>()).toEqualTypeOf<Topic<1>>();
    // one with a contract can be used by other entries
    expectTypeOf(members(client, "a")).toEqualTypeOf<Members<unknown>>();
    expectTypeOf(createClient("ws://a.test", {}).topic("a")).toEqualTypeOf<Topic<unknown>>();
    const made = createClient("ws://a.test", { contract: schemas });
    expectTypeOf(made.topic("prices.{symbol}", { symbol: 1 })).toEqualTypeOf<Topic<Price>>();
    // @ts-expect-error -- what is no schema
    contract({ a: { type: "string" } });
  };
  expect(types).toBeTypeOf("function");
});

test("D30 what the contract does not help with is refused in a sentence", () => {
  type Schemas = typeof schemas;
  expectTypeOf<
    Free<Schemas, never, "price.eur">
  >().toEqualTypeOf<"the contract does not name this; ask for it with a type: topic<T>(name)">();
  expectTypeOf<
    Free<Schemas, never, "prices.{symbol}">
  >().toEqualTypeOf<"the params of this pattern are missing, or not those of its {places}">();
  expectTypeOf<Free<Schemas, Price, "price.eur">>().toEqualTypeOf<string>();
  expectTypeOf<Free<Contract, unknown, "price.eur">>().toEqualTypeOf<string>();
});

test("D30 a function for any client takes one with a contract too, and has any topic with a type", async () => {
  const bid = (client: AnyClient, symbol: string): Promise<Published> =>
    client.topic<Price>("prices.{symbol}", { symbol }).publish({ bid: 1 });
  const { bench } = await benchOf(schemas);
  const plain = new Bench();
  await plain.welcome();
  void bid(bench.client, "eur");
  void bid(plain.client, "eur");
  await turn();
  expect(published(bench)).toHaveLength(1);
  expect(published(bench)).toEqual(published(plain));
  // never called: what stands here is read by the compiler
  const types = (client: AnyClient): void => {
    expectTypeOf(client.topic("a")).toEqualTypeOf<Topic<unknown>>();
    expectTypeOf(client.topic<Price>("a")).toEqualTypeOf<Topic<Price>>();
  };
  expect(types).toBeTypeOf("function");
});

test("D30 params fill the places of a pattern, each as one level", async () => {
  const { bench } = await benchOf(schemas);
  const topic = bench.client.topic("rooms.{room}.says.{who}", { room: "a.b", who: 7 });
  expect(topic.name).toBe("rooms.a%2Eb.says.7");
  expect(bench.client.topic("rooms.{room}.says.{who}", { room: "a.b", who: 7 })).toBe(topic);
  expect(bench.client.topic<unknown>(topic.name)).not.toBe(topic);
});

for (const [what, schema, message] of [
  ["a name that is none", { "a..b": z.string() }, 'no topic or pattern: "a..b"'],
  ["a place that is none", { "a.{b-c}": z.string() }, 'no topic or pattern: "a.{b-c}"'],
  ["what is no schema", { a: {} }, "a must be given a Standard Schema"],
  ["nothing", { a: undefined }, "a must be given a Standard Schema"],
] as const)
  test(`D30 a contract with ${what} is a TypeError at once`, () => {
    expect(() => contract(schema as unknown as Contract)).toThrow(new TypeError(message));
  });

test("D15 a contract that was not made as one is a TypeError with a sentence", () => {
  expect(() => createClient("ws://a.test", { contract: { news: z.string() } })).toThrow(
    new TypeError("contract must be made by contract()"),
  );
  const options = { contract: schemas, validate: "always" } as unknown as ClientOptions;
  expect(() => createClient("ws://a.test", options)).toThrow(
    new TypeError("validate must be receive or send or both or off"),
  );
});

test("D31 what is invalid is not sent, and rejects with all that is wrong", async () => {
  const { bench, diagnostics } = await benchOf(schemas);
  const topic = bench.client.topic("news");
  const bad = { title: 1, tags: ["a", 2] } as unknown as { title: string };
  const error = (await topic.publish(bad).catch((thrown: unknown) => thrown)) as ClientError;
  expect(error).toMatchObject({ name: "ClientError", code: "invalid", retryable: false });
  expect(error.message).toMatch(/^news: title: .*string.* \(and 1 more\)$/u);
  expect(error.issues?.map(({ path }) => path)).toEqual([["title"], ["tags", 1]]);
  await turn();
  expect([published(bench), diagnostics, bench.client.pending]).toEqual([[], [], 0]);
});

test("D31 what is sent is what was given, and not what the schema makes of it", async () => {
  const { bench } = await benchOf(schemas);
  void bench.client.topic("times.{zone}", { zone: "utc" }).publish("2026-01-01");
  void bench.client.topic("news").publish({ title: "x" });
  await turn();
  const seen = new Bench();
  await seen.welcome();
  void seen.client.topic("a").publish("2026-01-01");
  void seen.client.topic("a").publish({ title: "x" });
  await turn();
  expect(published(bench)).toEqual(published(seen));
});

test("D31 a schema that is asynchronous is waited for before it is sent", async () => {
  const slow = z.string().refine(async (text) => (await Promise.resolve(text)).length > 1);
  const { bench } = await benchOf({ a: slow }, "send");
  const topic = bench.client.topic("a");
  const bad = topic.publish("x");
  const good = topic.publish("long");
  await expect(bad).rejects.toMatchObject({ code: "invalid" });
  await turn();
  expect(published(bench)).toHaveLength(1);
  bench.confirm({ offset: 4 });
  await expect(good).resolves.toMatchObject({ position: "5:4" });
});

test("D31 a schema that throws, now or later, is an invalid payload with that as its cause", async () => {
  const cause = new Error("broken");
  const { bench } = await benchOf(
    {
      now: answering(() => {
        throw cause;
      }),
      later: answering(() => Promise.reject(cause)),
    },
    "send",
  );
  for (const name of ["now", "later"] as const)
    await expect(bench.client.topic(name).publish(1)).rejects.toMatchObject({
      code: "invalid",
      message: "broken",
      cause,
    });
});

test("D31 a deletion is not compared with the schema", async () => {
  const { bench, diagnostics } = await benchOf(schemas);
  const topic = bench.client.topic("news");
  const got: unknown[] = [];
  topic.subscribe(({ deleted, data }) => got.push([deleted, data]));
  await granted(bench);
  void topic.publish(null as never, { key: "k", del: true });
  bench.socket.say(
    hub.publication(1, 1, null, {
      encoding: 0,
      payload: new Uint8Array(),
      meta: { key: "k", del: true },
    }),
  );
  await turn();
  expect(published(bench)).toHaveLength(1);
  expect([got, diagnostics]).toEqual([[[true, undefined]], []]);
});

test("D32 a handler gets what the schema makes of what comes, and what is invalid is reported once", async () => {
  const { bench, diagnostics } = await benchOf(schemas);
  const topic = bench.client.topic("news");
  const got: unknown[][] = [[], []];
  const subscriptions = got.map((list) => topic.subscribe(({ data }) => void list.push(data)));
  await granted(bench);
  bench.socket.say(
    hub.publication(1, 1, { title: "a" }),
    hub.publication(1, 2, { titel: "b" }),
    hub.publication(1, 3, { title: "c", tags: ["d"] }),
    hub.publication(1, 4, 7),
  );
  const valid = [
    { title: "a", tags: [] },
    { title: "c", tags: ["d"] },
  ];
  expect(got).toEqual([valid, valid]);
  expect(got[0]![0]).toBe(got[1]![0]);
  expect(diagnostics).toMatchObject([
    { kind: "invalid", topic: "news", error: { code: "invalid" } },
    { kind: "invalid", topic: "news", error: { code: "invalid" } },
  ]);
  // it was served, as it would never be valid
  expect(subscriptions.map(({ position, invalid }) => [position, invalid])).toEqual([
    ["5:4", 2],
    ["5:4", 2],
  ]);
});

test("D32 a loop goes on over what is invalid, and its position with it", async () => {
  const { bench, diagnostics } = await benchOf(schemas);
  const subscription = bench.client.topic("prices.{symbol}", { symbol: "eur" }).subscribe();
  const loop = subscription[Symbol.asyncIterator]();
  await granted(bench);
  bench.socket.say(
    hub.publication(1, 1, { bid: "1" }),
    hub.publication(1, 2, { bid: 2 }),
    hub.publication(1, 3, {}),
  );
  expect(await loop.next()).toMatchObject({ value: { data: { bid: 2 }, position: "5:2" } });
  const next = loop.next();
  await turn();
  expect([subscription.position, subscription.invalid]).toEqual(["5:3", 2]);
  bench.socket.say(hub.publication(1, 4, { bid: 4 }));
  expect(await next).toMatchObject({ value: { data: { bid: 4 } } });
  expect(diagnostics).toHaveLength(2);
  expect(await loop.return!()).toEqual({ done: true, value: undefined });
  expect(subscription.state.get()).toBe("ended");
});

test("D32 a loop that waits ends with its subscription, and one beside a handler gets the same", async () => {
  const { bench } = await benchOf(schemas);
  const got: unknown[] = [];
  const subscription = bench.client.topic("news").subscribe((publication) => got.push(publication));
  const loop = subscription[Symbol.asyncIterator]();
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, { title: "a" }), hub.publication(1, 2, 7));
  expect((await loop.next()).value).toBe(got[0]);
  const last = loop.next();
  await turn();
  expect(subscription.invalid).toBe(1);
  subscription.unsubscribe();
  expect(await last).toEqual({ done: true, value: undefined });
});

/** What `latest` of a topic says, which keeps `value` as its last publication. */
async function latestOf<const C extends Contract>(
  bench: Bench<C>,
  topic: Pick<Topic<unknown>, "latest">,
  value: unknown,
): Promise<unknown> {
  const latest = topic.latest().catch((error: unknown) => error);
  await turn();
  const id = bench.socket.framesOf(READ).at(-1)![1] as number;
  bench.socket.say(hub.history(id, 4, value), hub.read(id, { head: 4 }));
  return latest;
}

test("D23 latest is what the schema makes of it, and one that is invalid rejects with all that is wrong", async () => {
  const { bench, diagnostics } = await benchOf(schemas);
  const topic = bench.client.topic("news");
  expect(await latestOf(bench, topic, { title: "x" })).toMatchObject({
    data: { title: "x", tags: [] },
    position: "5:4",
  });
  const error = await latestOf(bench, topic, { title: 1, tags: [2] });
  expect(error).toMatchObject({ name: "ClientError", code: "invalid", retryable: false });
  expect((error as ClientError).issues?.map(({ path }) => path)).toEqual([["title"], ["tags", 0]]);
  expect(diagnostics).toEqual([]);
});

test("D23 latest rejects where the schema is asynchronous, and is as it was sent where nothing is looked at", async () => {
  const slow = answering(() => Promise.reject(new Error("nobody waits for it")));
  const { bench } = await benchOf({ slow });
  expect(await latestOf(bench, bench.client.topic("slow"), 1)).toMatchObject({
    name: "ClientError",
    code: "invalid",
    message: 'slow must be given a schema that is not asynchronous, or validate: "send"',
    cause: expect.any(TypeError),
  });
  const { bench: other } = await benchOf({ slow }, "send");
  expect(await latestOf(other, other.client.topic("slow"), 1)).toMatchObject({ data: 1 });
});

test("D32 history and stores leave out what is invalid", async () => {
  const { bench, diagnostics } = await benchOf(schemas);
  const topic = bench.client.topic("times.{zone}", { zone: "utc" });
  const entries: Date[] = [];
  const reading = (async () => {
    for await (const { data } of topic.history()) entries.push(data);
  })();
  await turn();
  const [, id] = bench.socket.framesOf(READ)[0]!;
  bench.socket.say(
    hub.history(id as number, 1, "2026-01-01"),
    hub.history(id as number, 2, 7),
    hub.read(id as number, { head: 2 }),
  );
  await reading;
  expect(entries).toEqual([new Date("2026-01-01")]);
  const store = topic.store({ initial: 0, reduce: (n, batch) => n + batch.length });
  store.subscribe(() => {});
  await granted(bench);
  bench.socket.say(hub.publication(1, 3, 7), hub.publication(1, 4, "2026-01-01"));
  await turn();
  expect(store.get()).toBe(1);
  expect(diagnostics.map(({ kind }) => kind)).toEqual(["invalid", "invalid"]);
  expect(() => bench.client.topic("news").history({ limit: -1 })).toThrow(TypeError);
});

test("D32 a schema that is asynchronous cannot be used for what comes, and one that throws stops nobody", async () => {
  const cause = new Error("broken");
  const { bench, diagnostics } = await benchOf({
    slow: answering(() => Promise.reject(new Error("nobody waits for it"))),
    broken: answering(() => {
      throw cause;
    }),
  });
  const got: unknown[] = [];
  bench.client.topic("slow").subscribe((publication) => got.push(publication));
  bench.client.topic("broken").subscribe((publication) => got.push(publication));
  await turn();
  bench.grant({ sub: 1 }, { sub: 2 });
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(2, 1, "x"));
  await turn();
  expect(got).toEqual([]);
  expect(diagnostics.map(({ error }) => error)).toMatchObject([
    new TypeError('slow must be given a schema that is not asynchronous, or validate: "send"'),
    { code: "invalid", cause },
  ]);
});

/** What a client with this option does about a bad publication of its own, and of others. */
async function lookedAt(validate?: Validate): Promise<{ sent: boolean; received: boolean }> {
  const { bench } = await benchOf(schemas, validate);
  const topic = bench.client.topic("news");
  let received = false;
  topic.subscribe(() => {
    received = true;
  });
  await granted(bench);
  topic.publish(7 as never).catch(() => {});
  bench.socket.say(hub.publication(1, 1, 7));
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
  return { sent: published(bench).length > 0, received };
}

for (const [validate, wanted] of [
  ["both", { sent: false, received: false }],
  ["send", { sent: false, received: true }],
  ["receive", { sent: true, received: false }],
  ["off", { sent: true, received: true }],
  [undefined, { sent: false, received: false }],
] as const)
  test(`D33 validate ${validate}: a bad payload is sent, received: ${JSON.stringify(wanted)}`, async () => {
    expect(await lookedAt(validate)).toEqual(wanted);
  });

test("D33 topics that a contract does not name are not looked at", async () => {
  const { bench } = await benchOf(schemas);
  void bench.client.topic<unknown>("news.old").publish(7);
  void bench.client.topic<unknown>("prices.eur").publish(7);
  await turn();
  expect(published(bench)).toHaveLength(2);
});
