import { expect, test, vi } from "vitest";
import { Bench, type FakeSocket, hub, turn } from "./fake-hub.testkit.ts";
import type { Diagnostic } from "./report.ts";
import type { Subscription, SubscriptionEvents, SubscriptionState } from "./subscription.ts";

const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;

const noop = (): void => {};

/** The names that were asked for. */
const askedFor = (socket: FakeSocket): unknown[] =>
  socket.framesOf(SUBSCRIBE).flatMap(([, , list]) => (list as unknown[][]).map(([name]) => name));

/** The names that were unsubscribed from. */
const left = (socket: FakeSocket): unknown[] =>
  socket.framesOf(UNSUBSCRIBE).flatMap(([, , names]) => names as unknown[]);

/** All that a subscription tells. */
function heard(subscription: Subscription<unknown>): unknown[] {
  const told: unknown[] = [];
  const listen = (kind: keyof SubscriptionEvents): unknown =>
    subscription.on(kind, (event) => told.push([kind, event]));
  for (const kind of ["gap", "live", "interrupted", "ended"] as const) listen(kind);
  return told;
}

async function welcomed(bench: Bench): Promise<void> {
  bench.socket.welcome();
  await turn();
}

async function again(bench: Bench): Promise<void> {
  bench.client.reconnect();
  await welcomed(bench);
}

test("B1 listeners of one topic share one hub subscription", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const topic = bench.client.topic("a");
  topic.subscribe(({ data }) => got.push(["first", data]));
  topic.subscribe(({ data }) => got.push(["second", data]));
  await welcomed(bench);
  bench.grant({ sub: 1 });
  topic.subscribe(({ data }) => got.push(["third", data]));
  await turn();
  bench.socket.say(hub.publication(1, 1, "x"));
  expect(askedFor(bench.socket)).toEqual(["a"]);
  expect(got).toEqual([
    ["first", "x"],
    ["second", "x"],
    ["third", "x"],
  ]);
});

test("B1 the hub subscription outlives its last listener by 250 ms, and is unsubscribed in one frame", async () => {
  const bench = new Bench();
  const subscriptions = ["a", "b"].map((name) => bench.client.topic(name).subscribe(noop));
  await welcomed(bench);
  bench.grant({ sub: 1 }, { sub: 2 });
  for (const subscription of subscriptions) subscription.unsubscribe();
  await bench.clock.pass(249);
  expect(left(bench.socket)).toEqual([]);
  await bench.clock.pass(1);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toHaveLength(1);
  expect(left(bench.socket)).toEqual(["a", "b"]);
});

test("B1 leaving and coming back within that time says nothing", async () => {
  const bench = new Bench();
  const topic = bench.client.topic("a");
  const got: unknown[] = [];
  const first = topic.subscribe(noop);
  await welcomed(bench);
  bench.grant({ sub: 1 });
  first.unsubscribe();
  await bench.clock.pass(200);
  const second = topic.subscribe(({ data }) => got.push(data));
  expect(second.state.get()).toBe("live");
  expect(await second.ready).toEqual({ recovered: true, replayed: 0 });
  await bench.clock.pass(1000);
  bench.socket.say(hub.publication(1, 1, "x"));
  expect(got).toEqual(["x"]);
  expect(askedFor(bench.socket)).toEqual(["a"]);
  expect(left(bench.socket)).toEqual([]);
});

test("B11 unsubscribe may be handed on by itself, as what ends an effect", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const { unsubscribe } = bench.client.topic("a").subscribe(({ data }) => got.push(data));
  await welcomed(bench);
  bench.grant({ sub: 1 });
  unsubscribe();
  bench.socket.say(hub.publication(1, 1, "x"));
  expect(got).toEqual([]);
});

test("B1 a subscription that is renewed inside its handler says nothing and loses nothing", async () => {
  const bench = new Bench();
  const topic = bench.client.topic("a");
  const got: unknown[] = [];
  let current = topic.subscribe(renew);
  function renew({ data }: { data: unknown }): void {
    got.push(data);
    current.unsubscribe();
    current = topic.subscribe(renew);
  }
  await welcomed(bench);
  bench.grant({ sub: 1 });
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  await bench.clock.pass(1000);
  bench.socket.say(hub.publication(1, 3, "z"));
  expect(got).toEqual(["x", "y", "z"]);
  expect(askedFor(bench.socket)).toEqual(["a"]);
  expect(left(bench.socket)).toEqual([]);
});

test("B2 of several listeners the longest lingerMs counts", async () => {
  const bench = new Bench();
  const topic = bench.client.topic("a");
  const long = topic.subscribe(noop, { lingerMs: 1000 });
  const short = topic.subscribe(noop, { lingerMs: 0 });
  await welcomed(bench);
  bench.grant({ sub: 1 });
  long.unsubscribe();
  short.unsubscribe();
  await bench.clock.pass(999);
  expect(left(bench.socket)).toEqual([]);
  await bench.clock.pass(1);
  expect(left(bench.socket)).toEqual(["a"]);
});

/** How a subscription comes into each state, beginning with one that was asked for. */
const comesTo: {
  readonly [S in SubscriptionState]: (bench: Bench, s: Subscription<unknown>) => unknown;
} = {
  pending: noop,
  replaying: (bench) => bench.grant({ sub: 1, head: 2, replay: 1 }),
  live: (bench) => bench.grant({ sub: 1, head: 2 }),
  async interrupted(bench) {
    bench.grant({ sub: 1, head: 2 });
    await again(bench);
  },
  ended: (_bench, subscription) => subscription.unsubscribe(),
};

const lastAsk = (bench: Bench): number => bench.socket.framesOf(SUBSCRIBE).at(-1)![1] as number;

/** What can happen, and what each state becomes by it, in the order of {@link comesTo}. */
const happens: Readonly<
  Record<
    string,
    {
      readonly run: (bench: Bench, s: Subscription<unknown>) => unknown;
      readonly becomes: readonly SubscriptionState[];
    }
  >
> = {
  granted: {
    run: (bench) => bench.grant({ sub: 1, head: 2 }),
    becomes: ["live", "replaying", "live", "live", "ended"],
  },
  "granted with a replay": {
    run: (bench) => bench.grant({ sub: 1, head: 2, replay: 1 }),
    becomes: ["replaying", "replaying", "live", "replaying", "ended"],
  },
  caughtUp: {
    run: (bench) => bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 2 })),
    becomes: ["pending", "live", "live", "interrupted", "ended"],
  },
  refused: {
    run: (bench) => bench.socket.say(hub.refused(lastAsk(bench), "forbidden")),
    becomes: ["ended", "replaying", "live", "ended", "ended"],
  },
  "ended by the hub": {
    run: (bench) => bench.socket.say(hub.ended(1, "revoked")),
    becomes: ["pending", "ended", "ended", "interrupted", "ended"],
  },
  "ended by the application": {
    run: (_bench, subscription) => subscription.unsubscribe(),
    becomes: ["ended", "ended", "ended", "ended", "ended"],
  },
  cut: {
    run: (bench) => bench.socket.end(),
    becomes: ["pending", "interrupted", "interrupted", "interrupted", "ended"],
  },
};

for (const [event, { run, becomes }] of Object.entries(happens))
  for (const [i, [state, come]] of Object.entries(comesTo).entries())
    test(`B3 ${state} × ${event}`, async () => {
      const bench = new Bench();
      const subscription = bench.client.topic("a").subscribe(noop);
      await welcomed(bench);
      await come(bench, subscription);
      expect(subscription.state.get()).toBe(state);
      run(bench, subscription);
      expect(subscription.state.get()).toBe(becomes[i]);
    });

test("B4 a grant for a subscription that has ended meanwhile counts for nobody", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const first = bench.client
    .topic("a")
    .subscribe((p) => got.push(["first", p.data]), { lingerMs: 0 });
  await welcomed(bench);
  const [, firstId] = bench.socket.framesOf(SUBSCRIBE)[0]!;
  first.unsubscribe();
  await bench.clock.pass(0);
  const second = bench.client.topic("a").subscribe((p) => got.push(["second", p.data]));
  await turn();
  expect(bench.socket.frames.slice(-2).map(([op]) => op)).toEqual([UNSUBSCRIBE, SUBSCRIBE]);
  // the hub answers in the order in which it was asked
  bench.socket.say(hub.granted(firstId as number, { sub: 1 }), hub.publication(1, 1, "x"));
  expect(second.state.get()).toBe("pending");
  bench.grant({ sub: 1, head: 1 });
  bench.socket.say(hub.publication(1, 2, "y"));
  expect(got).toEqual([["second", "y"]]);
});

test("B4 a late refusal of an older subscription does not end a newer one", async () => {
  const bench = new Bench();
  const first = bench.client.topic("a").subscribe(noop, { lingerMs: 0 });
  await welcomed(bench);
  const [, firstId] = bench.socket.framesOf(SUBSCRIBE)[0]!;
  first.unsubscribe();
  await bench.clock.pass(0);
  const second = bench.client.topic("a").subscribe(noop);
  await turn();
  bench.socket.say(hub.refused(firstId as number, "rate-limited"));
  bench.grant({ sub: 1 });
  expect(second.state.get()).toBe("live");
  await again(bench);
  expect(askedFor(bench.socket)).toEqual(["a"]);
});

test("B4 an answer to a SUBSCRIBE of an earlier link counts for nobody", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  const [, oldId] = bench.socket.framesOf(SUBSCRIBE)[0]!;
  await again(bench);
  bench.socket.say(hub.granted(oldId as number, { sub: 9 }));
  expect(subscription.state.get()).toBe("pending");
  bench.socket.say(hub.refused(oldId as number, "forbidden"));
  expect(subscription.state.get()).toBe("pending");
  bench.grant({ sub: 1 });
  expect(subscription.state.get()).toBe("live");
});

test("B4 the end of an older subscription does not take a newer one away", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const first = bench.client.topic("a").subscribe(noop, { lingerMs: 0 });
  await welcomed(bench);
  bench.grant({ sub: 1 });
  first.unsubscribe();
  await bench.clock.pass(0);
  bench.client.topic("a").subscribe(({ data }) => got.push(data));
  await turn();
  const [, leaveId] = bench.socket.framesOf(UNSUBSCRIBE)[0]!;
  bench.grant({ sub: 1 });
  bench.socket.say(hub.ok(leaveId as number));
  first.unsubscribe();
  await bench.clock.pass(1000);
  bench.socket.say(hub.publication(1, 1, "x"));
  expect(got).toEqual(["x"]);
  expect(left(bench.socket)).toEqual(["a"]);
});

test("B5 after a reconnect a topic tells exactly how many publications were missed", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const told = heard(subscription);
  await welcomed(bench);
  bench.grant({ sub: 1, head: 10 });
  bench.socket.say(hub.publication(1, 11, "x"));
  await again(bench);
  bench.grant({ sub: 2, head: 14 });
  expect(told).toEqual([
    ["live", { recovered: true }],
    ["interrupted", undefined],
    ["gap", { topic: "a", missed: 3, next: "5:15", reason: "unknown" }],
    ["live", { recovered: false }],
  ]);
  expect(subscription.position).toBe("5:14");
});

test("B5 a topic whose head did not move tells no gap", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const told = heard(subscription);
  await welcomed(bench);
  bench.grant({ sub: 1, head: 10 });
  bench.socket.say(hub.publication(1, 11, "x"));
  await again(bench);
  bench.grant({ sub: 2, head: 11 });
  expect(told.slice(2)).toEqual([["live", { recovered: true }]]);
});

test("B5 a new epoch is a gap, and so is every return to a pattern", async () => {
  const bench = new Bench();
  const topic = heard(bench.client.topic("a").subscribe(noop));
  const pattern = heard(bench.client.topic("b.*").subscribe(noop));
  const nowhere = { epoch: null, head: null };
  await welcomed(bench);
  bench.grant({ sub: 1, head: 10 }, { sub: 2, ...nowhere });
  await again(bench);
  bench.grant({ sub: 1, epoch: 6, head: 2 }, { sub: 2, ...nowhere });
  expect(topic[2]).toEqual([
    "gap",
    { topic: "a", missed: undefined, next: "6:3", reason: "epoch" },
  ]);
  expect(pattern[2]).toEqual([
    "gap",
    { topic: undefined, missed: undefined, next: undefined, reason: "unknown" },
  ]);
});

test("B5 a link that was lost before the first grant has missed nothing", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const told = heard(subscription);
  await welcomed(bench);
  await again(bench);
  expect(subscription.state.get()).toBe("pending");
  bench.grant({ sub: 1, head: 4 });
  expect(told).toEqual([["live", { recovered: true }]]);
});

test("B6 gaps of the hub are told with their bounds", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const topic = heard(subscription);
  const pattern = heard(bench.client.topic("b.*").subscribe(noop));
  await welcomed(bench);
  bench.grant({ sub: 1, head: 10 }, { sub: 2, epoch: null, head: null });
  bench.socket.say(
    hub.gap(1, { epoch: 5, next: 21, missed: 10, reason: 2 }),
    hub.gap(2, { topic: "b.c", epoch: 8, next: 3, reason: 1 }),
    hub.gap(2, { reason: 5 }),
    hub.gap(77, { reason: 5 }),
  );
  expect(topic.slice(1)).toEqual([
    ["gap", { topic: "a", missed: 10, next: "5:21", reason: "lagging" }],
  ]);
  expect(pattern.slice(1)).toEqual([
    ["gap", { topic: "b.c", missed: undefined, next: "8:3", reason: "trimmed" }],
    ["gap", { topic: undefined, missed: undefined, next: undefined, reason: "reset" }],
  ]);
  expect(subscription.position).toBe("5:20");
});

test("B7 a refused subscription ends with the reason, and others do not", async () => {
  const bench = new Bench();
  const refused = bench.client.topic("a").subscribe(noop);
  const granted = bench.client.topic("b").subscribe(noop);
  const told = heard(refused);
  await welcomed(bench);
  bench.grant({ granted: false, code: 202, text: "Not you.", retryAfterMs: null }, { sub: 2 });
  const cause = { code: "forbidden", message: "Not you.", retryable: false };
  await expect(refused.ready).rejects.toMatchObject(cause);
  expect(told).toMatchObject([["ended", cause]]);
  expect(granted.state.get()).toBe("live");
  bench.client.topic("a").subscribe(noop);
  await turn();
  expect(askedFor(bench.socket)).toEqual(["a", "b", "a"]);
});

test("B15 what can be granted later is asked for again after the hub's delay, and told meanwhile", async () => {
  const diagnostics: Diagnostic[] = [];
  const bench = new Bench({ onDiagnostic: (told) => diagnostics.push(told) });
  const subscription = bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  bench.grant({ granted: false, code: 300, text: "Slow down.", retryAfterMs: 500 });
  expect(subscription.state.get()).toBe("pending");
  expect(diagnostics).toMatchObject([
    { kind: "refused", topic: "a", error: { code: "rate-limited", retryAfterMs: 500 } },
  ]);
  await bench.clock.pass(499);
  expect(askedFor(bench.socket)).toEqual(["a"]);
  await bench.clock.pass(1);
  expect(askedFor(bench.socket)).toEqual(["a", "a"]);
  bench.grant({ sub: 1 });
  expect(await subscription.ready).toEqual({ recovered: true, replayed: 0 });
});

test("B15 without a delay it waits a random part of 1 s, doubled each time up to 20 s", async () => {
  const bench = new Bench({ onDiagnostic: noop });
  bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  const waits: number[] = [];
  for (let i = 1; i <= 7; i++) {
    const [, id] = bench.socket.framesOf(SUBSCRIBE).at(-1)!;
    bench.socket.say(hub.refused(id as number, "draining"));
    const from = bench.clock.now();
    for (let step = 0; bench.socket.framesOf(SUBSCRIBE).length === i; step++) {
      await bench.clock.pass(100);
      if (step % 50 === 0) bench.socket.say(hub.pong(1));
    }
    waits.push(bench.clock.now() - from);
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test("B15 a subscription that waits for another try can be left, and asked for anew", async () => {
  const bench = new Bench({ onDiagnostic: noop });
  const subscription = bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  bench.grant({ granted: false, code: 300, text: "Slow down.", retryAfterMs: 60_000 });
  subscription.unsubscribe();
  await bench.clock.pass(100);
  const second = bench.client.topic("a").subscribe(noop);
  await turn();
  expect(askedFor(bench.socket)).toEqual(["a", "a"]);
  bench.grant({ granted: false, code: 300, text: "Slow down.", retryAfterMs: 60_000 });
  second.unsubscribe();
  await bench.clock.pass(250);
  expect(left(bench.socket)).toEqual([]);
  expect(second.state.get()).toBe("ended");
});

test("B15 a new link does not wait", async () => {
  const bench = new Bench({ onDiagnostic: noop });
  const subscription = bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  bench.grant({ granted: false, code: 300, text: "Slow down.", retryAfterMs: 60_000 });
  await again(bench);
  bench.grant({ sub: 1 });
  expect(subscription.state.get()).toBe("live");
  await bench.clock.pass(1000);
  expect(askedFor(bench.socket)).toEqual(["a"]);
});

test("B7 a SUBSCRIBE that is refused as a whole ends all of its subscriptions", async () => {
  const bench = new Bench();
  const subscriptions = ["a", "b"].map((name) => bench.client.topic(name).subscribe());
  await welcomed(bench);
  bench.socket.say(hub.refused(1, "forbidden"));
  for (const subscription of subscriptions) expect(subscription.state.get()).toBe("ended");
  await expect(subscriptions[0]![Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: "forbidden",
  });
});

test("B7 the hub ends a subscription: nothing of it is said or delivered any more", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const subscription = bench.client.topic("a").subscribe(({ data }) => got.push(data));
  const told = heard(subscription);
  await welcomed(bench);
  bench.grant({ sub: 1 });
  bench.socket.say(hub.ended(1, "revoked"), hub.publication(1, 1, "x"));
  expect(subscription.state.get()).toBe("ended");
  expect(told[1]).toMatchObject(["ended", { code: "revoked", message: "Because." }]);
  await bench.clock.pass(1000);
  expect(got).toEqual([]);
  expect(left(bench.socket)).toEqual([]);
});

test("B8 ready tells how it became live", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  bench.grant({ sub: 1, head: 2, replay: 2 });
  bench.socket.say(
    hub.gap(1, { epoch: 5, next: 2, missed: 1, reason: 1 }),
    hub.publication(1, 2, "x"),
    hub.caughtUp(1, { epoch: 5, offset: 2 }),
  );
  expect(await subscription.ready).toEqual({ recovered: false, replayed: 1 });
});

test("B8 whoever asks for ready late hears how it became live at first, and gets one promise", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  await welcomed(bench);
  bench.grant({ sub: 1, head: 1, replay: 1 });
  bench.socket.say(hub.publication(1, 1, "x"), hub.caughtUp(1, { epoch: 5, offset: 1 }));
  await again(bench);
  bench.grant({ sub: 1, head: 3, replay: 2 });
  bench.socket.say(hub.publication(1, 2, "y"), hub.publication(1, 3, "z"));
  bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 3 }));
  subscription.unsubscribe();
  const { ready } = subscription;
  expect(await ready).toEqual({ recovered: true, replayed: 1 });
  expect(subscription.ready).toBe(ready);
});

test("B9 what comes before CAUGHT_UP is replayed", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const subscription = bench.client.topic("a").subscribe((p) => got.push([p.data, p.replayed]));
  await welcomed(bench);
  bench.grant({ sub: 1, head: 9, replay: 3 });
  expect(subscription.state.get()).toBe("replaying");
  bench.socket.say(hub.publication(1, 4, "x"), hub.publication(1, 9, "y"));
  expect(subscription.position).toBe("5:9");
  bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 9 }), hub.publication(1, 10, "z"));
  expect(subscription.state.get()).toBe("live");
  expect(got).toEqual([
    ["x", true],
    ["y", true],
    ["z", false],
  ]);
});

test("B9 a pattern catches up too, and has no position", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a.*").subscribe(noop);
  await welcomed(bench);
  bench.grant({ sub: 1, epoch: null, head: null, replay: 3 });
  bench.socket.say(hub.patternPublication(1, "a.b", 1, "x"), hub.caughtUp(1));
  expect(await subscription.ready).toEqual({ recovered: true, replayed: 1 });
  expect(subscription.position).toBeUndefined();
});

test("B10 nothing is delivered after unsubscribe, also not what is in the same message", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  const topic = bench.client.topic("a");
  const first = topic.subscribe(({ data }) => {
    got.push(["first", data]);
    first.unsubscribe();
    second.unsubscribe();
  });
  const second = topic.subscribe(({ data }) => got.push(["second", data]));
  const told = heard(first);
  await welcomed(bench);
  bench.grant({ sub: 1 });
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"));
  first.unsubscribe();
  expect(got).toEqual([["first", "x"]]);
  expect(told).toEqual([
    ["live", { recovered: true }],
    ["ended", undefined],
  ]);
  await expect(first.ready).resolves.toEqual({ recovered: true, replayed: 0 });
});

test("B10 nothing is told after unsubscribe, also not of what made a hook call it", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  subscription.on("live", () => subscription.unsubscribe());
  const told = heard(subscription);
  await welcomed(bench);
  bench.grant({ sub: 1 });
  expect(told).toEqual([["ended", undefined]]);
});

test("B10 a subscription that is ended before it is live rejects its ready with closed", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  subscription.unsubscribe();
  await expect(subscription.ready).rejects.toMatchObject({ code: "closed" });
});

test("B10 who asks for the ready of such a one, and does not wait for it, breaks nothing", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    subscription.unsubscribe();
    void subscription.ready;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});

test("B11 a signal and a using block end it as unsubscribe does", async () => {
  const bench = new Bench();
  const controller = new AbortController();
  const bySignal = bench.client.topic("a").subscribe(noop, { signal: controller.signal });
  controller.abort();
  expect(bySignal.state.get()).toBe("ended");
  const late = bench.client.topic("a").subscribe(noop, { signal: controller.signal });
  expect(late.state.get()).toBe("ended");
  const disposed = bench.client.topic("a").subscribe(noop);
  disposed[Symbol.dispose]();
  expect(disposed.state.get()).toBe("ended");
});

test("B11 with a signal that was aborted before nothing is followed, and nothing left over", async () => {
  const bench = new Bench({ idleMs: 0 });
  bench.client.topic("a").subscribe(noop, { signal: AbortSignal.abort() });
  await welcomed(bench);
  await bench.clock.pass(250);
  expect(askedFor(bench.socket)).toEqual([]);
  expect(bench.client.status.get().state).toBe("idle");
});

test("B11 an ended subscription no longer listens to its signal", async () => {
  const controller = new AbortController();
  const remove = vi.spyOn(controller.signal, "removeEventListener");
  const bench = new Bench();
  bench.client.topic("a").subscribe(noop, { signal: controller.signal }).unsubscribe();
  expect(remove).toHaveBeenCalledOnce();
});

test("B12 what is left and followed anew in one turn is unsubscribed first", async () => {
  const bench = new Bench();
  const subscriptions = ["a", "b"].map((name) =>
    bench.client.topic(name).subscribe(noop, { lingerMs: 0 }),
  );
  await welcomed(bench);
  bench.grant({ sub: 1 }, { sub: 2 });
  for (const subscription of subscriptions) subscription.unsubscribe();
  for (const timer of Array.from(bench.clock.timers)) timer.run();
  bench.client.topic("b").subscribe(noop);
  await turn();
  expect(bench.socket.frames.slice(2).map(([op, , what]) => [op, what])).toEqual([
    [UNSUBSCRIBE, ["a", "b"]],
    [SUBSCRIBE, [["b", null, null]]],
  ]);
});

test("B13 an interruption is told with its reason, and the state follows", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const told = heard(subscription);
  const states: string[] = [];
  subscription.state.subscribe((state) => states.push(state));
  await welcomed(bench);
  bench.grant({ sub: 1 });
  bench.socket.end(4001, "silence");
  expect(told[1]).toMatchObject(["interrupted", { code: "stale", message: "silence" }]);
  await bench.clock.pass(1000);
  await welcomed(bench);
  bench.grant({ sub: 1 });
  expect(states).toEqual(["pending", "live", "interrupted", "live"]);
});

test("B13 a hook is called until it is removed or its signal aborted", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  const controller = new AbortController();
  const calls: string[] = [];
  const off = subscription.on("live", () => calls.push("removed"));
  subscription.on("live", () => calls.push("aborted"), { signal: controller.signal });
  subscription.on("live", () => calls.push("stays"));
  await welcomed(bench);
  bench.grant({ sub: 1 });
  off();
  controller.abort();
  await again(bench);
  bench.grant({ sub: 1 });
  expect(calls).toEqual(["removed", "aborted", "stays", "stays"]);
});

test("B13 hooks of a subscription that has ended listen to no signal any more", async () => {
  const bench = new Bench();
  const { signal } = new AbortController();
  const [add, remove] = [
    vi.spyOn(signal, "addEventListener"),
    vi.spyOn(signal, "removeEventListener"),
  ];
  const subscription = bench.client.topic("a").subscribe(() => {});
  subscription.on("ended", () => subscription.on("gap", () => {}, { signal }), { signal });
  subscription.on("gap", () => {}, { signal });
  subscription.unsubscribe();
  expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([2, 2]);
});

test("B14 what nobody listens to is not asked for again after a reconnect", async () => {
  const bench = new Bench();
  bench.client.topic("a").subscribe(noop).unsubscribe();
  bench.client.topic("b").subscribe(noop);
  await welcomed(bench);
  bench.grant({ sub: 1 }, { sub: 2 });
  await again(bench);
  expect(askedFor(bench.socket)).toEqual(["b"]);
  await bench.clock.pass(1000);
  expect(left(bench.socket)).toEqual([]);
});
