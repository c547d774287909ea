import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Bench, turn } from "./fake-hub.testkit.ts";

const PING = 8;

let page: EventTarget;
let removed: number;

beforeEach(() => {
  page = new EventTarget();
  removed = 0;
  vi.stubGlobal(
    "addEventListener",
    (type: string, run: EventListener, options: AddEventListenerOptions) => {
      page.addEventListener(type, run, options);
      options.signal!.addEventListener("abort", () => removed++);
    },
  );
  vi.stubGlobal("document", { visibilityState: "visible" });
});

afterEach(() => vi.unstubAllGlobals());

async function live(): Promise<Bench> {
  const bench = new Bench();
  bench.client.topic("a").subscribe(() => {});
  bench.socket.welcome();
  await turn();
  return bench;
}

for (const type of ["online", "visibilitychange"])
  test(`N11 ${type} asks whether the link still stands, and gives it 2 s`, async () => {
    const bench = await live();
    page.dispatchEvent(new Event(type));
    page.dispatchEvent(new Event(type));
    await turn();
    expect(bench.socket.framesOf(PING)).toHaveLength(1);
    await bench.clock.pass(1999);
    expect(bench.client.status.get().state).toBe("live");
    await bench.clock.pass(1);
    expect(bench.client.status.get().state).toBe("waiting");
  });

test("N11 a page that becomes hidden asks nothing", async () => {
  const bench = await live();
  vi.stubGlobal("document", { visibilityState: "hidden" });
  page.dispatchEvent(new Event("visibilitychange"));
  await turn();
  expect(bench.socket.framesOf(PING)).toEqual([]);
});

test("N11 the network that comes back is heard by a hidden page too", async () => {
  const bench = await live();
  vi.stubGlobal("document", { visibilityState: "hidden" });
  bench.socket.end();
  page.dispatchEvent(new Event("online"));
  expect(bench.sockets).toHaveLength(2);
});

test("N11 a client that waits connects at once when the network or the page wakes", async () => {
  const bench = await live();
  bench.socket.end();
  page.dispatchEvent(new Event("online"));
  expect(bench.sockets).toHaveLength(2);
});

test("N12 a page that comes back from the cache has a new link at once", async () => {
  const bench = await live();
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  expect(bench.sockets).toHaveLength(1);
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  expect(bench.sockets).toHaveLength(2);
  bench.socket.end();
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  expect(bench.sockets).toHaveLength(3);
});

test("N12 a closed client listens to the page no more", async () => {
  const bench = await live();
  await bench.client.close();
  await turn();
  expect(removed).toBe(3);
});
