import { expect, test } from "vitest";
import { Bench, type FakeSocket, hub, turn } from "./fake-hub.testkit.ts";
import type { Position } from "./position.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

const SUBSCRIBE = 3;

const noop = (): void => {};

/** The entries of the last SUBSCRIBE. */
const asked = (socket: FakeSocket): unknown =>
  (socket.framesOf(SUBSCRIBE).at(-1)![2] as unknown[][]).map(([name, from, options]) => [
    name,
    from,
    options && Object.fromEntries(options as Map<string, unknown>),
  ]);

const mark = (n: number): Uint8Array => Uint8Array.of(n);

/** Of a pattern. */
const nowhere = { epoch: null, head: null } as const;

async function again(bench: Bench): Promise<void> {
  bench.client.reconnect();
  bench.socket.welcome();
  await turn();
}

/** A client whose link is live. */
async function welcomed(): Promise<Bench> {
  const bench = new Bench();
  await bench.welcome();
  return bench;
}

/** Notes all that a subscription brings: data, `replayed` ones in brackets, gaps, and `live`. */
function follow(
  bench: Bench,
  name: string,
  options?: SubscribeOptions,
): { subscription: Subscription<unknown>; got: unknown[] } {
  const got: unknown[] = [];
  const subscription = bench.client
    .topic(name)
    .subscribe(({ data, replayed }) => got.push(replayed ? [data] : data), options);
  subscription.on("gap", ({ topic, missed, next, reason }) =>
    got.push(`gap: ${topic} ${missed} ${next} ${reason}`),
  );
  subscription.on("live", ({ recovered }) => got.push(recovered ? "recovered" : "not recovered"));
  return { subscription, got };
}

test("B5 all that was live asks in one SUBSCRIBE to go on from where it stands", async () => {
  const bench = await welcomed();
  for (const name of ["a", "b", "c.*", "d.*"]) bench.client.topic(name).subscribe(noop);
  await turn();
  bench.grant(
    { sub: 1, head: 10 },
    { sub: 2, head: 3 },
    { sub: 3, ...nowhere, mark: mark(1) },
    { sub: 4, ...nowhere, mark: mark(1) },
  );
  bench.socket.say(
    hub.publication(1, 11, "x"),
    hub.patternPublication(3, "c.x", 7, "x"),
    hub.patternPublication(3, "c.y", 1, "x"),
    hub.patternPublication(3, "c.x", 8, "x"),
    hub.patternPublication(4, "d.x", 1, "x"),
    hub.mark(4, 2),
  );
  await again(bench);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
  expect(asked(bench.socket)).toEqual([
    ["a", [5, 11], null],
    ["b", [5, 3], null],
    ["c.*", [mark(1), "c.x", 5, 8, "c.y", 5, 1], null],
    ["d.*", [mark(2)], null],
  ]);
});

test("B5 what was missed is replayed, and it has recovered", async () => {
  const bench = await welcomed();
  const { subscription, got } = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  await again(bench);
  bench.grant({ sub: 2, head: 12, replay: 1 });
  expect(subscription.state.get()).toBe("replaying");
  bench.socket.say(hub.publication(2, 11, "x"), hub.publication(2, 12, "y"));
  bench.socket.say(hub.caughtUp(2, { epoch: 5, offset: 12 }), hub.publication(2, 13, "z"));
  expect(got).toEqual(["recovered", ["x"], ["y"], "recovered", "z"]);
});

test("B5 a topic that keeps nothing tells what was missed once, as the hub does", async () => {
  const bench = await welcomed();
  const { subscription, got } = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  await again(bench);
  bench.grant({ sub: 2, head: 14, replay: 2 });
  bench.socket.say(hub.gap(2, { epoch: 5, next: 15, missed: 4, reason: 1 }));
  bench.socket.say(hub.caughtUp(2, { epoch: 5, offset: 14 }));
  expect(got).toEqual(["recovered", "gap: a 4 5:15 trimmed", "not recovered"]);
  expect(subscription.position).toBe("5:14");
});

test("B5 another epoch is a gap, and then what is kept of it", async () => {
  const bench = await welcomed();
  const { got } = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  await again(bench);
  bench.grant({ sub: 2, epoch: 6, head: 2, replay: 2 });
  await again(bench); // the gap had not come: it is asked for once more
  expect(asked(bench.socket)).toEqual([["a", [5, 10], null]]);
  bench.grant({ sub: 3, epoch: 6, head: 2, replay: 2 });
  bench.socket.say(
    hub.gap(3, { epoch: 6, next: 1, reason: 3 }),
    hub.publication(3, 1, "x"),
    hub.publication(3, 2, "y"),
  );
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a", [6, 2], null]]);
  expect(got).toEqual(["recovered", "gap: a undefined 6:1 epoch", ["x"], ["y"]]);
});

test("B5 a position that is ahead of the log goes back with it", async () => {
  const bench = await welcomed();
  const { got } = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  await again(bench);
  bench.grant({ sub: 1, head: 6, replay: 2 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 7, missed: 0, reason: 4 }));
  bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 6 }), hub.publication(1, 7, "x"));
  expect(got).toEqual(["recovered", "gap: a 0 5:7 ahead", "not recovered", "x"]);
});

test("B5 who comes while the link is away begins with now, and the others go on", async () => {
  const bench = await welcomed();
  const first = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  bench.client.reconnect();
  const second = follow(bench, "a");
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 2, head: 11, replay: 1 });
  const third = follow(bench, "a");
  bench.socket.say(hub.publication(2, 11, "x"), hub.publication(2, 12, "y"));
  bench.socket.say(hub.caughtUp(2, { epoch: 5, offset: 12 }));
  expect(first.got).toEqual(["recovered", ["x"], ["y"], "recovered"]);
  expect(second.got).toEqual([["y"], "recovered"]);
  expect(third.got).toEqual([["y"], "recovered"]);
});

test("B5 more topics than may stand beside a mark come again, and are known", async () => {
  const bench = await welcomed();
  const { got } = follow(bench, "a.*");
  await turn();
  bench.grant({ sub: 1, ...nowhere, mark: mark(1) });
  const count = 1200;
  for (let n = 0; n < count; n++) bench.socket.say(hub.patternPublication(1, `a.${n}`, 1, n));
  await again(bench);
  const [[, from]] = asked(bench.socket) as [[string, unknown[]]];
  expect(from).toHaveLength(1 + 3 * 1024);
  got.length = 0;
  bench.grant({ sub: 1, ...nowhere, replay: 1 });
  for (let n = 1024; n < count; n++) bench.socket.say(hub.patternPublication(1, `a.${n}`, 1, n));
  bench.socket.say(hub.patternPublication(1, "a.1100", 2, "new"), hub.caughtUp(1));
  expect(got).toEqual([["new"], "recovered"]);
});

test("B5 a SUBSCRIBE with long names stays within the hub's bound", async () => {
  const bench = new Bench();
  await bench.welcome({ batchBytesMax: 20_000 });
  bench.client.topic("a.*").subscribe(noop);
  bench.client.topic("b").subscribe(noop);
  await turn();
  bench.grant({ sub: 1, ...nowhere, mark: mark(1) }, { sub: 2 });
  const name = (n: number): string => `a.${n}${"x".repeat(100)}`;
  for (let n = 0; n < 900; n++) bench.socket.say(hub.patternPublication(1, name(n), 1, n));
  bench.client.reconnect();
  bench.socket.welcome({ batchBytesMax: 20_000 });
  await turn();
  const [[, from]] = asked(bench.socket) as [[string, unknown[]]];
  expect(from.length).toBeGreaterThan(100);
  for (const message of bench.socket.messages) expect(message.length).toBeLessThan(20_000);
});

test("D5 what a pattern delivered since its mark is not delivered again", async () => {
  const bench = await welcomed();
  const { got } = follow(bench, "a.*");
  await turn();
  bench.grant({ sub: 1, ...nowhere, mark: mark(1) });
  bench.socket.say(
    hub.patternPublication(1, "a.x", 4, 4),
    hub.patternPublication(1, "a.x", 5, 5),
    hub.patternPublication(1, "a.y", 1, 1),
  );
  await again(bench);
  bench.grant({ sub: 1, ...nowhere, replay: 1 });
  bench.socket.say(
    hub.gap(1, { topic: "a.x", epoch: 5, next: 5, reason: 1 }),
    hub.patternPublication(1, "a.x", 5, 5),
    hub.patternPublication(1, "a.y", 1, 1),
    hub.patternPublication(1, "a.x", 6, 6),
    hub.gap(1, { topic: "a.y", epoch: 5, next: 5, reason: 1 }),
    hub.patternPublication(1, "a.y", 4, "told as missed"),
    hub.caughtUp(1, { mark: mark(2) }),
    hub.patternPublication(1, "a.y", 5, 5),
  );
  expect(got).toEqual([
    "recovered",
    4,
    5,
    1,
    [6],
    "gap: a.y undefined 5:5 trimmed",
    "not recovered",
    5,
  ]);
});

test("B16 a subscription begins where it wants", async () => {
  const bench = await welcomed();
  const froms = ["start", { last: 3 }, "5:7", "now", { last: 0 }] as SubscribeOptions["from"][];
  for (const [i, from] of froms.entries()) bench.client.topic(`t${i}`).subscribe(noop, { from });
  await turn();
  expect(asked(bench.socket)).toEqual([
    ["t0", [0, 0], null],
    ["t1", 3, null],
    ["t2", [5, 7], null],
    ["t3", null, null],
    ["t4", null, null],
  ]);
});

test("B16 the topic goes back for a later listener, and the others hear nothing of it", async () => {
  const bench = await welcomed();
  const first = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  bench.socket.say(hub.publication(1, 11, 11));
  const second = follow(bench, "a", { from: { last: 2 } });
  const third = follow(bench, "a", { from: { last: 2 } });
  const fourth = follow(bench, "a", { from: "start" });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", [5, 9], null]]);
  bench.socket.say(hub.publication(1, 12, 12));
  bench.grant({ sub: 1, head: 12, replay: 1 });
  bench.socket.say(...[10, 11, 12].map((n) => hub.publication(1, n, n)));
  expect([second, third, fourth].map(({ subscription }) => subscription.state.get())).toEqual([
    "replaying",
    "replaying",
    "pending",
  ]);
  bench.socket.say(hub.publication(1, 13, 13), hub.caughtUp(1, { epoch: 5, offset: 13 }));
  await turn();
  expect(asked(bench.socket)).toEqual([["a", [5, 0], null]]);
  bench.grant({ sub: 1, head: 13, replay: 2 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 12, missed: 11, reason: 1 }));
  bench.socket.say(hub.publication(1, 12, 12), hub.publication(1, 13, 13));
  bench.socket.say(hub.publication(1, 14, 14), hub.caughtUp(1, { epoch: 5, offset: 14 }));
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(3);
  expect(first.got).toEqual(["recovered", 11, 12, [13], [14]]);
  expect(first.subscription.position).toBe("5:14");
  for (const { got } of [second, third])
    expect(got).toEqual([[10], [11], [12], [13], "recovered", [14]]);
  // what had been let go before it came is no gap for one that wants what is kept
  expect(fourth.got).toEqual([[12], [13], [14], "recovered"]);
});

test("B16 who has had a part of what is missing is told of the rest", async () => {
  const bench = await welcomed();
  const first = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  const second = follow(bench, "a", { from: "5:2" as Position });
  await turn();
  bench.grant({ sub: 1, head: 10, replay: 1 });
  bench.socket.say(hub.publication(1, 3, 3));
  bench.socket.say(hub.gap(1, { epoch: 5, next: 16, missed: 12, reason: 2 }));
  expect(first.got).toEqual(["recovered", "gap: a 5 5:16 lagging"]);
  expect(second.got).toEqual([[3], "gap: a 12 5:16 lagging"]);
});

test("B16 a cut in the middle goes on from where it was", async () => {
  const bench = await welcomed();
  const first = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  const second = follow(bench, "a", { from: { last: 3 } });
  await turn();
  bench.grant({ sub: 1, head: 10, replay: 1 });
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a", [5, 7], null]]);
  bench.grant({ sub: 1, head: 11, replay: 1 });
  bench.socket.say(...[8, 9, 10, 11].map((n) => hub.publication(1, n, n)));
  bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 11 }));
  expect(first.got).toEqual(["recovered", [11], "recovered"]);
  expect(second.got).toEqual([[8], [9], [10], [11], "recovered"]);
});

test("B16 the topic does not go on beyond what others have had", async () => {
  const bench = await welcomed();
  const first = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  const second = follow(bench, "a", { from: "5:12" as Position });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", [5, 10], null]]);
  bench.grant({ sub: 1, head: 13, replay: 1 });
  bench.socket.say(...[11, 12, 13].map((n) => hub.publication(1, n, n)));
  bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 13 }));
  expect(first.got).toEqual(["recovered", [11], [12], [13]]);
  expect(second.got).toEqual([[13], "recovered"]);
  const third = follow(bench, "a", { from: "4:99" as Position });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", [4, 99], null]]);
  bench.grant({ sub: 1, head: 13, replay: 2 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 13, reason: 3 }), hub.publication(1, 13, 13));
  bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 13 }));
  expect(first.got).toHaveLength(4);
  expect(third.got).toEqual(["gap: a undefined 5:13 epoch", [13], "not recovered"]);
});

test("B16 where the latest is enough, the hub counts", async () => {
  const bench = await welcomed();
  follow(bench, "a", { lag: "latest" });
  await turn();
  bench.grant({ sub: 1, head: 10 });
  for (const [from, wire] of [
    [{ last: 3 }, 3],
    ["start", [0, 0]],
  ] as const) {
    const { got } = follow(bench, "a", { from, lag: "latest" });
    await turn();
    expect(asked(bench.socket)).toEqual([["a", wire, { lag: 1 }]]);
    bench.grant({ sub: 1, head: 10, replay: 1 });
    bench.socket.say(hub.publication(1, 10, 10), hub.caughtUp(1, { epoch: 5, offset: 10 }));
    expect(got).toEqual([[10], "recovered"]);
  }
  // and as long as nothing has come, it is asked for again
  const { got } = follow(bench, "a", { from: { last: 3 }, lag: "latest" });
  await turn();
  bench.grant({ sub: 1, head: 10, replay: 1 });
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a", [5, 10], { lag: 1 }]]);
  bench.grant({ sub: 1, head: 10 });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", 3, { lag: 1 }]]);
  expect(got).toEqual([]);
});

test("B16 a first start that is cut is asked for again too, and then goes on from where it is", async () => {
  const bench = await welcomed();
  const { got } = follow(bench, "a", { from: "start" });
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 1 });
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a", [0, 0], null]]);
  bench.grant({ sub: 1, head: 2, replay: 1 });
  bench.socket.say(hub.publication(1, 1, 1));
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a", [5, 1], null]]);
  expect(got).toEqual([[1]]);
});

test("B16 a start that is refused for good ends who wanted it, and nobody else", async () => {
  const bench = new Bench({ onDiagnostic: noop });
  await bench.welcome();
  const first = follow(bench, "a");
  await turn();
  bench.grant({ sub: 1, head: 10 });
  const second = follow(bench, "a", { from: "5:2" as Position });
  await turn();
  bench.grant({ granted: false, code: 300, text: "Later.", retryAfterMs: 100 });
  bench.socket.say(hub.publication(1, 11, 11));
  await bench.clock.pass(100);
  expect(asked(bench.socket)).toEqual([["a", [5, 2], null]]);
  bench.grant({ granted: false, code: 105, text: "No.", retryAfterMs: null });
  bench.socket.say(hub.publication(1, 12, 12));
  await expect(second.subscription.ready).rejects.toMatchObject({ code: "bad-option" });
  expect(first.got).toEqual(["recovered", 11, 12]);
  await bench.clock.pass(1000);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(3);
});

test("B17 a pattern begins where its first listener wants; a later one is told a gap instead", async () => {
  const bench = await welcomed();
  const [one, other] = ["~AQ== a.b:5:7", "~Ag=="] as Position[];
  const first = follow(bench, "a.*", { from: one });
  const second = follow(bench, "a.*", { from: other });
  await turn();
  expect(asked(bench.socket)).toEqual([["a.*", [mark(1), "a.b", 5, 7], null]]);
  bench.grant({ sub: 1, ...nowhere, replay: 1 });
  await turn();
  bench.socket.say(hub.patternPublication(1, "a.b", 7, 7), hub.patternPublication(1, "a.b", 8, 8));
  bench.socket.say(hub.caughtUp(1, { mark: mark(3) }));
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
  expect(first.got).toEqual([[8], "recovered"]);
  expect(second.got).toEqual(["gap: undefined undefined undefined unknown", [8], "not recovered"]);
});

test("B17 it goes back for one that is alone", async () => {
  const bench = await welcomed();
  const first = follow(bench, "a.*");
  await turn();
  bench.grant({ sub: 1, ...nowhere, mark: mark(9) });
  first.subscription.unsubscribe();
  const second = follow(bench, "a.*", { from: "~AQ== a.b:c:5:7" as Position });
  await turn();
  expect(asked(bench.socket)).toEqual([["a.*", [mark(1), "a.b:c", 5, 7], null]]);
  bench.grant({ sub: 1, ...nowhere, mark: mark(9) });
  expect(second.got).toEqual(["recovered"]);
});

test("B18 the listener that wants most counts", async () => {
  const bench = await welcomed();
  const topic = bench.client.topic("a");
  const slow = topic.subscribe(noop, { rate: { everyMs: 500 } });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", null, { lag: 1, intervalMs: 500 }]]);
  bench.grant({ sub: 1, head: 3 });
  for (const [options, wire] of [
    [{ rate: { everyMs: 99.5 } }, { lag: 1, intervalMs: 100 }],
    [{ lag: "latest" }, { lag: 1 }],
    [
      { lag: "latest-per-key", rate: { everyMs: 5000 } },
      { lag: 2, intervalMs: 5000 },
    ],
    [{ lag: "latest-per-key" }, { lag: 2 }],
    [{ lag: "close" }, { lag: 3 }],
    [{}, null],
  ] as [SubscribeOptions, unknown][]) {
    const more = topic.subscribe(noop, options);
    topic.subscribe(noop, { rate: { everyMs: 5000 } }).unsubscribe();
    await turn();
    expect(asked(bench.socket)).toEqual([["a", null, wire]]);
    bench.grant({ sub: 1, head: 99 });
    more.unsubscribe();
    await turn();
    expect(asked(bench.socket)).toEqual([["a", null, { lag: 1, intervalMs: 500 }]]);
    bench.grant({ sub: 1, head: 99 });
  }
  // of other options alone the position is not told
  expect(slow.position).toBe("5:3");
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a", [5, 3], { lag: 1, intervalMs: 500 }]]);
});

test("B18 options that change while they are asked for are asked for behind", async () => {
  const bench = await welcomed();
  const topic = bench.client.topic("a");
  topic.subscribe(noop, { lag: "latest" });
  await turn();
  const second = topic.subscribe(noop);
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
  bench.grant({ sub: 1 });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", null, null]]);
  second.unsubscribe();
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(2);
  bench.grant({ sub: 1 });
  await turn();
  expect(asked(bench.socket)).toEqual([["a", null, { lag: 1 }]]);
});

test("D1 a pattern's position is a mark, and the last of each topic since", async () => {
  const bench = await welcomed();
  const { subscription } = follow(bench, "a.*");
  await turn();
  bench.grant({ sub: 1, ...nowhere });
  expect(subscription.position).toBeUndefined();
  bench.socket.say(hub.mark(1, 1));
  expect(subscription.position).toBe("~AQ==");
  bench.socket.say(hub.patternPublication(1, "a.b", 7, 7), hub.patternPublication(1, "a.c", 1, 1));
  bench.socket.say(hub.patternPublication(1, "a.b", 8, 8));
  expect(subscription.position).toBe("~AQ== a.b:5:8 a.c:5:1");
  bench.socket.say(hub.mark(1, 2));
  expect(subscription.position).toBe("~Ag==");
  subscription.unsubscribe();
  bench.socket.say(hub.mark(1, 3));
  expect(subscription.position).toBe("~Ag==");
});

test("D1 a mark waits behind what waits for the loop", async () => {
  const bench = await welcomed();
  const subscription = bench.client.topic("a.*").subscribe();
  await turn();
  bench.grant({ sub: 1, ...nowhere, mark: mark(1) });
  bench.socket.say(
    hub.patternPublication(1, "a.b", 1, 1),
    hub.mark(1, 2),
    hub.patternPublication(1, "a.b", 2, 2),
  );
  expect(subscription.position).toBe("~AQ==");
  const iterator = subscription[Symbol.asyncIterator]();
  await iterator.next();
  expect(subscription.position).toBe("~Ag==");
  await iterator.next();
  expect(subscription.position).toBe("~Ag== a.b:5:2");
  // on a new link the feed goes on from what it has, not from what was taken
  bench.socket.say(hub.patternPublication(1, "a.b", 3, 3));
  await again(bench);
  expect(asked(bench.socket)).toEqual([["a.*", [mark(2), "a.b", 5, 3], null]]);
});

test("D1 what a loop was too slow for counts when the gap is told", async () => {
  const bench = await welcomed();
  const subscription = bench.client.topic("a.*").subscribe({ buffer: 1 });
  await turn();
  bench.grant({ sub: 1, ...nowhere, mark: mark(1) });
  bench.socket.say(hub.patternPublication(1, "a.b", 1, 1));
  bench.socket.say(hub.mark(1, 2), hub.patternPublication(1, "a.c", 1, 1));
  bench.socket.say(hub.patternPublication(1, "a.d", 1, 1));
  expect(subscription.position).toBe("~AQ==");
  expect(subscription.dropped).toBe(2);
  await subscription[Symbol.asyncIterator]().next();
  expect(subscription.position).toBe("~Ag== a.c:5:1 a.d:5:1");
});
