import { encodePayload } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { Bench, hub, turn } from "../fake-hub.testkit.ts";
import { memberCount } from "./count.ts";
import { type MemberEvents, members, type Members } from "./members.ts";
import { readMembers } from "./read.ts";

const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;
const READ = 6;

const KINDS = ["join", "leave", "update", "first", "last"] as const;

/** Session `key` of a subject says something. */
const says = (offset: number, key: string, from: string | null, data: unknown): Uint8Array =>
  hub.publication(1, offset, data, { from, meta: { key } });
const goes = (offset: number, key: string, from: string | null = null): Uint8Array =>
  hub.publication(1, offset, null, {
    from,
    encoding: 0,
    payload: new Uint8Array(0),
    meta: { key, del: true },
  });
const caughtUp = (offset: number, epoch = 5): Uint8Array => hub.caughtUp(1, { epoch, offset });

/** Everything that it tells from now on: kind, session, data. */
function listen(followed: Members<unknown>): unknown[] {
  const told: unknown[] = [];
  for (const kind of KINDS)
    followed.on(kind, ({ session, data }: MemberEvents<unknown>[typeof kind]) =>
      told.push(`${kind} ${session} ${String(data)}`),
    );
  return told;
}

const sessions = (followed: Members<unknown>): unknown[] => [...followed.get().keys()];

/** Members of `room`: a1 and a2 of ada, b1 of bob. */
async function room(): Promise<{ bench: Bench; here: Members<unknown>; told: unknown[] }> {
  const bench = new Bench();
  await bench.welcome();
  const here = members(bench.client, "room");
  const told = listen(here);
  await turn();
  bench.grant({ sub: 1, head: 3, replay: 3 });
  bench.socket.say(says(1, "a1", "ada", 1), says(2, "b1", "bob", 2));
  await turn();
  bench.socket.say(says(3, "a2", "ada", 3), caughtUp(3));
  await turn();
  return { bench, here, told };
}

test("M17 those who are there are told when all have come, subjects once", async () => {
  const { bench, here, told } = await room();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["$presence.room", null, null]]);
  expect([...here.get().values()]).toEqual([
    { session: "a1", subject: "ada", data: 1, time: 1 },
    { session: "b1", subject: "bob", data: 2, time: 1 },
    { session: "a2", subject: "ada", data: 3, time: 1 },
  ]);
  expect(told).toEqual(["join a1 1", "join b1 2", "join a2 3", "first a1 1", "first b1 2"]);
});

test("M17 a subject with two sessions leaves once, and one that moves to another session stays", async () => {
  const { bench, here, told } = await room();
  told.length = 0;
  bench.socket.say(goes(4, "a1"));
  await turn();
  expect(told.splice(0)).toEqual(["leave a1 1"]);
  bench.socket.say(goes(5, "a2"), says(6, "a3", "ada", 9));
  await turn();
  expect(told.splice(0)).toEqual(["leave a2 3", "join a3 9"]);
  bench.socket.say(goes(7, "a3"));
  await turn();
  expect(told).toEqual(["leave a3 9", "last a3 9"]);
  expect(sessions(here)).toEqual(["b1"]);
});

test("M17 without subjects each session is its own", async () => {
  const bench = new Bench();
  await bench.welcome();
  const told = listen(members(bench.client, "room"));
  await turn();
  bench.grant({ sub: 1, head: 0 });
  bench.socket.say(says(1, "x", null, 1), says(2, "y", null, 2));
  await turn();
  bench.socket.say(goes(3, "x"));
  await turn();
  expect(told).toEqual(["join x 1", "join y 2", "first x 1", "first y 2", "leave x 1", "last x 1"]);
});

test("M17 something else that a member says is an update, and the others are the same objects", async () => {
  const { bench, here, told } = await room();
  told.length = 0;
  const before = here.get();
  bench.socket.say(says(4, "b1", "bob", "new"));
  const now = here.get();
  expect(told).toEqual(["update b1 new"]);
  expect(now).not.toBe(before);
  expect(now.get("a1")).toBe(before.get("a1"));
  expect(here.get()).toBe(now);
});

test("M17 of who comes and goes within a turn nothing is told", async () => {
  const { bench, told } = await room();
  told.length = 0;
  bench.socket.say(says(4, "c", "tom", 1), goes(5, "c"));
  await turn();
  expect(told).toEqual([]);
});

test("M18 over a cut nobody comes or goes who was there all the time", async () => {
  const { bench, here, told } = await room();
  told.length = 0;
  bench.socket.end();
  await turn();
  expect(sessions(here)).toEqual(["a1", "b1", "a2"]);
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.grant({ sub: 1, head: 5, replay: 1 });
  bench.socket.say(goes(4, "b1", "bob"), says(5, "c1", "tom", 4), caughtUp(5));
  await turn();
  expect(told).toEqual(["leave b1 2", "last b1 2", "join c1 4", "first c1 4"]);
});

test("M18 a state that is told anew is compared with what was known", async () => {
  const { bench, here, told } = await room();
  told.length = 0;
  const before = here.get();
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.grant({ sub: 1, head: 9, replay: 2 });
  bench.socket.say(hub.gap(1, { epoch: 5, next: 1, reason: 5 }));
  await turn();
  expect(sessions(here)).toEqual(["a1", "b1", "a2"]);
  bench.socket.say(says(1, "a1", "ada", 1), says(3, "a2", "ada", 3));
  bench.socket.say(says(9, "c1", "tom", 4), caughtUp(9));
  await turn();
  expect(told).toEqual(["leave b1 2", "last b1 2", "join c1 4", "first c1 4"]);
  expect(here.get().get("a1")).toBe(before.get("a1"));
});

test("M18 the members of a hub that is gone are gone, and a subject that came back stays", async () => {
  const { bench, told } = await room();
  told.length = 0;
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.grant({ sub: 1, epoch: 6, head: 1, replay: 2 });
  bench.socket.say(
    hub.gap(1, { epoch: 6, next: 1, reason: 3 }),
    says(1, "a9", "ada", 1),
    caughtUp(1, 6),
  );
  await turn();
  bench.grant({ sub: 1, epoch: 6, head: 1, replay: 3 });
  bench.socket.say(says(1, "a9", "ada", 1), caughtUp(1, 6));
  await turn();
  expect(told).toEqual(["leave a1 1", "leave b1 2", "leave a2 3", "last b1 2", "join a9 1"]);
});

test("M19 followers of one topic share what the hub tells, and the last one ends it", async () => {
  const { bench, here } = await room();
  const asked = bench.socket.framesOf(SUBSCRIBE).length;
  const controller = new AbortController();
  const other = members(bench.client, "room", { signal: controller.signal, lingerMs: 0 });
  const joined: unknown[] = [];
  other.on("join", ({ session }) => joined.push(session));
  await turn();
  await turn();
  expect(joined).toEqual(["a1", "b1", "a2"]);
  expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(asked);
  here[Symbol.dispose]();
  await bench.clock.pass(1000);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toHaveLength(0);
  controller.abort();
  await bench.clock.pass(250);
  expect(bench.socket.framesOf(UNSUBSCRIBE)).toHaveLength(1);
  bench.socket.say(goes(4, "a1"));
  expect(sessions(other)).toEqual(["a1", "b1", "a2"]);
});

test("M19 a hook is called until it is removed or its signal is aborted, and one that throws stops nobody", async () => {
  const { bench, here } = await room();
  const told: string[] = [];
  const controller = new AbortController();
  const remove = here.on("leave", () => told.push("one"));
  here.on("leave", () => told.push("two"), { signal: controller.signal });
  bench.socket.say(goes(4, "a1"));
  await turn();
  remove();
  controller.abort();
  bench.socket.say(goes(5, "a2"));
  await turn();
  expect(told).toEqual(["one", "two"]);
});

test("M19 a hook whose signal is aborted already is never called", async () => {
  const { bench, here } = await room();
  const told: string[] = [];
  here.on("leave", () => told.push("never"), { signal: AbortSignal.abort() });
  here.on("leave", () => told.push("once"));
  bench.socket.say(goes(4, "a1"));
  await turn();
  expect(told).toEqual(["once"]);
});

test("M20 the count is what the hub tells, nobody where it tells none, and stays over a cut", async () => {
  const bench = new Bench();
  await bench.welcome();
  const count = memberCount(bench.client, "room");
  const told: unknown[] = [];
  count.subscribe((now) => told.push(now));
  await turn();
  expect(bench.socket.framesOf(SUBSCRIBE)[0]![2]).toEqual([["$members.room", null, null]]);
  bench.grant({ sub: 1, head: 0 });
  const counted = (offset: number, all: number, subjects: number): Uint8Array =>
    hub.publication(1, offset, { members: all, subjects });
  bench.socket.say(counted(1, 1200, 1100));
  await turn();
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.grant({ sub: 1, head: 2, replay: 1 });
  const gone = { encoding: 3, payload: new Uint8Array(0), meta: { del: true } };
  bench.socket.say(hub.publication(1, 2, null, gone), caughtUp(2));
  await turn();
  expect(told).toEqual([
    undefined,
    { members: 0, subjects: 0 },
    { members: 1200, subjects: 1100 },
    { members: 0, subjects: 0 },
  ]);
  count[Symbol.dispose]();
  expect(count.subscription.state.get()).toBe("ended");
});

test("M21 members are read page by page, and who spoke meanwhile is told once", async () => {
  const bench = new Bench();
  await bench.welcome();
  const entry = (id: number, offset: number, key: string): Uint8Array =>
    hub.history(id, offset, key, { from: "ada", meta: { key }, payload: encodePayload(key) });
  const got: string[] = [];
  const reading = (async () => {
    for await (const { session, subject, data } of readMembers(bench.client, "room"))
      got.push(`${session} ${subject} ${String(data)}`);
  })();
  const asked = async (): Promise<readonly unknown[]> => {
    await turn();
    return bench.socket.framesOf(READ).at(-1)!;
  };
  let [, id, topic, from] = await asked();
  expect([topic, from]).toEqual(["$presence.room", null]);
  bench.socket.say(entry(id as number, 1, "a"), hub.read(id as number, { next: 3, head: 4 }));
  [, id, , from] = await asked();
  expect(from).toEqual([5, 3]);
  bench.socket.say(entry(id as number, 4, "c"), hub.read(id as number, { next: 5, head: 6 }));
  [, id, , from] = await asked();
  expect(from).toEqual([5, 5]);
  bench.socket.say(entry(id as number, 5, "b"), entry(id as number, 6, "a"));
  bench.socket.say(hub.read(id as number, { head: 6 }));
  [, id, , from] = await asked();
  expect(from).toEqual([5, 7]);
  bench.socket.say(hub.read(id as number, { head: 6 }));
  await reading;
  expect(got).toEqual(["a ada a", "c ada c", "b ada b"]);
});

test("M22 a pattern and the hub's own topics have no members", () => {
  const { client } = new Bench();
  for (const name of ["a.*", "**", "$sys.hub"]) {
    expect(() => members(client, name)).toThrow(TypeError);
    expect(() => memberCount(client, name)).toThrow(TypeError);
    expect(() => readMembers(client, name)).toThrow(TypeError);
  }
});
