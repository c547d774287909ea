import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Bench, hub, turn } from "../fake-hub.testkit.ts";
import type { Position } from "../position.ts";
import { resume, type ResumeOptions } from "./resume.ts";

const SUBSCRIBE = 3;

let page: EventTarget;
let kept: Map<string, string>;
let storage: NonNullable<ResumeOptions["storage"]>;

beforeEach(() => {
  page = new EventTarget();
  kept = new Map();
  storage = {
    getItem: (item) => kept.get(item) ?? null,
    setItem: (item, position) => void kept.set(item, position),
  };
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("document", { visibilityState: "hidden" });
});

afterEach(() => vi.unstubAllGlobals());

/** Where the subscription that was asked for last begins. */
const start = (bench: Bench): unknown =>
  (bench.socket.framesOf(SUBSCRIBE).at(-1)![2] as unknown[][])[0]![1];

/** A page that is loaded, and served up to an offset. */
async function load(options: ResumeOptions = {}, name = "a"): Promise<Bench> {
  const bench = new Bench();
  await bench.welcome();
  resume(bench.client.topic(name), () => {}, { storage, ...options });
  await turn();
  return bench;
}

for (const type of ["pagehide", "visibilitychange"])
  test(`D46 the next page goes on where this one was when ${type} came`, async () => {
    const first = await load({ from: "start" });
    expect(start(first)).toEqual([0, 0]);
    first.grant({ sub: 1, head: 3, replay: 1 });
    page.dispatchEvent(new Event(type));
    expect(kept.size).toBe(0);
    first.socket.say(hub.publication(1, 3, "x"));
    page.dispatchEvent(new Event(type));
    first.socket.say(hub.publication(1, 4, "x"));
    expect([...kept]).toEqual([["fanwire a", "5:3"]]);
    expect(start(await load({ from: "start" }))).toEqual([5, 3]);
  });

test("D46 a subscription that ends keeps where it was, and hears of the page no more", async () => {
  const bench = new Bench();
  await bench.welcome();
  const subscription = resume(bench.client.topic("a"), undefined, { storage, key: "mine" });
  await turn();
  bench.grant({ sub: 1, head: 7 });
  subscription.unsubscribe();
  expect([...kept]).toEqual([["fanwire mine", "5:7"]]);
  kept.clear();
  page.dispatchEvent(new Event("pagehide"));
  expect(kept.size).toBe(0);
  expect((await subscription[Symbol.asyncIterator]().next()).done).toBe(true);
});

test("D46 a pattern goes on from its mark", async () => {
  const first = await load({}, "a.*");
  first.grant({ sub: 1, epoch: null, head: null, mark: Uint8Array.of(1, 2, 3) });
  page.dispatchEvent(new Event("pagehide"));
  expect(start(await load({}, "a.*"))).toEqual([Uint8Array.of(1, 2, 3)]);
});

test("D46 what is no position, and a storage that fails, keep nobody from subscribing", async () => {
  kept.set("fanwire a", "~AQID");
  expect(start(await load({ from: "5:1" as Position }))).toEqual([5, 1]);
  storage = {
    getItem: () => {
      throw new DOMException("forbidden", "SecurityError");
    },
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  };
  const bench = await load();
  expect(start(bench)).toBeNull();
  bench.grant({ sub: 1, head: 3 });
  page.dispatchEvent(new Event("pagehide"));
});
