import { expect, test } from "vitest";
import { Bench, hub, turn } from "../fake-hub.testkit.ts";
import type { Position } from "../position.ts";
import { type LiveMap, liveMap, type LiveMapOptions } from "./live-map.ts";

const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;
const PUBLISH = 5;

const put = (offset: number, key: string, value: unknown): Uint8Array =>
  hub.publication(1, offset, value, { meta: { key } });
const gone = (offset: number, key: string): Uint8Array =>
  hub.publication(1, offset, null, {
    encoding: 0,
    payload: new Uint8Array(0),
    meta: { key, del: true },
  });

const valuesOf = (map: LiveMap<unknown>): Record<string, unknown> =>
  Object.fromEntries([...map.get()].map(([key, { data }]) => [key, data]));

/** A map of `a` whose state is x: 1, y: 2, behind what `others` did before. */
async function mapOf(
  options?: LiveMapOptions,
): Promise<{ bench: Bench; map: LiveMap<unknown>; told: unknown[] }> {
  const bench = new Bench();
  await bench.welcome();
  const map = liveMap(bench.client.topic("a"), options);
  const told: unknown[] = [];
  map.subscribe(() => told.push(valuesOf(map)));
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1));
  await turn();
  bench.socket.say(put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  await turn();
  return { bench, map, told };
}

test("D28 a map is told whole, then once a turn, and is the same object until then", async () => {
  const { bench, map, told } = await mapOf();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["a", null, null]]);
  const before = map.get();
  expect(map.get()).toBe(before);
  bench.socket.say(put(3, "z", 3), put(4, "x", 4), gone(5, "y"), gone(6, "never"));
  await turn();
  expect(told).toEqual([{}, { x: 1, y: 2 }, { z: 3, x: 4 }]);
  expect([...before.keys()]).toEqual(["x", "y"]);
  expect(map.get().get("x")).toMatchObject({ data: 4, key: "x", position: "5:4", replayed: false });
  const last = map.get();
  bench.socket.say(gone(7, "never"));
  await turn();
  expect(map.get()).toBe(last);
});

test("D28 what has come is there in the same turn, and a value without a key has the empty one", async () => {
  const { bench, map } = await mapOf();
  bench.socket.say(hub.publication(1, 3, "one"));
  expect(valuesOf(map)).toEqual({ x: 1, y: 2, "": "one" });
});

test("D28 over a lost link it goes on from where it was, and is told when it is whole again", async () => {
  const { bench, map, told } = await mapOf();
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["a", [5, 2], null]]);
  bench.grant({ sub: 1, head: 4, replay: 1 });
  bench.socket.say(gone(3, "x"));
  await turn();
  expect(valuesOf(map)).toEqual({ x: 1, y: 2 });
  bench.socket.say(put(4, "y", 4), hub.caughtUp(1, { epoch: 5, offset: 4 }));
  await turn();
  expect(told).toEqual([{}, { x: 1, y: 2 }, { y: 4 }]);
});

test("D28 a state that is told anew replaces it, and nothing of the old one stays", async () => {
  const { bench, told } = await mapOf();
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.grant({ sub: 1, head: 9, replay: 2 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 2, reason: 5 }));
  await turn();
  bench.socket.say(put(2, "y", 2), put(9, "z", 9), hub.caughtUp(1, { epoch: 5, offset: 9 }));
  await turn();
  expect(told).toEqual([{}, { x: 1, y: 2 }, { y: 2, z: 9 }]);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
});

test.each([
  ["a gap of a log", { next: 8, missed: 5, reason: 2 }],
  ["a reset while it is live", { next: 2, reason: 5 }],
])("B21 after %s the state is asked for again", async (_what, gap) => {
  const { bench, map, told } = await mapOf();
  bench.socket.say(hub.gap(1, { epoch: 5, ...gap }), put(8, "x", 8));
  await turn();
  expect(map.subscription.state.get()).toBe("replaying");
  expect(bench.socket.frames.slice(-2).map(([op, , what]) => [op, what])).toEqual([
    [UNSUBSCRIBE, ["a"]],
    [SUBSCRIBE, [["a", null, null]]],
  ]);
  bench.grant({ sub: 1, head: 9, replay: 3 });
  bench.socket.say(put(8, "x", 8), put(9, "z", 9), hub.caughtUp(1, { epoch: 5, offset: 9 }));
  await turn();
  expect(told).toEqual([{}, { x: 1, y: 2 }, { x: 8, z: 9 }]);
});

test("B21 a map gets the state whatever others have had, who are told nothing of it", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const got: unknown[] = [];
  const other = topic.subscribe(({ data }) => got.push(data));
  other.on("gap", ({ missed, reason }) => got.push([missed, reason]));
  await turn();
  bench.grant({ sub: 1, head: 0 });
  bench.socket.say(put(1, "x", 1), put(2, "y", 2));
  const map = liveMap(topic);
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1), put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  bench.socket.say(put(3, "z", 3));
  await turn();
  expect(valuesOf(map)).toEqual({ x: 1, y: 2, z: 3 });
  expect(got).toEqual([1, 2, 3]);
  map[Symbol.dispose]();
  const late = liveMap(topic);
  await turn();
  // the hub had not sent it all before it was asked
  bench.grant({ sub: 1, head: 5, replay: 3 });
  bench.socket.say(put(5, "z", 5), hub.caughtUp(1, { epoch: 5, offset: 5 }));
  expect(valuesOf(late)).toEqual({ z: 5 });
  expect(got).toEqual([1, 2, 3, [2, "unknown"]]);
});

test("B21 a refusal for now leaves others where they were, and the state is asked for again", async () => {
  const bench = new Bench({ onDiagnostic: () => {} });
  await bench.welcome();
  const topic = bench.client.topic("a");
  const got: unknown[] = [];
  topic.subscribe(({ data }) => got.push(data));
  await turn();
  bench.grant({ sub: 1, head: 0 });
  bench.socket.say(put(1, "x", 1));
  const map = liveMap(topic);
  await turn();
  bench.grant({ granted: false, code: 300, text: "Later.", retryAfterMs: 100 });
  await bench.clock.pass(100);
  expect(bench.socket.framesOf(SUBSCRIBE).at(-1)![2]).toEqual([["a", [5, 1], null]]);
  bench.grant({ sub: 1, head: 2, replay: 1 });
  bench.socket.say(put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1), put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  expect(valuesOf(map)).toEqual({ x: 1, y: 2 });
  expect(got).toEqual([1, 2]);
});

test("B22 who comes while the state is being told gets all of it, asked for again", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const gots: unknown[][] = [[], []];
  topic.subscribe(({ data }) => gots[0]!.push(data));
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1));
  const late = topic.subscribe(({ data }) => gots[1]!.push(data));
  bench.socket.say(put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  await turn();
  expect(gots).toEqual([[1, 2], []]);
  expect(late.state.get()).toBe("pending");
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1), put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  bench.socket.say(put(3, "z", 3));
  expect(await late.ready).toEqual({ recovered: true, replayed: 2 });
  expect(gots).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test("B22 who comes when the state was told gets all of it too, and others nothing of that", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const gots: unknown[][] = [[], []];
  topic.subscribe(({ data }) => gots[0]!.push(data));
  await turn();
  bench.grant({ sub: 1, head: 1, replay: 3 });
  bench.socket.say(put(1, "x", 1), hub.caughtUp(1, { epoch: 5, offset: 1 }), put(2, "y", 2));
  const late = topic.subscribe(({ data }) => gots[1]!.push(data));
  expect(late.state.get()).toBe("pending");
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1), put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  bench.socket.say(put(3, "z", 3));
  expect(await late.ready).toEqual({ recovered: true, replayed: 2 });
  expect(gots).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test.each([
  ["a topic whose state was empty when it was followed", 0, "k", 0, true],
  ["a topic that it was left of a moment ago", 3, undefined, 250, true],
  ["a topic without state", 0, undefined, 0, false],
])("B22 the state is asked for on %s: %#", async (_what, replay, key, lingerMs, isAsked) => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const first = topic.subscribe(() => {}, { lingerMs });
  await turn();
  bench.grant({ sub: 1, replay });
  if (replay > 0) bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 0 }));
  bench.socket.say(hub.publication(1, 1, "x", key === undefined ? {} : { meta: { key } }));
  if (lingerMs > 0) first.unsubscribe();
  topic.subscribe(() => {});
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE).slice(1)).toHaveLength(isAsked ? 1 : 0);
});

/** Asks nothing, and has what the first one has. */
async function second(bench: Bench): Promise<LiveMap<unknown>> {
  const asked = bench.socket.framesOf(SUBSCRIBE).length;
  const map = liveMap(bench.client.topic("a"));
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(asked);
  return map;
}

test("B23 a second map of a topic begins with what the first has, and the hub is not asked", async () => {
  const { bench, map } = await mapOf();
  const other = await second(bench);
  expect(await other.subscription.ready).toEqual({ recovered: true, replayed: 0 });
  expect(valuesOf(other)).toEqual({ x: 1, y: 2 });
  bench.socket.say(put(3, "z", 3), gone(4, "x"));
  expect(valuesOf(map)).toEqual({ y: 2, z: 3 });
  expect(valuesOf(other)).toEqual({ y: 2, z: 3 });
  map[Symbol.dispose]();
  bench.socket.say(put(5, "y", 5));
  expect([valuesOf(map), valuesOf(other)]).toEqual([
    { y: 2, z: 3 },
    { y: 5, z: 3 },
  ]);
});

test("B23 one that comes while the state is being told has it when it is whole, and one in a handler misses nothing", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const maps: LiveMap<unknown>[] = [];
  topic.subscribe(({ data }) => {
    if (data === "now") maps.push(liveMap(topic));
  });
  maps.push(liveMap(topic));
  await turn();
  bench.grant({ sub: 1, head: 2, replay: 3 });
  bench.socket.say(put(1, "x", 1));
  maps.push(liveMap(topic));
  await turn();
  bench.socket.say(put(2, "y", 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  await turn();
  expect(maps.map(valuesOf)).toEqual([
    { x: 1, y: 2 },
    { x: 1, y: 2 },
  ]);
  bench.socket.say(put(3, "z", "now"), put(4, "x", 4));
  await turn();
  expect(maps.map(valuesOf)).toEqual(maps.map(() => ({ x: 4, y: 2, z: "now" })));
  expect(maps).toHaveLength(3);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
});

test("B23 over a cut and a gap both ask once, and have the same", async () => {
  const { bench, map } = await mapOf();
  bench.socket.end();
  const other = liveMap(bench.client.topic("a"));
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["a", [5, 2], null]]);
  bench.grant({ sub: 1, head: 3, replay: 1 });
  bench.socket.say(put(3, "z", 3), hub.caughtUp(1, { epoch: 5, offset: 3 }));
  await turn();
  expect(valuesOf(other)).toEqual({ x: 1, y: 2, z: 3 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 9, missed: 5, reason: 2 }));
  await turn();
  bench.grant({ sub: 1, head: 9, replay: 3 });
  bench.socket.say(put(9, "k", 9), hub.caughtUp(1, { epoch: 5, offset: 9 }));
  expect([map, other].map(valuesOf)).toEqual([{ k: 9 }, { k: 9 }]);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(2);
});

test("D27 a deletion is told as such, and has no data where none was given", async () => {
  const bench = new Bench();
  await bench.welcome();
  const got: unknown[] = [];
  bench.client.topic("a").subscribe(({ data, deleted, key }) => got.push([key, data, deleted]));
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(
    put(1, "x", 1),
    gone(2, "x"),
    hub.publication(1, 3, "why", { meta: { key: "x", del: true } }),
  );
  expect(got).toEqual([
    ["x", 1, undefined],
    ["x", undefined, true],
    ["x", "why", true],
  ]);
});

test("D28 a map of a topic whose state nobody keeps is live at once, and has what comes from then on", async () => {
  const bench = new Bench();
  await bench.welcome();
  const map = liveMap(bench.client.topic("a"));
  await turn();
  bench.grant({ sub: 1, head: 7 });
  expect(await map.subscription.ready).toEqual({ recovered: true, replayed: 0 });
  expect(valuesOf(map)).toEqual({});
  bench.socket.say(put(8, "x", 8));
  expect(valuesOf(map)).toEqual({ x: 8 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 12, missed: 3, reason: 2 }));
  await turn();
  bench.grant({ sub: 1, head: 12 });
  bench.socket.say(put(13, "y", 13));
  expect(valuesOf(map)).toEqual({ y: 13 });
});

test("D29 set and delete publish", async () => {
  const { bench, map } = await mapOf();
  void map.set("k", 5, { ttlMs: 100, ifPosition: "5:2" as Position });
  void map.set("k", 6);
  void map.delete("k", { ifPosition: null });
  await turn();
  const said = bench.socket.framesOf(PUBLISH);
  expect(said.map(([, , topic, , , meta]) => [topic, meta])).toEqual([
    [
      "a",
      new Map<string, unknown>([
        ["key", "k"],
        ["ttl", 100],
      ]),
    ],
    ["a", new Map([["key", "k"]])],
    [
      "a",
      new Map<string, unknown>([
        ["key", "k"],
        ["del", true],
      ]),
    ],
  ]);
  expect(said.map((frame) => (frame[3] as Map<string, unknown>).get("if"))).toEqual([
    [5, 2],
    undefined,
    [0, 0],
  ]);
});

test("D29 it ends with its block or its signal, and stays as it is", async () => {
  const controller = new AbortController();
  const { map, bench } = await mapOf({ signal: controller.signal, lingerMs: 0 });
  controller.abort();
  expect(map.subscription.state.get()).toBe("ended");
  await bench.clock.pass(0);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toHaveLength(1);
  bench.socket.say(put(3, "z", 3));
  expect(valuesOf(map)).toEqual({ x: 1, y: 2 });
  const other = await mapOf();
  other.map[Symbol.dispose]();
  expect(other.map.subscription.state.get()).toBe("ended");
});
