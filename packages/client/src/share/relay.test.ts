// The relay between tabs and a hub, where a test says what happens when.

import { expect, test } from "vitest";
import { hub, turn } from "../fake-hub.testkit.ts";
import { unseenBytesMax } from "./line.ts";
import { KeepingHub, type Tab, Tabs } from "./world.testkit.ts";

const SUBSCRIBE = 3;

class World extends Tabs {
  readonly hub: KeepingHub = new KeepingHub();

  /** What tabs and the relay said comes; the hub says nothing. */
  async speak(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      this.carry();
      await this.clock.pass(5);
    }
  }

  /** Whatever was said comes, in both directions. */
  async settle(): Promise<void> {
    for (let i = 0; i < 8; i++) {
      this.carry();
      await this.clock.pass(5);
      if (this.socket) this.hub.work(this.socket);
    }
  }
}

function follow(tab: Tab, name: string, options = {}): unknown[] {
  const got: unknown[] = [];
  tab.client.topic(name).subscribe(({ data }) => got.push(data), { lingerMs: 0, ...options });
  return got;
}

test("SH5 a start is never beyond what the others were told", async () => {
  const world = new World();
  const [one, two] = [world.add(), world.add()];
  const first = follow(one, "t.a");
  await world.settle();
  for (let n = 1; n <= 3; n++) world.hub.publish("t.a", n);
  await world.settle();
  for (let n = 4; n <= 10; n++) world.hub.publish("t.a", n);
  const second = follow(two, "t.a", { from: { last: 2 } });
  await world.speak();
  expect(world.socket.framesOf(SUBSCRIBE).at(-1)![2]).toEqual([["t.a", [5, 1], null]]);
  await world.settle();
  expect(first).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(second).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("SH5 what a tab leaves before it is answered is left at the hub", async () => {
  const world = new World();
  const tab = world.add();
  const others = follow(tab, "t.b");
  await world.settle();
  const subscription = tab.client.topic("t.a").subscribe(() => {}, { lingerMs: 0 });
  await turn();
  world.carry();
  await turn();
  subscription.unsubscribe();
  await world.clock.pass(1);
  world.carry();
  await turn();
  await world.settle();
  expect(world.hub.followed(world.socket)).toEqual(["t.b"]);
  expect(others).toEqual([]);
});

test("SH5 a gap of what one tab wanted is told to that tab", async () => {
  const world = new World();
  const [one, two] = [world.add(), world.add()];
  const gaps: unknown[][] = [[], []];
  one.client
    .topic("t.a")
    .subscribe(() => {})
    .on("gap", (gap) => gaps[0]!.push(gap));
  await world.settle();
  for (let n = 1; n <= 3; n++) world.hub.publish("t.a", n);
  await world.settle();
  two.client
    .topic("t.a")
    .subscribe(() => {}, { from: "start" })
    .on("gap", (gap) => gaps[1]!.push(gap));
  await world.speak();
  const [, id] = world.socket.framesOf(SUBSCRIBE).at(-1)!;
  const sub = 1;
  world.socket.say(
    hub.granted(id as number, { sub, head: 3, replay: 1 }),
    hub.gap(sub, { epoch: 5, next: 3, missed: 2, reason: 1 }),
    hub.publication(sub, 3, 3),
    hub.caughtUp(sub, { epoch: 5, offset: 3 }),
  );
  await turn();
  world.carry();
  expect(gaps).toEqual([[], [expect.objectContaining({ missed: 2 })]]);
  // what concerns all is told to all
  world.socket.say(hub.gap(sub, { epoch: 5, next: 6, missed: 2, reason: 2 }));
  await turn();
  world.carry();
  expect(gaps.map(({ length }) => length)).toEqual([1, 2]);
});

test("SH8 of a tab that says nothing for 3 s nothing is expected, and another is asked", async () => {
  const asked: string[] = [];
  const world = new World(true);
  world.add(() => {
    asked.push("one");
    return new Promise<string>(() => {});
  });
  const two = world.add(() => {
    asked.push("two");
    return "a token";
  });
  void two.client.ready({ timeoutMs: Infinity });
  const first = follow(world.tabs[0]!, "t.a");
  await world.settle();
  expect([asked, world.sockets.length]).toEqual([["one"], 0]);
  await world.clock.pass(2900);
  expect(asked).toEqual(["one"]);
  for (let i = 0; i < 5; i++) await world.settle();
  expect(asked).toEqual(["one", "two"]);
  expect(world.socket.frames[0]![2]).toBe("a token");
  expect(first).toEqual([]);
});

test("SH10 when the network of a tab comes back the hub is asked whether the link stands", async () => {
  const world = new World();
  const tab = world.add();
  follow(tab, "t.a");
  await world.settle();
  tab.cable.ask("probe");
  await world.speak();
  expect(world.socket.framesOf(8)).toHaveLength(1);
});

test("SH13 a tab that has not taken 8 MiB of what it was told is left, and gets the rest when it comes back", async () => {
  const world = new World();
  const [quick, slow] = [world.add(), world.add()];
  const got = [quick, slow].map((tab) => follow(tab, "t.a"));
  await world.settle();
  const big = new Uint8Array(1_048_576 - 1024);
  const count = 1 + unseenBytesMax / 1_048_576;
  const reasons: unknown[] = [];
  slow.client.status.subscribe((status) => {
    if (status.state === "waiting") reasons.push(status.cause.code);
  });
  for (let n = 0; n < count; n++) {
    world.hub.publish("t.a", big);
    world.hub.work(world.socket);
    await turn();
    for (const run of [...quick.down.splice(0), ...quick.up.splice(0)]) run();
    // one that has all but the last is not left yet
    const closes = slow.down.length - (n + 1);
    expect(closes).toBe(n === count - 1 ? 1 : 0);
  }
  expect(got.map(({ length }) => length)).toEqual([count, 0]);
  await world.settle();
  await world.clock.pass(100);
  await world.settle();
  expect(reasons).toEqual(["lagging"]);
  expect(got.map(({ length }) => length)).toEqual([count, count]);
});
