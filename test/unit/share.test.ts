// Clients that share a socket, with a real hub, and the locks and channels of the platform. Each client is a tab.

import type { Client, Publication } from "@fanwire/client";
import { enter, members } from "@fanwire/client/presence";
import { queue } from "@fanwire/client/queue";
import { shareClient, type ShareOptions } from "@fanwire/client/share";
import { liveMap } from "@fanwire/client/state";
import { newKey, publicKeyOf, signToken } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";
import { clientOf, closeAll, reaches, startHub, Wire } from "./clients.ts";

const tabs: Client[] = [];

afterEach(async () => {
  // the tab with the link last
  while (tabs.length > 0) await tabs.pop()!.close();
  await closeAll();
});

function tabOf(url: string, options: ShareOptions = {}): Client {
  const tab = shareClient(url, { backoff: { minMs: 5, maxMs: 50 }, ...options });
  tabs.push(tab);
  return tab;
}

/** Tabs of which the first has the link. */
async function tabsOf(count: number, url: string, options: ShareOptions = {}): Promise<Client[]> {
  const all: Client[] = [];
  for (let n = 0; n < count; n++) {
    all.push(tabOf(url, options));
    await all[n]!.ready();
  }
  return all;
}

/** What a tab gets of a topic or pattern from now on. */
async function follow(tab: Client, name: string): Promise<unknown[]> {
  const got: unknown[] = [];
  await tab.topic(name).subscribe(({ data }) => got.push(data)).ready;
  return got;
}

const upTo = (n: number, from = 1): number[] =>
  Array.from({ length: n - from + 1 }, (_, i) => from + i);

const session = (client: Client): string | undefined => {
  const status = client.status.get();
  return status.state === "live" ? status.session : undefined;
};

test("SH1 three tabs have one session, and one subscription to what they all follow", async () => {
  const hub = await startHub();
  const three = await tabsOf(3, hub.url!);
  const got = await Promise.all(three.map((tab) => follow(tab, "news")));
  expect(hub.stats()).toMatchObject({ sessions: 1, subscriptions: 1 });
  expect(new Set(three.map(session)).size).toBe(1);
  for (const [i, tab] of three.entries()) await tab.topic("news").publish(i);
  await expect
    .poll(() => got)
    .toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
});

test("SH1 a topic is left when the last tab leaves it", async () => {
  const hub = await startHub();
  const [one, two] = await tabsOf(2, hub.url!);
  const [first, second] = [one!, two!].map((tab) =>
    tab.topic("news").subscribe(() => {}, { lingerMs: 0 }),
  );
  await Promise.all([first!.ready, second!.ready]);
  const others = await follow(two!, "others");
  first!.unsubscribe();
  await two!.topic("others").publish(1);
  await expect.poll(() => others).toEqual([1]);
  expect(hub.stats().subscriptions).toBe(2);
  await two!.close();
  await expect.poll(() => hub.stats().subscriptions).toBe(0);
});

test("SH1 clients of different names do not share", async () => {
  const hub = await startHub();
  const [ada] = await tabsOf(1, hub.url!, { name: "ada" });
  const [bob] = await tabsOf(1, hub.url!, { name: "bob" });
  expect(hub.stats().sessions).toBe(2);
  expect(session(ada!)).not.toBe(session(bob!));
});

test("SH2 where the platform has no locks each client has its own socket", async () => {
  const hub = await startHub();
  const { navigator } = globalThis;
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  try {
    await tabsOf(2, hub.url!);
    expect(hub.stats().sessions).toBe(2);
  } finally {
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  }
});

test.each(["kept.one", "kept.*"])(
  "SH3 when the tab with the link is closed the others go on, and get each publication of %s once",
  async (name) => {
    const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
    const writer = clientOf(hub.url!);
    const four = await tabsOf(4, hub.url!);
    const got = await Promise.all(four.map((tab) => follow(tab, name)));
    let n = 0;
    for (const leader of four.slice(0, 3)) {
      for (let i = 0; i < 500; i++) void writer.topic("kept.one").publish(++n);
      await writer.flush();
      void leader.close();
      for (let i = 0; i < 500; i++) void writer.topic("kept.one").publish(++n);
      await writer.flush();
      for (const [i, tab] of four.entries())
        if (tab.status.get().state !== "closed") await expect.poll(() => got[i]!.length).toBe(n);
    }
    expect(got[3]).toEqual(upTo(3000));
    expect(hub.stats().sessions).toBe(2);
  },
);

test("SH3 tabs that stand at different places of a pattern miss and double nothing", async () => {
  const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  const writer = clientOf(hub.url!);
  const [leader, ...others] = await tabsOf(4, hub.url!);
  const got = await Promise.all(others.map((tab) => follow(tab, "kept.*")));
  const send = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) void writer.topic(`kept.t${n % 7}`).publish(n);
    await writer.flush();
  };
  await send(1, 700);
  // each is told in its own turn: while it waits, one of them hears of the loss before it has heard what came before it
  void send(701, 1400);
  await expect.poll(() => got[0]!.length).toBeGreaterThan(700);
  void leader!.close();
  await send(1401, 2100);
  for (const all of got) {
    await expect.poll(() => all.length).toBe(2100);
    expect(all.toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(2100));
  }
});

test("SH4 what the lost link left unanswered is sent again, and happens once", async () => {
  const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  const [leader, writer] = await tabsOf(2, hub.url!);
  const seen = await follow(clientOf(hub.url!), "kept.one");
  const answers = upTo(300).map((n) => writer!.topic("kept.one").publish(n));
  void leader!.close();
  const positions = (await Promise.all(answers)).map(({ position }) => position);
  expect(new Set(positions).size).toBe(300);
  await expect.poll(() => seen).toEqual(upTo(300));
});

test("SH5 a tab that begins earlier than the others gets all, and they are told nothing twice", async () => {
  const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  const [one, two, three] = await tabsOf(3, hub.url!);
  for (const n of upTo(50)) await one!.topic("kept.one").publish(n);
  const late = await follow(one!, "kept.one");
  const got: unknown[] = [];
  const replayed: boolean[] = [];
  const take = ({ data, replayed: isReplayed }: Publication): void => {
    got.push(data);
    replayed.push(isReplayed);
  };
  const last: unknown[] = [];
  const both = [
    two!.topic("kept.one").subscribe(take, { from: "start" }),
    three!.topic("kept.one").subscribe(({ data }) => last.push(data), { from: { last: 5 } }),
  ];
  for (const n of upTo(60, 51)) await one!.topic("kept.one").publish(n);
  expect((await Promise.all(both.map(({ ready }) => ready))).map((r) => r.recovered)).toEqual([
    true,
    true,
  ]);
  await one!.topic("kept.one").publish(61);
  await expect.poll(() => [got.at(-1), last.at(-1), late.at(-1)]).toEqual([61, 61, 61]);
  expect(got).toEqual(upTo(61));
  expect(replayed.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => true));
  expect(late).toEqual(upTo(61, 51));
  // the last five before the place of the others
  expect(last).toEqual(upTo(61, last[0] as number));
  expect(last[0]).toBeGreaterThanOrEqual(46);
  expect(hub.stats().sessions).toBe(1);
});

test("SH6 a tab that comes later begins with the state, and the others miss nothing", async () => {
  const hub = await startHub({ topics: [{ match: "state.**", state: true }] });
  const [one, two] = await tabsOf(2, hub.url!);
  const first = liveMap(one!.topic<number>("state.one"));
  const seen: unknown[] = [];
  const gaps: unknown[] = [];
  one!
    .topic("state.one")
    .subscribe(({ data }) => seen.push(data))
    .on("gap", (gap) => gaps.push(gap));
  await first.set("x", 1);
  await first.set("y", 2);
  await first.set("x", 3);
  const second = liveMap(two!.topic<number>("state.one"));
  await second.subscription.ready;
  await second.delete("y");
  await first.set("z", 4);
  for (const map of [first, second])
    await expect
      .poll(() => [...map.get()].map(([key, { data }]) => [key, data]))
      .toEqual([
        ["x", 3],
        ["z", 4],
      ]);
  expect(gaps).toEqual([]);
  expect(seen.filter((data) => data !== null)).toEqual([1, 2, 3, 4]);
});

test("SH7 a position of a pattern that another tab follows is told as a gap, and begins with now", async () => {
  const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  const [one, two] = await tabsOf(2, hub.url!);
  const kept = one!.topic("kept.*").subscribe(() => {});
  await kept.ready;
  const from = kept.position!;
  await one!.topic("kept.one").publish(1);
  const got: unknown[] = [];
  const again = two!.topic("kept.*").subscribe(({ data }) => got.push(data), { from });
  const gap = new Promise((resolve) => {
    again.on("gap", resolve);
  });
  expect(await gap).toMatchObject({ missed: undefined, reason: "unknown" });
  await one!.topic("kept.one").publish(2);
  await expect.poll(() => got).toEqual([2]);
});

test("SH8 the function of one tab is asked for the token, and of another when that one is gone", async () => {
  const key = await newKey();
  const hub = await startHub({ auth: { keys: [publicKeyOf(key)] } });
  const asked: string[] = [];
  const tokenOf = (who: string) => (): Promise<string> => {
    asked.push(who);
    return signToken(key, { sub: "ada", ttl: 60, fanwire: { sub: ["**"], pub: ["**"] } });
  };
  const [one, two] = ["one", "two"].map((who) => tabOf(hub.url!, { token: tokenOf(who) }));
  await Promise.all([one!.ready(), two!.ready()]);
  expect(asked).toHaveLength(1);
  const [first, other] = asked[0] === "one" ? [one!, two!] : [two!, one!];
  const got = await follow(other, "news");
  await first.close();
  await other.topic("news").publish(1);
  await expect.poll(() => got).toEqual([1]);
  expect(asked).toHaveLength(2);
  expect(new Set(asked).size).toBe(2);
});

test("SH8 a token that is refused for good closes all tabs, and a client that is made then begins anew", async () => {
  const key = await newKey();
  const hub = await startHub({ auth: { keys: [publicKeyOf(key)] } });
  const three = [1, 2, 3].map(() => tabOf(hub.url!, { token: () => "no token" }));
  for (const tab of three) {
    await expect(tab.ready()).rejects.toMatchObject({ code: "unauthenticated" });
    expect((await tab.closed)!.code).toBe("unauthenticated");
  }
  const good = await signToken(key, { sub: "ada", ttl: 60, fanwire: { sub: ["**"] } });
  await tabOf(hub.url!, { token: good }).ready();
});

test("SH9 members who are in several tabs are one, and leave with the last of them", async () => {
  const hub = await startHub();
  const [one, two] = await tabsOf(2, hub.url!);
  const here = members<string>(clientOf(hub.url!), "room");
  const seen = (): unknown[] => [...here.get().values()].map(({ data }) => data);
  await enter(one!, "room", "one").ready;
  const second = enter(two!, "room", "two");
  await second.ready;
  await expect.poll(seen).toEqual(["two"]);
  await second.leave();
  await expect.poll(seen).toEqual(["one"]);
  await enter(two!, "room", "again").ready;
  await two!.close();
  await expect.poll(seen).toEqual(["one"]);
});

test("SH10 a lost link is told to all tabs, and all go on over one other", async () => {
  const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  const wire = new Wire(hub.port!);
  const three = await tabsOf(3, await wire.url());
  const got = await Promise.all(three.map((tab) => follow(tab, "kept.one")));
  const writer = clientOf(hub.url!);
  await writer.topic("kept.one").publish(1);
  await expect.poll(() => got).toEqual([[1], [1], [1]]);
  const lost = three.map((tab) => reaches(tab, "waiting"));
  wire.cut();
  await Promise.all(lost);
  await writer.topic("kept.one").publish(2);
  await expect
    .poll(() => got)
    .toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  await expect.poll(() => hub.stats().sessions).toBe(2);
});

test("SH10 reconnect opens another link for all tabs", async () => {
  const hub = await startHub();
  const [one, two] = await tabsOf(2, hub.url!);
  await Promise.all([one!, two!].map((tab) => follow(tab, "news")));
  const before = session(one!);
  two!.reconnect();
  await expect.poll(() => session(one!) !== before && session(one!)).toBeTypeOf("string");
  await two!.ready();
  expect(session(two!)).toBe(session(one!));
});

test("SH11 jobs are not taken over a shared socket, and that is told", async () => {
  const hub = await startHub();
  const [tab] = await tabsOf(1, hub.url!);
  const works = queue(tab!, "jobs").consume(() => {}, { onError() {} });
  expect(await works.closed).toMatchObject({ code: "unsupported" });
});

test("SH12 history and the latest are read, and what the hub refuses is told to who asked", async () => {
  const hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  const [one, two] = await tabsOf(2, hub.url!);
  for (const n of upTo(3)) await one!.topic("kept.one").publish(n);
  const read: unknown[] = [];
  for await (const { data } of two!.topic("kept.one").history()) read.push(data);
  expect(read).toEqual([1, 2, 3]);
  expect((await two!.topic("kept.one").latest())!.data).toBe(3);
  await expect(two!.topic("$sys.hub").publish(1)).rejects.toMatchObject({ code: "forbidden" });
  await expect(two!.topic("kept.one").publish(9, { ifPosition: null })).rejects.toMatchObject({
    code: "conflict",
  });
});
