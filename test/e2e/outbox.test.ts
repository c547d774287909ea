// Publications that outlive the page, in a real browser, over a wire that is cut.

import type { Client } from "@fanwire/client";
import type { Hub } from "@fanwire/server";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { clientOf, closeAll, startHub, Wire } from "../unit/clients.ts";
import { launchBrowser } from "./demo.ts";
import type { OutboxPage } from "./outbox.page.ts";
import { servePages } from "./pages.ts";

declare const page: OutboxPage;

const TOPIC = "kept.a";

let browser: Browser;
let context: BrowserContext;
let pages: Awaited<ReturnType<typeof servePages>>;
let hub: Hub;
let wire: Wire;
let url: string;
let reader: Client;

beforeAll(async () => {
  [browser, pages] = await Promise.all([launchBrowser(), servePages("outbox.page.ts")]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await pages.close();
});

beforeEach(async () => {
  hub = await startHub({ topics: [{ match: "kept.**", history: true }] });
  wire = new Wire(hub.port!);
  url = await wire.url();
  reader = clientOf(hub.url!);
  context = await browser.newContext();
});

afterEach(async () => {
  await context.close();
  await closeAll();
});

async function open(name = "outbox"): Promise<Page> {
  const tab = await context.newPage();
  await load(tab, name);
  return tab;
}

/** Loads the page anew; the old one is gone then. */
async function load(tab: Page, name = "outbox"): Promise<void> {
  await tab.goto(pages.url);
  await tab.evaluate(([address, outbox]) => page.open(address!, outbox!), [url, name]);
}

const publish = (tab: Page, ...data: number[]): Promise<void> =>
  tab.evaluate(([topic, list]) => page.publish(topic, ...list), [TOPIC, data] as const);

const pending = (tab: Page): Promise<number> => tab.evaluate(() => page.pending());

const kept = (tab: Page): Promise<number> => tab.evaluate(() => page.kept("outbox"));

function cut(): void {
  wire.isWhole = false;
  wire.cut();
}

/** What the hub has. */
async function happened(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { data } of reader.topic(TOPIC).history()) found.push(data);
  return found;
}

test("D45 what could not be sent is sent by the page after a reload, in its order", async () => {
  cut();
  const tab = await open();
  await publish(tab, 1, 2, 3);
  await expect.poll(() => kept(tab)).toBe(3);
  await load(tab);
  await expect.poll(() => pending(tab)).toBe(3);
  await publish(tab, 4);
  wire.isWhole = true;
  await tab.evaluate(() => page.flush());
  expect(await happened()).toEqual([1, 2, 3, 4]);
  await expect.poll(() => kept(tab)).toBe(0);
  expect(await tab.evaluate(() => page.told)).toEqual([]);
});

test("D45 what was sent and not answered before a reload happens once", async () => {
  const tab = await open();
  await publish(tab, 1);
  await tab.evaluate(() => page.flush());
  wire.isDeaf = true;
  await publish(tab, 2, 3);
  await expect.poll(happened).toEqual([1, 2, 3]);
  expect(await kept(tab)).toBe(2);
  await load(tab);
  wire.isDeaf = false;
  await publish(tab, 4);
  await expect.poll(happened).toEqual([1, 2, 3, 4]);
  await expect.poll(() => kept(tab)).toBe(0);
  expect(await happened()).toEqual([1, 2, 3, 4]);
});

test("D45 of two tabs each sends its own, and what a closed one has left is sent by the other", async () => {
  cut();
  const [one, two] = [await open(), await open()];
  await publish(one, 1, 2);
  await publish(two, 3);
  await expect.poll(() => kept(one)).toBe(3);
  expect([await pending(one), await pending(two)]).toEqual([2, 1]);
  await one.close();
  await expect.poll(() => pending(two)).toBe(3);
  const three = await open();
  await publish(three, 4);
  await expect.poll(() => kept(three)).toBe(4);
  expect(await pending(three)).toBe(1);
  wire.isWhole = true;
  await Promise.all([two, three].map((tab) => tab.evaluate(() => page.flush())));
  expect(new Set(await happened())).toEqual(new Set([1, 2, 3, 4]));
  expect(await happened()).toHaveLength(4);
  await expect.poll(() => kept(three)).toBe(0);
});

test("D45 a client that is closed leaves the rest to the next one, also in the same page", async () => {
  cut();
  const tab = await open();
  await publish(tab, 1);
  await expect.poll(() => kept(tab)).toBe(1);
  await tab.evaluate(() => page.close());
  await tab.evaluate(([address, outbox]) => page.open(address!, outbox!), [url, "outbox"]);
  await expect.poll(() => pending(tab)).toBe(1);
  wire.isWhole = true;
  await tab.evaluate(() => page.flush());
  expect(await happened()).toEqual([1]);
});

test("D45 a tab that crashes loses nothing that was kept", async () => {
  cut();
  const [one, two] = [await open(), await open()];
  await publish(one, 1, 2);
  await expect.poll(() => kept(two)).toBe(2);
  const crashed = one.waitForEvent("crash");
  await one.goto("chrome://crash").catch(() => {});
  await crashed;
  await expect.poll(() => pending(two)).toBe(2);
  wire.isWhole = true;
  await two.evaluate(() => page.flush());
  expect(await happened()).toEqual([1, 2]);
});

test("D44 a full disk is told with its code, and publications go on", async () => {
  const tab = await open();
  const session = await context.newCDPSession(tab);
  const { origin } = new URL(pages.url);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  await publish(tab, 1);
  await tab.evaluate(() => page.flush());
  expect(await happened()).toEqual([1]);
  expect(await tab.evaluate(() => page.told)).toEqual([
    { kind: "outbox", code: "outbox-failed", cause: "QuotaExceededError" },
  ]);
});
