import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createHub, type Hub } from "./hub.ts";
import type { HubOptions } from "./options.ts";
import { RawClient } from "./transport/raw-client.testkit.ts";

const folders: string[] = [];
const hubs: Hub[] = [];

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.close(0)));
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fanwire-data-"));
  folders.push(path);
  return path;
}

const topics = [
  { match: "d.**", durable: true },
  { match: "s.**", durable: true, state: true },
];

function hubOn(data: string, more: HubOptions = {}): Hub {
  const logger = { info() {}, warn() {}, error() {} };
  const hub = createHub({
    data: join(data, "store"),
    topics,
    port: 0,
    drainMs: 0,
    logger,
    ...more,
  });
  hubs.push(hub);
  return hub;
}

describe("Q6", () => {
  test("Q6 what a hub has confirmed is there when it is started again, with its epoch and offsets", async () => {
    const data = folder();
    const first = hubOn(data);
    await first.listen();
    const c = await RawClient.join(first.url!);
    c.send(client.publish(1, "d.x", 1), client.publish(2, "d.x", 2), client.publish(3, "e", 3));
    await c.until((frames) => frames.filter(([op]) => op === down.OK).length === 3);
    const oks = c.frames.filter(([op]) => op === down.OK);
    expect(new Map(oks.map((frame) => [frame[1], [frame[4], frame[5]]]))).toEqual(
      new Map([
        [1, [1, 1]],
        [2, [2, 1]],
        [3, [1, 0]],
      ]),
    );
    const epoch = oks.find((frame) => frame[1] === 1)![3] as number;
    await first.close(0);
    const second = hubOn(data);
    await second.listen();
    const d = await RawClient.join(second.url!);
    d.send(client.subscribeWith(1, "d.x", { epoch, offset: 1 }));
    await d.until((frames) => frames.some(([op]) => op === down.CAUGHT_UP));
    expect(d.frames.filter(([op]) => op === down.GAP)).toEqual([]);
    expect(d.frames.filter(([op]) => op === down.PUBLICATION).map((f) => f.at(-1))).toEqual([
      Uint8Array.of(2),
    ]);
    expect(second.publish("d.x", 3)).toMatchObject({ epoch, offset: 3 });
  });

  test("Q6 in the hub's own process a publication is stored when its promise resolves, and shown then", async () => {
    const hub = hubOn(folder());
    await hub.open();
    const got: unknown[] = [];
    hub.subscribe("**", ({ data, offset }) => got.push([data, offset]));
    const { stored, offset } = hub.publish("d.x", "a");
    hub.publish("e", "b");
    expect(offset).toBe(1);
    await stored;
    await Promise.resolve();
    expect(got).toEqual([
      ["b", 1],
      ["a", 1],
    ]);
    await hub.publish("e", "c").stored;
  });

  test("Q6 before it is open a hub with a store publishes nothing, and upgrades are told to come back", async () => {
    const hub = hubOn(folder());
    expect(() => hub.publish("d.x", 1)).toThrow("The hub is not open yet: await hub.open().");
    await hub.open();
    await hub.publish("d.x", 1).stored;
  });

  test.each([
    [
      "a directory of something else",
      (path: string) => writeFileSync(join(path, "notes.txt"), "mine"),
      "not-a-store",
    ],
  ])(
    "Q6 %s stops the start with a sentence, and nothing is changed",
    async (_what, prepare, code) => {
      const path = folder();
      prepare(path);
      const hub = createHub({ data: path, topics, port: 0 });
      await expect(hub.listen()).rejects.toMatchObject({ name: "HubError", code });
      await hub.close(0);
    },
  );

  test("Q6 a store that another hub has is locked", async () => {
    const data = folder();
    const first = hubOn(data);
    await first.open();
    const second = hubOn(data);
    await expect(second.open()).rejects.toMatchObject({ code: "locked" });
  });

  test("Q6 rules that would drop what is stored stop the start, and name the topics", async () => {
    const data = folder();
    const first = hubOn(data);
    await first.open();
    await first.publish("d.x", 1).stored;
    await first.close(0);
    const second = hubOn(data, { topics: [] });
    await expect(second.open()).rejects.toMatchObject({
      code: "rules-differ",
      message: expect.stringContaining("d.x"),
    });
    await second.close(0);
    const third = hubOn(data, { topics: [{ match: "d.**", discard: true }] });
    await third.open();
    expect(third.stats().topics).toBe(0);
  });

  test("Q6 segmentBytes is the size of the log's files, more than one of them a snapshot, and it may change from start to start", async () => {
    const data = folder();
    const store = join(data, "store");
    let last = { epoch: 0, offset: 0 };
    for (const segmentBytes of [65_536, 131_072, 65_536]) {
      const hub = hubOn(data, { segmentBytes });
      await hub.open();
      for (let i = 0; i < 10; i++) {
        const { stored, ...place } = hub.publish("d.x", "x".repeat(20_000));
        await stored;
        expect(place).toEqual({ epoch: last.epoch || place.epoch, offset: last.offset + 1 });
        last = place;
      }
      await hub.close(0);
      const sizes = readdirSync(store)
        .filter((name) => name.startsWith("log-"))
        .map((name) => statSync(join(store, name)).size);
      expect(sizes).toContain(segmentBytes);
      expect(readdirSync(store).some((name) => /^snap-\d+$/u.test(name))).toBe(true);
    }
  });

  test("Q6 a durable state is there when the hub is started again", async () => {
    const data = folder();
    const first = hubOn(data);
    await first.open();
    first.publish("s.x", 1, { key: "a" });
    first.publish("s.x", 2, { key: "b" });
    await first.publish("s.x", 3, { key: "a" }).stored;
    await first.close(0);
    const second = hubOn(data);
    await second.listen();
    const c = await RawClient.join(second.url!);
    c.send(client.subscribe(1, "s.x"));
    await c.until((frames) => frames.some(([op]) => op === down.CAUGHT_UP));
    expect(c.frames.filter(([op]) => op === down.PUBLICATION).map((f) => f.at(-1))).toEqual([
      Uint8Array.of(2),
      Uint8Array.of(3),
    ]);
  });

  test("Q6 revocations hold over a restart", async () => {
    const { newKey, publicKeyOf, signToken } = await import("./auth/sign.ts");
    const key = await newKey();
    const data = folder();
    const auth = { keys: [publicKeyOf(key)] };
    const token = await signToken(key, { sub: "ada", fanwire: { sub: ["**"] } });
    const first = hubOn(data, { auth });
    await first.open();
    first.revoke({ subject: "ada", issuedUpTo: Date.now() });
    await first.close(0);
    const second = hubOn(data, { auth });
    await second.listen();
    const c = await RawClient.open(second.url!);
    c.send(client.hello(1, false, token));
    expect(await c.closed).toMatchObject({ code: 4504 });
  });
});

/** A little more than after which a hub writes a snapshot: state of 64 KiB a key. */
async function filledState(hub: Hub, keys: number): Promise<void> {
  const value = new Uint8Array(65_000);
  const all = Array.from({ length: keys }, (_, i) => hub.publish("s.x", value, { key: `k${i}` }));
  await Promise.all(all.map(({ stored }) => stored));
}

describe("Q5", () => {
  const KEYS = 1100;
  const limits = { pendingPerTopicMax: 10_000, pendingBytesMax: 134_217_728 };

  test("Q5 what a snapshot holds is there when the hub is started again", async () => {
    const data = folder();
    const first = hubOn(data, { limits });
    await first.open();
    await filledState(first, KEYS);
    const written = (): boolean =>
      readdirSync(join(data, "store")).some((name) => /^snap-\d+$/u.test(name));
    await vi.waitFor(() => expect(written()).toBe(true), { interval: 5, timeout: 20_000 });
    await first.close(0);
    expect(await keysOf(hubOn(data, { limits }))).toBe(KEYS);
  });

  test("Q5 a hub that is closed while it writes a snapshot ends as any other, and keeps all", async () => {
    const data = folder();
    const first = hubOn(data, { limits });
    await first.open();
    await filledState(first, KEYS);
    await first.close(0);
    expect(await keysOf(hubOn(data, { limits }))).toBe(KEYS);
  });

  async function keysOf(hub: Hub): Promise<number> {
    await hub.open();
    const keys = new Set<unknown>();
    hub.subscribe("s.x", ({ key }) => keys.add(key));
    await vi.waitFor(() => expect(keys.size).toBe(KEYS), { interval: 5, timeout: 20_000 });
    return keys.size;
  }
});
