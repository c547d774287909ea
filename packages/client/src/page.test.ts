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

/** What a browser tells a page that it puts away, and gets out again. */
const hides = (persisted: boolean): void => {
  page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
  vi.stubGlobal("document", { visibilityState: "hidden" });
  page.dispatchEvent(new Event("visibilitychange"));
};
const returns = (): void => {
  vi.stubGlobal("document", { visibilityState: "visible" });
  page.dispatchEvent(new Event("visibilitychange"));
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
};

for (const wasSeen of [true, false])
  test(`N28 a page that was ${wasSeen ? "seen" : "hidden"} closes its socket when it goes into the cache, and opens one when it is back`, async () => {
    const bench = await live();
    const { socket } = bench;
    if (!wasSeen) vi.stubGlobal("document", { visibilityState: "hidden" });
    hides(true);
    expect([socket.closeCode, bench.client.status.get().state]).toEqual([1000, "waiting"]);
    returns();
    expect([bench.sockets.length, bench.client.status.get().state]).toEqual([2, "connecting"]);
  });

test("N28 what others say when the page is hidden leaves before", async () => {
  const bench = await live();
  page.addEventListener("pagehide", () => {
    void bench.client.topic("a").publish("bye", { confirm: "none" });
  });
  page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
  await turn(); // as between two listeners
  hides(true);
  expect(bench.socket.framesOf(5)).toHaveLength(1);
  expect(bench.socket.closeCode).toBe(1000);
});

test("N28 a page that goes for good, or is only hidden, is left alone", async () => {
  const bench = await live();
  hides(false);
  page.dispatchEvent(new Event("visibilitychange"));
  expect(bench.socket.closeCode).toBeUndefined();
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
  expect(removed).toBe(4);
});
