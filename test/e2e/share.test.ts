// Tabs of a real browser that share a socket, in one of them or in a SharedWorker, with a real hub.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createClient } from "@fanwire/client";
import { createHub, type Hub, newKey, publicKeyOf, signToken } from "@fanwire/server";
import type { Browser, BrowserContext, Page } from "playwright";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "./demo.ts";

/** What a page of the test has: the numbers that came, by topic or pattern, and how often its token was asked for. */
interface Tab {
  got: Record<string, number[]>;
  asked: number;
  begin(url: string, worker: string): Promise<void>;
  publish(from: number, to: number): Promise<void>;
}

const page = `
  import { shareClient } from "@fanwire/client/share";
  self.tab = {
    got: {},
    asked: 0,
    async begin(url, script) {
      const token = async () => (self.tab.asked++, (await fetch("/token")).text());
      const worker = script && (() => new SharedWorker(script, { type: "module" }));
      const client = (self.client = shareClient(url, { token, worker, backoff: { minMs: 5, maxMs: 50 } }));
      for (const name of ["kept.one", "kept.*"]) {
        const got = (self.tab.got[name] = []);
        await client.topic(name).subscribe(({ data }) => got.push(data)).ready;
      }
    },
    async publish(from, to) {
      const all = [];
      for (let n = from; n <= to; n++) all.push(self.client.topic("kept.two").publish(n));
      await Promise.all(all);
    },
  };`;

/** A script as a page loads it. */
async function bundled(input: string, text?: string): Promise<string> {
  const own = { name: "own", load: (id: string) => (id.endsWith(input) ? text : undefined) };
  const bundle = await rolldown({
    input,
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["@fanwire/source", "import"] },
    plugins: [
      {
        ...own,
        resolveId: (id: string) =>
          text && id === input ? `${fileURLToPath(new URL(".", import.meta.url))}${id}` : undefined,
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  return output[0].code;
}

let hub: Hub;
let server: Server;
let browser: Browser;
let context: BrowserContext;
let origin: string;
let token: () => Promise<string>;

beforeAll(async () => {
  const key = await newKey();
  token = () => signToken(key, { sub: "ada", ttl: 600, fanwire: { sub: ["**"], pub: ["**"] } });
  const scripts: Record<string, string> = {
    "/page.js": await bundled("page.js", page),
    "/worker.js": await bundled("@fanwire/client/share/worker"),
  };
  server = createServer((request, response) => {
    void (async () => {
      const { url = "" } = request;
      const script = scripts[url];
      response.statusCode = script || url === "/" || url === "/token" ? 200 : 404;
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      const html = '<script type="module" src="/page.js"></script>';
      response.end(script ?? (url === "/token" ? await token() : html));
    })();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  hub = createHub({
    port: 0,
    origins: [origin],
    auth: { keys: [publicKeyOf(key)] },
    topics: [{ match: "kept.**", history: true }],
  });
  await hub.listen();
  browser = await launchBrowser();
});

afterEach(async () => {
  await context.close();
  await expect.poll(() => hub.stats().sessions).toBe(0);
});

afterAll(async () => {
  await browser.close();
  await hub.close(0);
  server.close();
});

async function open(script: string): Promise<Page> {
  const opened = await context.newPage();
  await opened.goto(origin);
  await opened.waitForFunction(() => "tab" in globalThis);
  await opened.evaluate(
    ([url, worker]) => (globalThis as unknown as { tab: Tab }).tab.begin(url!, worker!),
    [hub.url!, script],
  );
  return opened;
}

const of = <T>(opened: Page, run: "got" | "asked"): Promise<T> =>
  opened.evaluate((what) => (globalThis as unknown as { tab: Tab }).tab[what], run) as Promise<T>;

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe.each([
  ["one of the tabs", ""],
  ["a SharedWorker", "/worker.js"],
  ["one of the tabs, as the worker's script is not there", "/nothing.js"],
])("with the socket in %s", (_, script) => {
  test("SH3 three tabs have one connection, and a tab that is closed in the middle of traffic costs the others nothing", async () => {
    context = await browser.newContext();
    const [first, ...others] = [await open(script), await open(script), await open(script)];
    expect(hub.stats().sessions).toBe(1);
    expect(hub.stats().subscriptions).toBe(2);
    const asked = await Promise.all([first, ...others].map((tab) => of<number>(tab, "asked")));
    expect(asked.filter((count) => count > 0)).toEqual([1]);

    const writer = createClient(hub.url!, { token });
    const publish = async (from: number, to: number): Promise<void> => {
      for (let n = from; n <= to; n++) void writer.topic("kept.one").publish(n);
      await writer.flush();
    };
    await publish(1, 200);
    const sent = others[0].evaluate(() =>
      (globalThis as unknown as { tab: Tab }).tab.publish(1, 100),
    );
    const closed = first.close();
    for (let n = 201; n < 600; n += 50) await publish(n, n + 49);
    await Promise.all([closed, sent]);
    await publish(601, 650);
    await writer.close();
    for (const tab of others) {
      const got = (): Promise<Tab["got"]> => of<Tab["got"]>(tab, "got");
      await expect.poll(async () => (await got())["kept.*"]!.length).toBe(750);
      await expect.poll(async () => (await got())["kept.one"]!.length).toBe(650);
      const all = (await got())["kept.*"]!;
      expect((await got())["kept.one"]).toEqual(upTo(650));
      // each of two topics in its order, in one
      expect(all.toSorted((a, b) => a - b)).toEqual(
        [...upTo(650), ...upTo(100)].toSorted((a, b) => a - b),
      );
    }
    await expect.poll(() => hub.stats().sessions).toBe(1);
  });
});

test("SH2 the last tab that closes ends the session", async () => {
  context = await browser.newContext();
  const tabs = [await open(""), await open("")];
  expect(hub.stats().sessions).toBe(1);
  for (const tab of tabs) await tab.close();
  await expect.poll(() => hub.stats().sessions).toBe(0);
});
