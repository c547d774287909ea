import { expect, test, vi } from "vitest";
import { createClient } from "./client.ts";
import { Bench } from "./fake-hub.testkit.ts";
import { type ClientOptions, readOptions } from "./options.ts";
import type { Position } from "./position.ts";
import type { PublishOptions } from "./publisher.ts";
import type { SubscribeOptions } from "./subscription.ts";

const url = "ws://hub.test/";

for (const [what, options, message] of [
  ["idleMs", { idleMs: -1 }, "idleMs must be a number of at least 0"],
  ["idleMs", { idleMs: Number.NaN }, "idleMs must be a number of at least 0"],
  ["backoff.minMs", { backoff: { minMs: 0 } }, "backoff.minMs must be a number of at least 1"],
  [
    "backoff.maxMs",
    { backoff: { minMs: 500, maxMs: 400 } },
    "backoff.maxMs must be a number of at least 500",
  ],
  ["outbox.count", { outbox: { count: 0 } }, "outbox.count must be a number of at least 1"],
  ["outbox.bytes", { outbox: { bytes: 0 } }, "outbox.bytes must be a number of at least 1"],
  ["outbox.ttlMs", { outbox: { ttlMs: -1 } }, "outbox.ttlMs must be a number of at least 0"],
  ["outbox.onFull", { outbox: { onFull: "wait" } }, "outbox.onFull must be reject or drop-oldest"],
  [
    "codec",
    { codec: { encoding: 16, encode: () => new Uint8Array(), decode: () => 0 } },
    "codec.encoding must be a number from 0 to 15",
  ],
] as const)
  test(`D15 a bad ${what} is a TypeError with a sentence`, () => {
    expect(() => createClient(url, options as unknown as ClientOptions)).toThrow(
      new TypeError(message),
    );
  });

test("D15 a platform without WebSocket says what to do", () => {
  vi.stubGlobal("WebSocket", undefined);
  expect(() => createClient(url)).toThrow(
    new TypeError("WebSocket must be given, as this platform has none"),
  );
  vi.unstubAllGlobals();
});

test("D15 the URL is one of ws or wss; http stands for ws, and a page may leave its own host out", () => {
  const read = (of: string | URL): string => readOptions(of, {}).url;
  expect(read("wss://a.test/hub")).toBe("wss://a.test/hub");
  expect(read(new URL("https://a.test/"))).toBe("wss://a.test/");
  expect(read("http://a.test/#part")).toBe("ws://a.test/");
  vi.stubGlobal("location", { href: "https://page.test/deep/inside" });
  expect(read("/hub")).toBe("wss://page.test/hub");
  vi.unstubAllGlobals();
  expect(() => read("/hub")).toThrow(TypeError);
  expect(() => read("ftp://a.test/")).toThrow(
    new TypeError("url must be an address of ws: or wss:"),
  );
});

test("D15 bad options of a call are told at once", () => {
  const topic = new Bench().client.topic("a");
  const least = (name: string, n: number): TypeError =>
    new TypeError(`${name} must be a number of at least ${n}`);
  expect(() => topic.publish(1, { timeoutMs: -1 })).toThrow(least("timeoutMs", 0));
  expect(() => topic.subscribe({ buffer: 0 })).toThrow(least("buffer", 1));
  expect(() => topic.subscribe(() => {}, { lingerMs: -1 })).toThrow(least("lingerMs", 0));
});

const mark = "~AQID";

for (const [name, options, message] of [
  ["a", { from: "" }, "from must be where a can begin"],
  ["a", { from: "yesterday" }, "from must be where a can begin"],
  ["a", { from: "5:-1" }, "from must be where a can begin"],
  ["a", { from: "5:9007199254740992" }, "from must be where a can begin"],
  ["a", { from: mark }, "from must be where a can begin"],
  ["a", { from: {} }, "from must be where a can begin"],
  ["a", { from: { last: -1 } }, "from must be where a can begin"],
  ["a", { from: { last: 1.5 } }, "from must be where a can begin"],
  ["a", { from: { last: 1_000_001 } }, "from must be where a can begin"],
  ["a.*", { from: "start" }, "from must be where a.* can begin"],
  ["a.*", { from: { last: 5 } }, "from must be where a.* can begin"],
  ["a.*", { from: "5:1" }, "from must be where a.* can begin"],
  ["a.*", { from: `${mark} a.b` }, "from must be where a.* can begin"],
  ["a.*", { from: `~${"A".repeat(100)}` }, "from must be where a.* can begin"],
  ["a", { lag: "first" }, "lag must be all or close or latest-per-key or latest"],
  ["a", { rate: { everyMs: 0 } }, "rate.everyMs must be a number from 1 to 5,000"],
  ["a", { rate: { everyMs: 5001 } }, "rate.everyMs must be a number from 1 to 5,000"],
  ["a", { rate: { everyMs: 100 }, lag: "all" }, "lag must be latest-per-key or latest"],
  ["a", { rate: "frame", lag: "all" }, "lag must be latest-per-key or latest"],
  ["a.*", { lag: "latest-per-key" }, "lag must be another, as a pattern has no keys"],
] as const)
  test(`D15 ${name} cannot be followed with ${JSON.stringify(options).slice(0, 40)}`, () => {
    const topic = new Bench().client.topic(name);
    expect(() => topic.subscribe(options as SubscribeOptions)).toThrow(new TypeError(message));
  });

test("D15 positions of topics and patterns are no starts of the other", () => {
  const { client } = new Bench();
  expect(
    client
      .topic("a")
      .subscribe({ from: "5:1" as Position })
      .state.get(),
  ).toBe("pending");
  const position = `${mark} a.b:5:1 a.c:d:5:2` as Position;
  expect(client.topic("a.*").subscribe({ from: position }).state.get()).toBe("pending");
  expect(client.topic("a").subscribe({ rate: "all", lag: "close" }).state.get()).toBe("pending");
});

for (const [options, message] of [
  [{ confirm: "all" }, "confirm must be received or disk or quorum or none"],
  [{ offline: "never" }, "offline must be queue or fail"],
  [{ id: "" }, "id must be a text of 1 to 64 characters"],
  [{ id: "x".repeat(65) }, "id must be a text of 1 to 64 characters"],
  [{ ttlMs: 0 }, "ttlMs must be a number of at least 1"],
  [{ ifPosition: mark }, "ifPosition must be a position of a"],
] as const)
  test(`D15 nothing is published with ${JSON.stringify(options).slice(0, 40)}`, () => {
    const topic = new Bench().client.topic("a");
    expect(() => topic.publish(1, options as PublishOptions)).toThrow(new TypeError(message));
  });
