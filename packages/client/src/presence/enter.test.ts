import { decodePayload } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { Bench, hub, turn } from "../fake-hub.testkit.ts";
import type { Diagnostic } from "../report.ts";
import { enter } from "./enter.ts";

const ENTER = 10;
const LEAVE = 11;

/** ENTER with what it says, and LEAVE, of the present link. */
const said = ({ socket }: Bench): unknown[] =>
  socket.frames
    .filter(([op]) => op === ENTER || op === LEAVE)
    .map(([op, , topic, , payload]) =>
      op === ENTER ? [topic, decodePayload(payload as Uint8Array)] : `leaves ${topic as string}`,
    );

/** The hub takes the last ENTER or LEAVE. */
function take({ socket }: Bench): void {
  const [, id] = socket.frames.findLast(([op]) => op === ENTER || op === LEAVE)!;
  socket.say(hub.ok(id as number));
}

async function live(diagnostics: Diagnostic[] = []): Promise<Bench> {
  const bench = new Bench({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  await bench.welcome();
  return bench;
}

test("M11 a client enters with what it says, says something else, and leaves", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", { name: "Ada" });
  const states: string[] = [];
  here.state.subscribe((state) => states.push(state));
  await turn();
  take(bench);
  await here.ready;
  const updated = here.update({ name: "Bob" });
  await turn();
  take(bench);
  await updated;
  const gone = here.leave();
  await turn();
  take(bench);
  await gone;
  expect(said(bench)).toEqual([
    ["room", { name: "Ada" }],
    ["room", { name: "Bob" }],
    "leaves room",
  ]);
  expect(states).toEqual(["pending", "entered", "left"]);
  expect(await here.left).toBeUndefined();
  await expect(here.update({ name: "Tom" })).rejects.toMatchObject({ code: "closed" });
  await here.leave();
});

test("M11 of what is said in quick succession the hub is told what is newest, one after the other", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", 1);
  await turn();
  const updates = [here.update(2), here.update(3)];
  await turn();
  expect(said(bench)).toEqual([["room", 1]]);
  take(bench);
  await turn();
  expect(said(bench)).toEqual([
    ["room", 1],
    ["room", 3],
  ]);
  take(bench);
  await Promise.all(updates);
});

test("M11 who leaves before anything was said says nothing", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", 1);
  await here.leave();
  await turn();
  expect(said(bench)).toEqual([]);
  await expect(here.ready).rejects.toMatchObject({ code: "closed" });
});

test("M11 a member needs the link, and nobody does when it has left", async () => {
  const bench = new Bench({ idleMs: 1000 });
  await bench.welcome();
  const here = enter(bench.client, "room", 1);
  await turn();
  take(bench);
  await bench.clock.pass(10_000);
  expect(bench.client.status.get().state).toBe("live");
  void here.leave();
  await turn();
  take(bench);
  await bench.clock.pass(1000);
  expect(bench.client.status.get().state).toBe("idle");
});

test("M12 after a cut it enters again with what it said last, and whoever waits waits on", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", 1);
  await turn();
  take(bench);
  const updated = here.update(2);
  await turn();
  bench.socket.end();
  expect(here.state.get()).toBe("interrupted");
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(said(bench)).toEqual([["room", 2]]);
  take(bench);
  await updated;
  expect(here.state.get()).toBe("entered");
});

test("M12 who leaves while the link is away, or is cut while leaving, has left", async () => {
  const bench = await live();
  const [one, two] = [enter(bench.client, "a", 1), enter(bench.client, "b", 1)];
  await turn();
  for (const [, id] of bench.socket.framesOf(ENTER)) bench.socket.say(hub.ok(id as number));
  const leaving = one.leave();
  await turn();
  bench.socket.end();
  await leaving;
  await two.leave();
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(said(bench)).toEqual([]);
});

test("M13 several enter one topic: what was said last counts, and the last who leaves leaves", async () => {
  const bench = await live();
  const [one, two] = [enter(bench.client, "room", 1), enter(bench.client, "room", 2)];
  await turn();
  take(bench);
  await Promise.all([one.ready, two.ready]);
  void one.update(3);
  await turn();
  take(bench);
  const oneLeft = one.leave();
  await turn();
  take(bench);
  await oneLeft;
  two[Symbol.dispose]();
  await turn();
  expect(said(bench)).toEqual([["room", 2], ["room", 3], ["room", 2], "leaves room"]);
});

test("M13 one who did not speak last leaves without a word", async () => {
  const bench = await live();
  const [one, two] = [enter(bench.client, "room", 1), enter(bench.client, "room", 2)];
  await turn();
  take(bench);
  await one.leave();
  expect(said(bench)).toEqual([["room", 2]]);
  expect(two.state.get()).toBe("entered");
});

test("M14 2,048 bytes are said, and one more is too large: what was said before stands", async () => {
  const bench = await live();
  // three bytes before them in MessagePack
  const here = enter(bench.client, "room", new Uint8Array(2045));
  await turn();
  take(bench);
  await here.ready;
  await expect(here.update(new Uint8Array(2046))).rejects.toMatchObject({ code: "too-large" });
  await expect(here.update((() => {}) as never)).rejects.toMatchObject({ code: "unencodable" });
  expect(here.state.get()).toBe("entered");
  expect(said(bench)).toHaveLength(1);
  const other = enter(bench.client, "other", new Uint8Array(2046));
  await expect(other.ready).rejects.toMatchObject({ code: "too-large", retryable: false });
  expect(await other.left).toMatchObject({ code: "too-large" });
});

test("M14 a refusal for good ends it, with the hub's code", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", 1);
  await turn();
  bench.socket.say(hub.refused(bench.socket.framesOf(ENTER)[0]![1] as number, "forbidden"));
  await expect(here.ready).rejects.toMatchObject({ code: "forbidden" });
  expect(await here.left).toMatchObject({ code: "forbidden" });
  expect(here.state.get()).toBe("left");
  await bench.clock.pass(60_000);
  expect(said(bench)).toHaveLength(1);
});

test("M14 a membership that a fresh token ends has left, with the hub's code", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", 1);
  const other = enter(bench.client, "other", 1);
  await turn();
  for (const [, id] of bench.socket.framesOf(ENTER)) bench.socket.say(hub.ok(id as number));
  bench.socket.say(hub.refusedAs(0, 202, null, "$presence.room"));
  expect(await here.left).toMatchObject({ code: "forbidden" });
  bench.socket.say(hub.refusedAs(0, 202, null, "other"), hub.refusedAs(0, 202, null, 5));
  await turn();
  expect(other.state.get()).toBe("entered");
  expect(said(bench)).toHaveLength(2);
});

test("M14 a refusal for now is told, and it asks again at the hub's time", async () => {
  const diagnostics: Diagnostic[] = [];
  const bench = await live(diagnostics);
  const here = enter(bench.client, "room", 1);
  await turn();
  const [, id] = bench.socket.framesOf(ENTER)[0]!;
  bench.socket.say(hub.refused(id as number, "rate-limited", 700));
  await bench.clock.pass(699);
  expect(said(bench)).toHaveLength(1);
  await bench.clock.pass(1);
  expect(said(bench)).toHaveLength(2);
  take(bench);
  await here.ready;
  expect(diagnostics).toMatchObject([
    { kind: "refused", topic: "room", error: { code: "rate-limited" } },
  ]);
});

test("M15 its signal, and the end of the client, end it", async () => {
  const bench = await live();
  const controller = new AbortController();
  const [one, two] = [
    enter(bench.client, "a", 1, { signal: controller.signal }),
    enter(bench.client, "b", 1),
  ];
  await turn();
  for (const [, id] of bench.socket.framesOf(ENTER)) bench.socket.say(hub.ok(id as number));
  controller.abort();
  await turn();
  expect(said(bench).at(-1)).toBe("leaves a");
  expect(one.state.get()).toBe("left");
  await bench.client.close();
  expect(await two.left).toBeUndefined();
  await expect(enter(bench.client, "c", 1).ready).rejects.toMatchObject({ code: "closed" });
  expect(bench.clock.timers.size).toBe(0);
});

test("M15 aborting the wait for an answer ends the wait alone", async () => {
  const bench = await live();
  const here = enter(bench.client, "room", 1);
  await turn();
  take(bench);
  const late = expect(here.update(2, { timeoutMs: 50 })).rejects;
  await Promise.all([late.toMatchObject({ code: "timeout" }), bench.clock.pass(50)]);
  expect(here.state.get()).toBe("entered");
  take(bench);
  expect(said(bench)).toHaveLength(2);
});

test.each(["a.*", "a b", "", "$sys.hub", "$presence.a"])("M16 nobody is a member of %j", (name) => {
  expect(() => enter(new Bench().client, name, 1)).toThrow(TypeError);
});

test("M16 the client must be one of this package", () => {
  expect(() => enter({} as never, "a", 1)).toThrow(/client must be/u);
});
