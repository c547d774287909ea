// Members of topics, with a real hub.

import type { Client } from "@fanwire/client";
import { enter, type Member, memberCount, members, readMembers } from "@fanwire/client/presence";
import { liveMap } from "@fanwire/client/state";
import { newKey, publicKeyOf, signToken } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";
import { clientOf, closeAll, startHub, Wire } from "./clients.ts";

afterEach(closeAll);

type Names = ReadonlyMap<string, Member>;
const dataOf = (all: Names): unknown[] => [...all.values()].map(({ data }) => data);
const session = (client: Client): string => {
  const status = client.status.get();
  return status.state === "live" ? status.session : "";
};

test("members come, say something else, and go", async () => {
  const { url } = await startHub();
  const [ada, bob, eve] = [clientOf(url!), clientOf(url!), clientOf(url!)];
  await enter(ada, "room", { name: "Ada" }).ready;
  const here = members<{ name: string }>(eve, "room");
  const told: string[] = [];
  for (const kind of ["join", "leave", "update"] as const)
    here.on(kind, ({ data }) => told.push(`${kind} ${data.name}`));
  await here.subscription.ready;
  expect([...here.get().keys()]).toEqual([session(ada)]);
  const there = enter(bob, "room", { name: "Bob" });
  await expect.poll(() => told).toEqual(["join Ada", "join Bob"]);
  await there.update({ name: "Bobby" });
  await expect.poll(() => told.at(-1)).toBe("update Bobby");
  await there.leave();
  await ada.close();
  await expect.poll(() => told.slice(3)).toEqual(["leave Bobby", "leave Ada"]);
});

test("a subject with two tabs comes once and goes once, and only who may see it does", async () => {
  const key = await newKey();
  const { url } = await startHub({ auth: { keys: [publicKeyOf(key)] } });
  const tokenOf = (sub: string, presence: string[]) => (): Promise<string> =>
    signToken(key, { sub, ttl: 60, fanwire: { sub: ["**"], presence } });
  const of = (sub: string): Client => clientOf(url!, { token: tokenOf(sub, ["room"]) });
  const [tab, other, watcher] = [of("ada"), of("ada"), of("eve")];
  const here = members(watcher, "room");
  const told: string[] = [];
  for (const kind of ["first", "last"] as const)
    here.on(kind, ({ subject }) => told.push(`${kind} ${subject}`));
  await here.subscription.ready;
  await Promise.all([enter(tab, "room", 1).ready, enter(other, "room", 2).ready]);
  await expect.poll(() => here.get().size).toBe(2);
  await tab.close();
  await expect.poll(() => here.get().size).toBe(1);
  await other.close();
  await expect.poll(() => told).toEqual(["first ada", "last ada"]);
  const outsider = clientOf(url!, { token: tokenOf("tom", []) });
  await expect(enter(outsider, "room", 1).ready).rejects.toMatchObject({ code: "forbidden" });
  await expect(members(outsider, "room").subscription.ready).rejects.toMatchObject({
    code: "forbidden",
  });
});

test("after a cut a client is there again by itself, and was told of nobody who stayed", async () => {
  const { url, port } = await startHub();
  const wire = new Wire(port!);
  const [far, near] = [clientOf(await wire.url()), clientOf(url!)];
  const membership = enter(far, "room", "far");
  await Promise.all([membership.ready, enter(near, "room", "near").ready]);
  const here = members(far, "room");
  await here.subscription.ready;
  const told: unknown[] = [];
  const own = session(far);
  for (const kind of ["join", "leave", "update"] as const)
    here.on(kind, (member) => told.push([kind, member.data, member.session === own]));
  wire.cut();
  // the hub may hear of the new link before it hears that the old one is gone
  await expect
    .poll(() => told)
    .toEqual(
      expect.arrayContaining([
        ["leave", "far", true],
        ["join", "far", false],
      ]),
    );
  expect(told).toHaveLength(2);
  expect(dataOf(here.get())).toEqual(["near", "far"]);
  expect(membership.state.get()).toBe("entered");
});

test("when the hub was started again nobody of the old one stays, and all come back", async () => {
  const hub = await startHub();
  const clients = [clientOf(hub.url!), clientOf(hub.url!), clientOf(hub.url!)];
  await Promise.all(clients.map((client, i) => enter(client, "room", i).ready));
  const here = members(clients[0]!, "room");
  await here.subscription.ready;
  const before = [...here.get().keys()];
  const { port } = hub;
  await hub.close(0);
  await startHub({ port: port! });
  await expect.poll(() => new Set(dataOf(here.get()))).toEqual(new Set([0, 1, 2]));
  await expect.poll(() => before.filter((id) => here.get().has(id))).toEqual([]);
  await expect
    .poll(() => [...here.get().keys()].toSorted())
    .toEqual(clients.map(session).toSorted());
});

test("a member whose wire is dead goes when the hub has pinged it in vain", async () => {
  const { url, port } = await startHub({ pingMs: 100, pingTimeoutMs: 100 });
  const wire = new Wire(port!);
  const [ghost, watcher] = [clientOf(await wire.url()), clientOf(url!)];
  await enter(ghost, "room", "ghost").ready;
  const here = members(watcher, "room");
  await here.subscription.ready;
  expect(dataOf(here.get())).toEqual(["ghost"]);
  wire.isDead = true;
  await expect.poll(() => dataOf(here.get())).toEqual([]);
});

test("a crowd of 1,001: all are counted, 1,000 are told and read, and a place is not lost", async () => {
  const { url } = await startHub();
  const crowd = Array.from({ length: 1001 }, () => clientOf(url!));
  const watcher = clientOf(url!);
  const [here, count] = [members<number>(watcher, "room"), memberCount(watcher, "room")];
  await Promise.all([here, count].map(({ subscription }) => subscription.ready));
  expect(count.get()).toEqual({ members: 0, subjects: 0 });
  for (let i = 0; i < crowd.length; i += 91)
    // oxlint-disable-next-line no-await-in-loop -- not all connections at once
    await Promise.all(crowd.slice(i, i + 91).map((one, k) => enter(one, "room", i + k).ready));
  await expect.poll(() => count.get()).toEqual({ members: 1001, subjects: 1001 });
  await expect.poll(() => here.get().size).toBe(1000);
  const read = new Set<unknown>();
  for await (const { data } of readMembers(watcher, "room")) read.add(data);
  expect(read.size).toBe(1000);
  await crowd[7]!.close();
  await expect.poll(() => dataOf(here.get()).includes(7)).toBe(false);
  await expect.poll(() => count.get()?.members).toBe(1000);
  expect(here.get().size).toBe(1000);
}, 60_000);

test("a second map of a state topic has what the first has, and a plain listener is told the state", async () => {
  const { url } = await startHub({ topics: [{ match: "s.**", state: true }] });
  const client = clientOf(url!);
  const topic = client.topic<number>("s.a");
  const first = liveMap(topic);
  await first.set("x", 1);
  await first.set("y", 2);
  const second = liveMap(topic);
  expect(await second.subscription.ready).toEqual({ recovered: true, replayed: 0 });
  expect([...second.get().keys()]).toEqual(["x", "y"]);
  const got: unknown[] = [];
  const plain = topic.subscribe(({ key, data }) => got.push([key, data]));
  expect(await plain.ready).toEqual({ recovered: true, replayed: 2 });
  await first.set("x", 3);
  expect(got).toEqual([
    ["x", 1],
    ["y", 2],
    ["x", 3],
  ]);
  expect([...second.get().values()].map(({ data }) => data)).toEqual([2, 3]);
});
