import { once } from "node:events";
import { type AddressInfo, type Server } from "node:net";
import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { doorOf } from "../door.ts";
import { routing } from "../http/routes.ts";
import { createHttpServer } from "../http/server.ts";
import { consoleLogger } from "../logger.ts";
import { resolveOptions } from "../options.ts";
import { Runtime } from "../runtime.ts";
import { settingsOf } from "../settings.ts";
import { Listener } from "./listener.ts";
import { RawClient } from "./raw-client.testkit.ts";

let server: Server | undefined;
let connections: () => number = () => 0;

afterEach(() => {
  server?.close();
});

async function start(isPlain: boolean, unsentBytesMax = 1_048_576): Promise<string> {
  const options = resolveOptions({
    limits: { unsentBytesMax, nodeUnsentBytesMax: 2 ** 30, keptBytesMax: 2 ** 30 },
  });
  const listener = new Listener(new Runtime(settingsOf(options, 2 ** 32), null, null, () => {}), {
    ...doorOf(options, null, consoleLogger),
    isPlain,
  });
  connections = () => listener.connections;
  const http = createHttpServer(routing("/", []), null, options.connectionsMax);
  listener.attach(http);
  server = http;
  await once(http.listen(0, "127.0.0.1"), "listening");
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

describe.each([
  ["a plain socket", true],
  ["the library ws", false],
])("E7 by %s", (_name, isPlain) => {
  test("E7 publications of every size arrive whole and in order", async () => {
    const url = await start(isPlain);
    const [c, p] = await Promise.all([RawClient.join(url), RawClient.join(url)]);
    c.send(client.subscribe(1, "a", "*"));
    await c.settle();
    const sizes = [0, 1, 100, 125, 126, 127, 5000, 20_000, 65_000, 65_535, 65_536];
    const payload = (size: number): Uint8Array =>
      new Uint8Array(size).map((_, i) => (i * 31 + size) % 251);
    for (const size of sizes) p.send(client.publish(0, "a", payload(size)));
    await c.until(
      (frames) => frames.filter(([op]) => op === down.PATTERN_PUBLICATION).length === sizes.length,
    );
    for (const op of [down.PUBLICATION, down.PATTERN_PUBLICATION])
      expect(c.frames.filter((f) => f[0] === op).map((f) => f.at(-1))).toEqual(sizes.map(payload));
    await Promise.all([c.close(), p.close()]);
  });

  test("E7 publications, a reply and what follows it come in this order", async () => {
    const url = await start(isPlain);
    const c = await RawClient.join(url);
    c.send(
      client.subscribe(1, "a"),
      client.publish(2, "a"),
      client.subscribe(3, "b"),
      client.ping(4),
    );
    await c.until((frames) => frames.length === 6);
    expect(c.frames.map((f) => f.slice(0, 2)).slice(1)).toEqual([
      [down.OK, 1],
      [down.OK, 3],
      [down.PONG, 4],
      [down.PUBLICATION, expect.any(Number)],
      [down.OK, 2],
    ]);
    await c.close();
  });

  test("E7 what was owed comes before the close", async () => {
    const url = await start(isPlain);
    const c = await RawClient.join(url);
    c.send(client.ping(7), Uint8Array.of(0xc1));
    expect(await c.closed).toMatchObject({ code: 4500 });
    expect(c.frames.at(-1)).toEqual([down.PONG, 7]);
  });

  test("E7 a message that is cut into frames arrives as one", async () => {
    const url = await start(isPlain);
    const c = await RawClient.join(url);
    const bytes = client.publish(5, "a", new Uint8Array(50_000));
    for (let at = 0; at < bytes.length; at += 10_000)
      c.ws.send(bytes.subarray(at, at + 10_000), { fin: at + 10_000 >= bytes.length });
    await c.until((frames) => frames.at(-1)?.[0] === down.OK);
    expect(c.frames.at(-1)?.[1]).toBe(5);
    await c.close();
  });

  test("E7 a client that closes is answered with its code, and pings of the protocol are answered", async () => {
    const url = await start(isPlain);
    const c = await RawClient.join(url);
    const pong = once(c.ws, "pong");
    c.ws.ping("are you there?");
    expect(String((await pong)[0])).toBe("are you there?");
    c.ws.close(3001, "enough");
    expect(await c.closed).toMatchObject({ code: 3001 });
  });

  test("E7 a client that does not answer a close is cut after 5 s", async () => {
    const url = await start(isPlain);
    const c = await RawClient.join(url);
    c.ws.pause(); // what comes is not read, so the close is not answered
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    c.send(Uint8Array.of(0xc1));
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(5000);
    vi.useRealTimers();
    await expect.poll(() => connections()).toBe(0);
  });
});
