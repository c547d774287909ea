import { expect, test, vi } from "vitest";
import type { Codec } from "./codec.ts";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { ClientOptions } from "./options.ts";
import type { Publication } from "./publication.ts";
import type { Diagnostic } from "./report.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

const utf8 = new TextEncoder();

/** A client whose link is live. */
async function welcomed(options?: ClientOptions): Promise<Bench> {
  const bench = new Bench(options);
  await bench.welcome();
  return bench;
}

/** Follows `a`, and is granted stream 1 at offset 0. */
async function pull(bench: Bench, options?: SubscribeOptions): Promise<Subscription<unknown>> {
  const subscription = bench.client.topic("a").subscribe(options);
  await turn();
  bench.grant({ sub: 1 });
  return subscription;
}

async function push(
  bench: Bench,
  handler: (publication: Publication) => void,
  name = "a",
): Promise<Subscription<unknown>> {
  const subscription = bench.client.topic(name).subscribe(handler);
  await turn();
  bench.grant(name === "a" ? { sub: 1 } : { sub: 1, epoch: null, head: null });
  return subscription;
}

test("D1 a position advances after the handler has returned", async () => {
  const bench = await welcomed();
  const positions: unknown[] = [];
  const subscription = await push(bench, () => positions.push(subscription.position));
  positions.push(subscription.position);
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  positions.push(subscription.position);
  expect(positions).toEqual(["5:0", "5:0", "5:1", "5:2"]);
});

test("D1 a position advances when the loop takes the publication, not when it came", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench);
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  expect(subscription.position).toBe("5:0");
  const iterator = subscription[Symbol.asyncIterator]();
  await iterator.next();
  expect(subscription.position).toBe("5:1");
  await iterator.next();
  expect(subscription.position).toBe("5:2");
});

test("D1 what was received and not taken does not count when the subscription ends", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench);
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  await subscription[Symbol.asyncIterator]().next();
  subscription.unsubscribe();
  bench.client.topic("a").subscribe(() => {});
  bench.socket.say(hub.publication(1, 3, "z"));
  expect(subscription.position).toBe("5:1");
});

test("D2 a handler that throws stops nobody, and is reported", async () => {
  const diagnostics: Diagnostic[] = [];
  const bench = await welcomed({ onDiagnostic: (told) => diagnostics.push(told) });
  const got: unknown[] = [];
  const error = new Error("mine");
  bench.client.topic("a").subscribe(() => {
    throw error;
  });
  await push(bench, ({ data }) => got.push(data));
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  expect(got).toEqual(["x", "y"]);
  expect(diagnostics[0]).toEqual({ kind: "handler", error, topic: "a" });
  expect(diagnostics).toHaveLength(2);
});

test("D2 hooks, stores and onDiagnostic that throw are uncaught errors, after everybody's turn", async () => {
  const thrown: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (run: () => void) => {
    void Promise.resolve()
      .then(run)
      .catch((error: unknown) => thrown.push(error));
  });
  const fail = (what: string) => (): never => {
    throw what;
  };
  const bench = new Bench({ onDiagnostic: fail("diagnostic") });
  const live = vi.fn();
  bench.client.status.subscribe(({ state }) => {
    if (state === "live") throw "store";
  });
  const subscription = bench.client.topic("a").subscribe(fail("handler"));
  subscription.on("live", fail("hook"));
  subscription.on("live", live);
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(hub.publication(1, 1, "x"));
  await turn();
  vi.unstubAllGlobals();
  expect(live).toHaveBeenCalledOnce();
  expect(thrown).toEqual(["store", "hook", "diagnostic"]);
});

test("D2 without onDiagnostic an error of a handler is uncaught, and bad bytes of others only noted", async () => {
  const thrown: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (run: () => void) => {
    void Promise.resolve()
      .then(run)
      .catch((error: unknown) => thrown.push(error));
  });
  const noted = vi.spyOn(console, "error").mockImplementation(() => {});
  const bench = await welcomed();
  await push(bench, () => {
    throw "handler";
  });
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y", { encoding: 9 }));
  await turn();
  vi.unstubAllGlobals();
  expect(thrown).toEqual(["handler"]);
  expect(noted.mock.calls).toMatchObject([[{ code: "undecodable" }]]);
  noted.mockRestore();
});

test("D3 a publication is one object for all listeners, with all that the publisher said", async () => {
  const bench = await welcomed();
  const got: Publication[] = [];
  bench.client.topic("a").subscribe((publication) => got.push(publication));
  await push(bench, (publication) => got.push(publication));
  const meta = { key: "k", h: new Map([["x", "1"]]) };
  bench.socket.say(hub.publication(1, 1, { n: 1 }, { time: 99, from: "ann", meta }));
  expect(got[0]).toBe(got[1]);
  expect(got[0]).toMatchObject({
    data: { n: 1 },
    topic: "a",
    position: "5:1",
    time: 99,
    from: "ann",
    key: "k",
    headers: { x: "1" },
    replayed: false,
  });
});

test("D3 what the publisher did not say is undefined", async () => {
  const bench = await welcomed();
  const got: Publication[] = [];
  await push(bench, (publication) => got.push(publication));
  bench.socket.say(hub.publication(1, 1, "x"));
  expect(got[0]!.from).toBeUndefined();
  expect(got[0]!.key).toBeUndefined();
  expect(got[0]!.headers).toBeUndefined();
});

test("D3 a publication of a pattern has its own topic and position", async () => {
  const bench = await welcomed();
  const got: Publication[] = [];
  await push(bench, (publication) => got.push(publication), "a.*");
  bench.socket.say(hub.patternPublication(1, "a.b", 7, "x"));
  expect(got[0]).toMatchObject({ data: "x", topic: "a.b", position: "5:7" });
});

test("D4 bytes, text, JSON and MessagePack are understood", async () => {
  const bench = await welcomed();
  const got: unknown[] = [];
  await push(bench, ({ data }) => got.push(data));
  const bytes = Uint8Array.of(1, 2);
  bench.socket.say(
    hub.publication(1, 1, null, { encoding: 0, payload: bytes }),
    hub.publication(1, 2, null, { encoding: 1, payload: utf8.encode("é") }),
    hub.publication(1, 3, null, { encoding: 2, payload: utf8.encode('{"a":[1]}') }),
    hub.publication(1, 4, { b: [2] }),
  );
  expect(got).toEqual([bytes, "é", { a: [1] }, { b: [2] }]);
  expect((got[0] as Uint8Array).buffer.byteLength).toBe(2);
});

for (const [what, more] of [
  ["an unknown encoding", { encoding: 4 }],
  ["an unknown transform", { encoding: 0x13 }],
  ["bytes that are not what they say", { encoding: 2, payload: utf8.encode("{") }],
  ["an empty payload", { payload: new Uint8Array() }],
] as const)
  test(`D4 ${what} is an error to the application, and not delivered`, async () => {
    const diagnostics: Diagnostic[] = [];
    const bench = await welcomed({ onDiagnostic: (told) => diagnostics.push(told) });
    const got: unknown[] = [];
    await push(bench, ({ data }) => got.push(data));
    bench.socket.say(hub.publication(1, 1, "x", more), hub.publication(1, 2, "y"));
    expect(got).toEqual(["y"]);
    expect(diagnostics).toMatchObject([
      { kind: "undecodable", topic: "a", error: { code: "undecodable", retryable: false } },
    ]);
  });

test("D5 a publication that was delivered before is not delivered again", async () => {
  const bench = await welcomed();
  const got: unknown[] = [];
  const subscription = await push(bench, ({ data }) => got.push(data));
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  bench.socket.say(hub.publication(1, 2, "y"), hub.publication(1, 1, "x"));
  expect(got).toEqual(["x", "y"]);
  expect(subscription.position).toBe("5:2");
  bench.client.reconnect();
  await bench.welcome();
  bench.grant({ sub: 4, head: 2 });
  bench.socket.say(hub.publication(4, 2, "y"), hub.publication(4, 3, "z"));
  expect(got).toEqual(["x", "y", "z"]);
});

test("D5 a publication of a stream that is not followed is nobody's", async () => {
  const bench = await welcomed();
  const got: unknown[] = [];
  await push(bench, ({ data }) => got.push(data));
  bench.socket.say(
    hub.publication(2, 1, "x"),
    hub.patternPublication(3, "b", 1, "x"),
    hub.ended(3, "revoked"),
    hub.caughtUp(3),
    hub.ok(999),
    hub.refused(999, "internal"),
  );
  expect(got).toEqual([]);
  expect(bench.client.status.get().state).toBe("live");
});

test("D16 another codec writes and reads its own encoding, and the others are still understood", async () => {
  const codec: Codec = {
    encoding: 7,
    encode: (value) => utf8.encode(`<${String(value)}>`),
    decode: (bytes, encoding) => [encoding, new TextDecoder().decode(bytes)],
  };
  const bench = await welcomed({ codec });
  const got: unknown[] = [];
  await push(bench, ({ data }) => got.push(data));
  void bench.client.topic("a").publish("x");
  await turn();
  expect(bench.socket.framesOf(5)[0]!.slice(4)).toEqual([7, null, utf8.encode("<x>")]);
  bench.socket.say(
    hub.publication(1, 1, null, { encoding: 7, payload: utf8.encode("y") }),
    hub.publication(1, 2, "z"),
  );
  expect(got).toEqual([[7, "y"], "z"]);
});

test("D18 a loop gets what came before it and what comes while it waits, and ends with the subscription", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench);
  bench.socket.say(hub.publication(1, 1, "x"));
  const got: unknown[] = [];
  const loop = (async () => {
    for await (const { data } of subscription) got.push(data);
  })();
  await turn();
  bench.socket.say(hub.publication(1, 2, "y"));
  await turn();
  expect(got).toEqual(["x", "y"]);
  subscription.unsubscribe();
  await loop;
});

test("D18 leaving the loop ends the subscription", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench);
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  const got: unknown[] = [];
  for await (const { data } of subscription) {
    got.push(data);
    break;
  }
  expect(got).toEqual(["x"]);
  expect(subscription.state.get()).toBe("ended");
  expect(await subscription[Symbol.asyncIterator]().next()).toEqual({
    done: true,
    value: undefined,
  });
});

test("D18 a loop gets what was received before the hub ended the subscription, then the reason", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench);
  bench.socket.say(hub.publication(1, 1, "x"), hub.ended(1, "forbidden"));
  const iterator = subscription[Symbol.asyncIterator]();
  expect(await iterator.next()).toMatchObject({ value: { data: "x" } });
  await expect(iterator.next()).rejects.toMatchObject({ code: "forbidden" });
});

test("D18 a pushed subscription can be pulled from beside", async () => {
  const bench = await welcomed();
  const got: unknown[] = [];
  const subscription = await push(bench, ({ data }) => got.push(data));
  const next = subscription[Symbol.asyncIterator]().next();
  bench.socket.say(hub.publication(1, 1, "x"));
  expect(await next).toMatchObject({ value: { data: "x" } });
  expect(got).toEqual(["x"]);
});

test("D19 a loop that is too slow loses the oldest, counts them, and is told before the next", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench, { buffer: 2 });
  const gaps: unknown[] = [];
  subscription.on("gap", (gap) => gaps.push(gap));
  for (let offset = 1; offset <= 5; offset++) bench.socket.say(hub.publication(1, offset, offset));
  expect(subscription.dropped).toBe(3);
  expect(gaps).toEqual([]);
  expect(subscription.position).toBe("5:0");
  const iterator = subscription[Symbol.asyncIterator]();
  expect(await iterator.next()).toMatchObject({ value: { data: 4 } });
  expect(subscription.position).toBe("5:4");
  expect(await iterator.next()).toMatchObject({ value: { data: 5 } });
  expect(gaps).toEqual([{ topic: "a", missed: 3, next: "5:4", reason: "overflow" }]);
});

test("D19 the buffer holds 1,024 publications unless it is told otherwise", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench);
  for (let offset = 1; offset <= 1025; offset++) bench.socket.say(hub.publication(1, offset, 0));
  expect(subscription.dropped).toBe(1);
});

test("D19 a loop that is fast enough loses nothing of a message that brings more than the buffer holds", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench, { buffer: 2 });
  const got: unknown[] = [];
  const loop = (async () => {
    for await (const { data } of subscription) got.push(data);
  })();
  const say = (from: number): void =>
    bench.socket.say(...[0, 1, 2, 3, 4].map((n) => hub.publication(1, from + n, from + n)));
  say(1);
  await turn();
  say(6);
  await turn();
  expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  say(11);
  say(16);
  await turn();
  expect(subscription.dropped).toBe(4);
  expect(got.slice(10)).toEqual([15, 16, 17, 18, 19, 20]);
  subscription.unsubscribe();
  await loop;
});

test("D19 with overflow error the subscription ends instead, after what it has", async () => {
  const bench = await welcomed();
  const subscription = await pull(bench, { buffer: 1, overflow: "error" });
  bench.socket.say(hub.publication(1, 1, "x"));
  bench.socket.say(hub.publication(1, 2, "y"));
  expect(subscription.state.get()).toBe("ended");
  const iterator = subscription[Symbol.asyncIterator]();
  expect(await iterator.next()).toMatchObject({ value: { data: "x" } });
  await expect(iterator.next()).rejects.toMatchObject({ code: "overflow" });
});
