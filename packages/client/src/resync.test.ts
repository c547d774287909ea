import { expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { Position } from "./position.ts";
import type { Diagnostic } from "./report.ts";
import type { ResyncReason, SubscribeOptions, Subscription } from "./subscription.ts";

const SUBSCRIBE = 3;

/** A subscription whose state the test fetches, with all that comes of it. */
class Setting {
  readonly diagnostics: Diagnostic[] = [];
  readonly bench = new Bench({ onDiagnostic: (told) => this.diagnostics.push(told) });
  readonly got: unknown[] = [];
  readonly calls: ResyncReason[] = [];
  /** Settles the call that waits. */
  give!: (position?: string) => void;
  fail!: (error: Error) => void;
  subscription!: Subscription<unknown>;

  async begin(options: SubscribeOptions = {}, name = "a"): Promise<this> {
    await this.bench.welcome();
    this.subscription = this.bench.client.topic(name).subscribe(({ data }) => this.got.push(data), {
      resync: (why) => {
        this.calls.push(why);
        return new Promise((resolve, reject) => {
          this.give = (position) => resolve(position as Position | undefined);
          this.fail = reject;
        });
      },
      ...options,
    });
    this.subscription.on("gap", ({ missed, reason }) => this.got.push(`${reason} ${missed}`));
    await turn();
    return this;
  }

  get reasons(): unknown[] {
    return this.calls.map(({ reason }) => reason);
  }

  get state(): string {
    return this.subscription.state.get();
  }

  /** Publications of stream 1. */
  say(...offsets: readonly number[]): void {
    this.bench.socket.say(...offsets.map((n) => hub.publication(1, n, n)));
  }

  /** The `from` of all entries that were asked for. */
  get asked(): unknown[] {
    return this.bench.socket.framesOf(SUBSCRIBE).map(([, , list]) => (list as unknown[][])[0]![1]);
  }
}

test("B19 the state is fetched at first, and what came meanwhile goes on behind it", async () => {
  const s = await new Setting().begin();
  expect(s.calls).toEqual([]);
  s.bench.grant({ sub: 1, head: 10 });
  expect([s.reasons, s.state]).toEqual([["first"], "replaying"]);
  s.say(11, 12, 13);
  expect(s.got).toEqual([]);
  s.give("5:12");
  await turn();
  expect([s.got, s.state, s.subscription.position]).toEqual([[13], "live", "5:13"]);
  expect(await s.subscription.ready).toEqual({ recovered: true, replayed: 0 });
  s.say(14);
  expect(s.got).toEqual([13, 14]);
  expect(s.asked).toEqual([null]);
});

test("B19 without a position all that came since the call goes on", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  s.say(11, 12);
  s.give();
  await turn();
  expect(s.got).toEqual([11, 12]);
});

test("B19 from a position that is older than what came, the hub goes on", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  s.say(11);
  s.give("5:8");
  await turn();
  expect(s.asked).toEqual([null, [5, 8]]);
  s.say(12);
  s.bench.grant({ sub: 1, head: 12, replay: 1 });
  s.say(9, 10, 11, 12);
  s.bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 12 }));
  expect([s.got, s.state]).toEqual([[9, 10, 11, 12], "live"]);
});

test("B19 who says from where it begins has the state up to there", async () => {
  const s = await new Setting().begin({ from: "5:8" as Position });
  expect(s.asked).toEqual([[5, 8]]);
  s.bench.grant({ sub: 1, head: 9, replay: 1 });
  s.say(9);
  s.bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 9 }));
  expect([s.got, s.state, s.calls]).toEqual([[9], "live", []]);
});

test("B19 after a gap it is fetched again, and other listeners go on", async () => {
  const s = await new Setting().begin();
  const other: unknown[] = [];
  s.bench.client.topic("a").subscribe(({ data }) => other.push(data));
  s.bench.grant({ sub: 1, head: 10 });
  s.give("5:10");
  await turn();
  s.bench.socket.say(hub.gap(1, { epoch: 5, next: 21, missed: 10, reason: 2 }));
  s.say(21, 22);
  expect([s.reasons, s.state]).toEqual([["first", "gap"], "replaying"]);
  expect([s.got, other]).toEqual([["lagging 10"], [21, 22]]);
  s.give("5:21");
  await turn();
  expect([s.got, s.state]).toEqual([["lagging 10", 22], "live"]);
  s.bench.socket.say(hub.gap(1, { epoch: 5, next: 30, missed: 7, reason: 5 }));
  expect(s.reasons).toEqual(["first", "gap", "reset"]);
});

test("B19 a cut does not stop it", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  s.say(11);
  s.bench.client.reconnect();
  expect(s.state).toBe("interrupted");
  s.bench.socket.welcome();
  await turn();
  s.bench.grant({ sub: 1, head: 12, replay: 1 });
  s.say(12);
  s.give("5:10");
  await turn();
  expect([s.got, s.state]).toEqual([[11, 12], "replaying"]);
  s.bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 12 }));
  expect(s.state).toBe("live");
});

test("B20 a gap behind the position that it gave is tried again, later each time", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  for (let n = 1; n <= 3; n++) {
    s.give(`5:${n}`);
    await turn();
    s.bench.grant({ sub: 1, head: 10, replay: 2 });
    s.bench.socket.say(hub.gap(1, { epoch: 5, next: 11, missed: 10 - n, reason: 1 }));
    s.bench.socket.say(hub.caughtUp(1, { epoch: 5, offset: 10 }));
    expect([s.reasons.length, s.state]).toEqual([n, "replaying"]);
    await pass(s, 500 * 2 ** (n - 1) - 1);
    expect(s.reasons).toHaveLength(n);
    await pass(s, 1);
    expect(s.reasons).toHaveLength(n + 1);
  }
  s.give("5:10");
  await turn();
  expect(s.state).toBe("live");
});

/** Time passes on a link that is alive. */
async function pass(s: Setting, ms: number): Promise<void> {
  s.bench.socket.say(hub.pong(1));
  await s.bench.clock.pass(ms);
}

test("B20 what it throws, and what is no position, is reported and tried again", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  const error = new Error("no state");
  s.fail(error);
  await pass(s, 500);
  s.give("yesterday");
  await pass(s, 1000);
  s.say(11);
  s.give();
  await turn();
  expect(s.diagnostics).toMatchObject([
    { kind: "handler", error, topic: "a" },
    { kind: "handler", error: { name: "TypeError" }, topic: "a" },
  ]);
  expect([s.reasons, s.got, s.state]).toEqual([["first", "first", "first"], [11], "live"]);
});

test("B20 more than the buffer holds is told as a gap, and it is fetched once more", async () => {
  const s = await new Setting().begin({ buffer: 2 });
  s.bench.grant({ sub: 1, head: 10 });
  s.say(11, 12, 13);
  s.give("5:10");
  await pass(s, 500);
  expect([s.reasons, s.got]).toEqual([["first", "gap"], ["overflow 2"]]);
  s.say(14);
  s.give("5:13");
  await turn();
  expect([s.got, s.state]).toEqual([["overflow 2", 14], "live"]);
});

test("B20 its signal is aborted when the subscription ends, and it is not called again", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  s.fail(new Error("no state"));
  await turn();
  expect(s.calls[0]!.signal.aborted).toBe(false);
  s.subscription.unsubscribe();
  expect(s.calls[0]!.signal.aborted).toBe(true);
  await pass(s, 30_000);
  expect(s.calls).toHaveLength(1);
  const late = await new Setting().begin();
  late.bench.grant({ sub: 1 });
  late.subscription.unsubscribe();
  late.say(1);
  late.give("5:0");
  await turn();
  expect([late.got, late.state]).toEqual([[], "ended"]);
});

test("B20 a client that is closed while it waits leaves nothing over", async () => {
  const s = await new Setting().begin();
  s.bench.grant({ sub: 1, head: 10 });
  s.fail(new Error("no state"));
  await turn();
  await s.bench.client.close();
  await turn();
  expect(s.bench.clock.timers.size).toBe(0);
  expect(s.calls).toHaveLength(1);
});

test("B20 a loop that was too slow gets what is behind the fetched state", async () => {
  const bench = new Bench();
  await bench.welcome();
  const calls: string[] = [];
  const subscription = bench.client.topic("a").subscribe({
    buffer: 2,
    from: "start",
    resync: ({ reason }) => {
      calls.push(reason);
      return Promise.resolve("5:3" as Position);
    },
  });
  await turn();
  bench.grant({ sub: 1 });
  for (let n = 1; n <= 3; n++) bench.socket.say(hub.publication(1, n, n));
  expect(calls).toEqual(["gap"]);
  expect(subscription.dropped).toBe(2);
  await turn();
  bench.socket.say(hub.publication(1, 4, 4));
  expect((await subscription[Symbol.asyncIterator]().next()).value).toMatchObject({ data: 4 });
});

test("B20 what waits for a loop when a gap is told is void", async () => {
  const bench = new Bench();
  await bench.welcome();
  const subscription = bench.client
    .topic("a")
    .subscribe({ from: "start", resync: () => Promise.resolve("5:20" as Position) });
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(
    hub.publication(1, 1, 1),
    hub.gap(1, { epoch: 5, next: 20, missed: 18, reason: 2 }),
    hub.publication(1, 20, 20),
    hub.publication(1, 21, 21),
  );
  const { value } = await subscription[Symbol.asyncIterator]().next();
  expect(value).toMatchObject({ data: 21 });
  expect(subscription.position).toBe("5:21");
});

test("B20 on a pattern it goes on from a mark if it is alone, else with a gap", async () => {
  const s = await new Setting().begin({}, "a.*");
  const nowhere = { epoch: null, head: null };
  s.bench.grant({ sub: 1, ...nowhere, mark: Uint8Array.of(7) });
  s.bench.socket.say(hub.mark(1, 8), hub.patternPublication(1, "a.b", 4, 4));
  s.give("~AQ== a.b:5:2");
  await turn();
  expect(s.asked).toEqual([null, [Uint8Array.of(1), "a.b", 5, 2]]);
  s.bench.grant({ sub: 1, ...nowhere, replay: 1 });
  s.bench.socket.say(
    hub.patternPublication(1, "a.b", 3, 3),
    hub.patternPublication(1, "a.b", 4, 4),
  );
  s.bench.socket.say(hub.caughtUp(1, { mark: Uint8Array.of(9) }));
  expect([s.got, s.state, s.subscription.position]).toEqual([[3, 4], "live", "~CQ=="]);
  s.bench.client.topic("a.*").subscribe(() => {});
  s.bench.socket.say(hub.gap(1, {}), hub.patternPublication(1, "a.b", 5, 5), hub.mark(1, 10));
  s.give("~Ag==");
  await turn();
  expect([s.got, s.state]).toEqual([[3, 4, "unknown undefined", "unknown undefined", 5], "live"]);
  expect([s.reasons, s.subscription.position]).toEqual([["first", "gap"], "~Cg=="]);
});
