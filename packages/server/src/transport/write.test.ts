import { once } from "node:events";
import { type AddressInfo, type Server } from "node:net";
import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { resolveOptions } from "../options.ts";
import { Runtime } from "../runtime.ts";
import { createHttpServer } from "./http.ts";
import { Listener } from "./listener.ts";
import { RawClient } from "./raw-client.testkit.ts";

let server: Server | undefined;

afterEach(() => {
  server?.close();
});

async function start(isRaw: boolean, unsentBytesMax = 1_048_576): Promise<string> {
  const options = resolveOptions({ limits: { unsentBytesMax } });
  const listener = new Listener(new Runtime(options), {
    ...options,
    admits: () => undefined,
    isRaw,
  });
  const http = createHttpServer("/");
  listener.attach(http);
  server = http;
  await once(http.listen(0, "127.0.0.1"), "listening");
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

describe.each([
  ["one write to the socket", true],
  ["send of ws", false],
])("E7 by %s", (_name, isRaw) => {
  test("E7 publications of every size arrive whole and in order", async () => {
    const url = await start(isRaw);
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
    const url = await start(isRaw);
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
    const url = await start(isRaw);
    const c = await RawClient.join(url);
    c.send(client.ping(7), Uint8Array.of(0xc1));
    expect(await c.closed).toMatchObject({ code: 4500 });
    expect(c.frames.at(-1)).toEqual([down.PONG, 7]);
  });
});
