import { expect, onTestFinished, test, vi } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { Publication } from "./publication.ts";
import type { Diagnostic } from "./report.ts";
import type { Store } from "./store.ts";
import type { KeepOptions, ReduceOptions } from "./topic-store.ts";

const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;

const sum = (state: number, batch: readonly Publication<number>[]): number =>
  batch.reduce((total, { data }) => total + data, state);

/** What followers of `store` are told. */
function follow<S>(store: Store<S>): { told: S[]; off: () => void } {
  const told: S[] = [];
  return { told, off: store.subscribe((value) => void told.push(value)) };
}

/** A client whose hub grants what it is asked first. */
async function benchWith(
  options: Partial<ReduceOptions<number, number>>,
): Promise<{ bench: Bench; diagnostics: Diagnostic[]; store: Store<number> }> {
  const diagnostics: Diagnostic[] = [];
  const bench = new Bench({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  await bench.welcome();
  const topic = bench.client.topic<number>("a");
  return { bench, diagnostics, store: topic.store({ initial: 0, reduce: sum, ...options }) };
}

async function granted(bench: Bench, head = 0): Promise<void> {
  await turn();
  bench.grant({ sub: 1, head });
  await turn();
}

test("B24 a topic is followed while its store is, by one subscription for all who follow", async () => {
  const { bench, store } = await benchWith({});
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toEqual([]);
  const first = follow(store);
  const second = follow(store);
  await granted(bench);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
  bench.socket.say(hub.publication(1, 1, 5));
  await turn();
  first.off();
  first.off();
  bench.socket.say(hub.publication(1, 2, 1));
  await turn();
  expect([first.told, second.told]).toEqual([
    [0, 5],
    [0, 5, 6],
  ]);
  second.off();
  await bench.clock.pass(249);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toEqual([]);
  await bench.clock.pass(1);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toHaveLength(1);
  expect(store.get()).toBe(0);
});

test("B24 who comes back within lingerMs finds the value, with what came meanwhile", async () => {
  const { bench, store } = await benchWith({ lingerMs: 1000 });
  const first = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 5));
  await turn();
  first.off();
  await bench.clock.pass(900);
  bench.socket.say(hub.publication(1, 2, 1));
  await turn();
  const second = follow(store);
  await bench.clock.pass(900);
  bench.socket.say(hub.publication(1, 3, 1));
  await turn();
  expect(second.told).toEqual([6, 7]);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(1);
  second.off();
  await bench.clock.pass(1000);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toHaveLength(1);
});

test("B24 who comes later has it begin anew, where the options say", async () => {
  const { bench, store } = await benchWith({ from: { last: 2 }, lingerMs: 0 });
  const first = follow(store);
  await turn();
  bench.grant({ sub: 1, head: 3, replay: 1 });
  bench.socket.say(hub.publication(1, 2, 2), hub.publication(1, 3, 3));
  await turn();
  first.off();
  await bench.clock.pass(1);
  expect(store.get()).toBe(0);
  const second = follow(store);
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE).map(([, , entries]) => entries)).toEqual([
    [["a", 2, null]],
    [["a", 2, null]],
  ]);
  bench.grant({ sub: 2, head: 3, replay: 1 });
  bench.socket.say(hub.publication(2, 2, 2), hub.publication(2, 3, 3));
  await turn();
  expect([first.told, second.told]).toEqual([
    [0, 5],
    [0, 5],
  ]);
});

test("B25 one message of the hub is one batch and one value, which stays the same object", async () => {
  const batches: number[][] = [];
  const bench = new Bench();
  await bench.welcome();
  const store = bench.client.topic<number>("a").store<readonly number[]>({
    initial: [],
    reduce(state, batch) {
      batches.push(batch.map(({ data }) => data));
      return [...state, ...batch.map(({ data }) => data)];
    },
  });
  const { told } = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 1), hub.publication(1, 2, 2), hub.publication(1, 3, 3));
  await turn();
  const value = store.get();
  expect(store.get()).toBe(value);
  expect(told.at(-1)).toBe(value);
  bench.socket.say(hub.publication(1, 4, 4));
  await turn();
  expect(batches).toEqual([[1, 2, 3], [4]]);
  expect(told).toEqual([[], [1, 2, 3], [1, 2, 3, 4]]);
  expect(value).toEqual([1, 2, 3]);
});

test("B25 a reducer that gives what it was given tells nobody", async () => {
  const { bench, store } = await benchWith({ reduce: (state) => state });
  const { told } = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 1));
  await turn();
  expect(told).toEqual([0]);
});

for (const [options, kept] of [
  [{ keep: 2 }, [2, 3]],
  [undefined, [1, 2, 3]],
] as [KeepOptions<unknown> | undefined, number[]][])
  test(`B25 without a reducer a store has the last publications: ${JSON.stringify(options)}`, async () => {
    const bench = new Bench();
    await bench.welcome();
    const store = bench.client.topic<number>("a").store(options as KeepOptions<number>);
    expect(store.get()).toEqual([]);
    const { told } = follow(store);
    await granted(bench);
    bench.socket.say(hub.publication(1, 1, 1), hub.publication(1, 2, 2));
    await turn();
    bench.socket.say(hub.publication(1, 3, 3));
    await turn();
    expect(store.get().map(({ data }) => data)).toEqual(kept);
    expect(store.get().at(-1)).toMatchObject({ topic: "a", position: "5:3", replayed: false });
    expect(told).toHaveLength(3);
  });

test("B25 a store keeps a hundred publications unless it is told how many", async () => {
  const bench = new Bench();
  await bench.welcome();
  const store = bench.client.topic<number>("a").store();
  follow(store);
  await granted(bench);
  bench.socket.say(...Array.from({ length: 101 }, (_, i) => hub.publication(1, i + 1, i)));
  await turn();
  expect(store.get().map(({ data }) => data)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
});

test("B25 a reducer that throws is reported, and the next batch goes on from what was", async () => {
  const error = new Error("no");
  const { bench, diagnostics, store } = await benchWith({
    reduce(state, batch) {
      if (batch[0]!.data === 2) throw error;
      return sum(state, batch);
    },
  });
  const { told } = follow(store);
  await granted(bench);
  for (const n of [1, 2, 3]) {
    bench.socket.say(hub.publication(1, n, n));
    await turn();
  }
  expect(told).toEqual([0, 1, 4]);
  expect(diagnostics).toEqual([{ kind: "handler", error, topic: "a" }]);
});

test("B26 after a gap the value is the initial one, and what came before the gap is not in it", async () => {
  const { bench, store } = await benchWith({});
  const { told } = follow(store);
  await granted(bench);
  bench.socket.say(
    hub.publication(1, 1, 1),
    hub.gap(1, { epoch: 5, next: 9, missed: 7, reason: 2 }),
    hub.publication(1, 9, 9),
  );
  await turn();
  expect(told).toEqual([0, 1, 0, 9]);
});

test("B26 with gap the application says what becomes of the value", async () => {
  const gaps: unknown[] = [];
  const { bench, store } = await benchWith({
    gap(state, { missed, reason }) {
      gaps.push([state, missed, reason]);
      return state + 1000;
    },
  });
  follow(store);
  await granted(bench);
  bench.socket.say(
    hub.publication(1, 1, 1),
    hub.gap(1, { epoch: 5, next: 9, missed: 7, reason: 2 }),
    hub.publication(1, 9, 9),
  );
  await turn();
  expect(store.get()).toBe(1010);
  expect(gaps).toEqual([[1, 7, "lagging"]]);
});

test("B26 over a cut the value goes on with what was missed", async () => {
  const { bench, store } = await benchWith({});
  const { told } = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 1));
  await turn();
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["a", [5, 1], null]]);
  bench.grant({ sub: 1, head: 2, replay: 1 });
  bench.socket.say(hub.publication(1, 2, 2), hub.caughtUp(1, { epoch: 5, offset: 2 }));
  await turn();
  expect(told).toEqual([0, 1, 3]);
});

test("B26 what the hub refuses is reported, the value stays, and the next who follows asks again", async () => {
  const { bench, diagnostics, store } = await benchWith({});
  const first = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 1), hub.ended(1, "forbidden"));
  await turn();
  expect(diagnostics).toMatchObject([
    { kind: "refused", error: { code: "forbidden" }, topic: "a" },
  ]);
  expect(store.get()).toBe(1);
  first.off();
  follow(store);
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(2);
  expect(store.get()).toBe(0);
});

test("B26 when the client is closed the value stays until nobody follows", async () => {
  const { bench, diagnostics, store } = await benchWith({});
  const { off } = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 1));
  await turn();
  const closing = bench.client.close();
  await turn();
  bench.socket.end(1000);
  await closing;
  expect(store.get()).toBe(1);
  off();
  await turn();
  expect(store.get()).toBe(0);
  expect(diagnostics).toEqual([]);
});

test("B27 with rate: frame followers are told once a frame, of all that came, and the hub sends all", async () => {
  let frames: (() => void)[] = [];
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  onTestFinished(() => void vi.unstubAllGlobals());
  const { bench, store } = await benchWith({ rate: "frame" });
  const { told } = follow(store);
  await granted(bench);
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["a", null, null]]);
  for (const n of [1, 2, 3]) {
    bench.socket.say(hub.publication(1, n, n));
    await turn();
  }
  expect([told, store.get(), frames.length]).toEqual([[0], 0, 1]);
  const [draw] = frames;
  frames = [];
  draw!();
  expect([told, store.get(), frames.length]).toEqual([[0, 6], 6, 0]);
});

test("B27 where there are no frames it is every 16 ms", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { bench, store } = await benchWith({ rate: "frame" });
  const { told } = follow(store);
  await granted(bench);
  bench.socket.say(hub.publication(1, 1, 1));
  await turn();
  vi.advanceTimersByTime(15);
  expect(told).toEqual([0]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([0, 1]);
});

test("B27 a subscription with rate: frame asks the hub for the latest as often as a screen shows it", async () => {
  const bench = new Bench();
  await bench.welcome();
  bench.client.topic("a").subscribe(() => {}, { rate: "frame" });
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([
    [
      "a",
      null,
      new Map([
        ["lag", 1],
        ["intervalMs", 16],
      ]),
    ],
  ]);
});

test("D15 options of a store that cannot be are told at once", () => {
  const topic = new Bench().client.topic("a");
  for (const [options, message] of [
    [{ keep: 0 }, "keep must be a number of at least 1"],
    [{ lingerMs: -1 }, "lingerMs must be a number of at least 0"],
    [{ from: "yesterday" }, "from must be where a can begin"],
  ] as const)
    expect(() => topic.store(options as KeepOptions<unknown>)).toThrow(new TypeError(message));
});
