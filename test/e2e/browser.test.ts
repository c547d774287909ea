// What a browser does to pages, and what the client makes of it, over a wire that breaks without a word. Nothing here waits for another attempt
// by itself: pauses are an hour.

import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import type { Client } from "@fanwire/client";
import type { Hub } from "@fanwire/server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { clientOf, closeAll, startHub, Wire } from "../unit/clients.ts";
import type { BrowserPage } from "./browser.page.ts";
import { launchOptions } from "./demo.ts";
import { servePages } from "./pages.ts";

declare const page: BrowserPage;

let browser: Browser;
let context: BrowserContext;
let pages: Awaited<ReturnType<typeof servePages>>;
let hub: Hub;
let wire: Wire;
let writer: Client;

beforeAll(async () => {
  // Playwright switches the cache off, which pages are to come back from
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  [browser, pages] = await Promise.all([
    chromium.launch({ ...launchOptions(), ignoreDefaultArgs }),
    servePages("browser.page.ts"),
  ]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await pages.close();
});

beforeEach(async () => {
  context = await browser.newContext();
});

afterEach(async () => {
  await context.close();
  await closeAll();
});

/** A page that follows the topic, and the session that it has. */
async function open(pingMs = 60_000): Promise<{ tab: Page; session: string }> {
  const topics = [{ match: "kept.**", history: true }];
  hub = await startHub({ topics, pingMs, pingTimeoutMs: pingMs });
  wire = new Wire(hub.port!);
  writer = clientOf(hub.url!);
  const tab = await context.newPage();
  await tab.goto(pages.url);
  return { tab, session: await follow(tab) };
}

async function follow(tab: Page): Promise<string> {
  address ??= await wire.url();
  await tab.evaluate((url) => page.follow(url), address);
  return (await sessionOf(tab))!;
}

let address: string | undefined;
afterEach(() => {
  address = undefined;
});

const sessionOf = (tab: Page): Promise<string | undefined> => tab.evaluate(() => page.session());
const gotBy = (tab: Page): Promise<number[]> => tab.evaluate(() => page.got);
const toldTo = (tab: Page): Promise<string[]> => tab.evaluate(() => page.told);
const publish = (n: number): Promise<unknown> => writer.topic("kept.a").publish(n);

/** Resolves when the page has another link than before, and gets what is published. */
async function hasAnother(tab: Page, before: string): Promise<void> {
  await expect.poll(async () => [undefined, before].includes(await sessionOf(tab))).toBe(false);
  await publish(7);
  await expect.poll(async () => (await gotBy(tab)).at(-1)).toBe(7);
}

test("N28 a page goes into the back/forward cache and comes back, with a new link at once and nothing lost", async () => {
  const { tab, session } = await open();
  await publish(1);
  await expect.poll(() => gotBy(tab)).toEqual([1]);
  await tab.goto(`${pages.url}other`);
  await publish(2);
  // Playwright would wait for a `load` that does not come
  await tab.evaluate(() => history.back());
  await tab.waitForURL(pages.url, { waitUntil: "commit" });
  await hasAnother(tab, session);
  expect(await gotBy(tab)).toEqual([1, 2, 7]);
  expect(await toldTo(tab)).toEqual([
    "shown",
    "idle",
    "connecting",
    "live",
    "waiting",
    "restored",
    "connecting",
    "live",
  ]);
});

test("N28 nobody listens to unload", async () => {
  const { tab } = await open();
  const session = await context.newCDPSession(tab);
  const { result } = await session.send("Runtime.evaluate", { expression: "window" });
  const { listeners } = await session.send("DOMDebugger.getEventListeners", {
    objectId: result.objectId!,
  });
  const types = new Set(listeners.map(({ type }) => type));
  expect([...types].toSorted((a, b) => a.localeCompare(b))).toEqual([
    "online",
    "pagehide",
    "pageshow",
    "visibilitychange",
  ]);
});

test("N11 when the network comes back a link that is dead is found out, and another one opened", async () => {
  const { tab, session } = await open();
  // Playwright's network leaves a socket that stands alone, and tells the page
  await context.setOffline(true);
  wire.isDead = true;
  expect(await sessionOf(tab)).toBe(session);
  await context.setOffline(false);
  await expect.poll(() => sessionOf(tab)).toBeUndefined();
  wire.isDead = false;
  await tab.evaluate(() => dispatchEvent(new Event("online")));
  await hasAnother(tab, session);
});

test("N11 when the network comes back a link that lives is kept", async () => {
  const { tab, session } = await open();
  await context.setOffline(true);
  await context.setOffline(false);
  await tab.evaluate(() => page.publish(1));
  expect(await sessionOf(tab)).toBe(session);
  expect(await toldTo(tab)).toEqual(["shown", "idle", "connecting", "live"]);
});

test("N11 a page that is seen again finds a dead link out", async () => {
  const { tab, session } = await open();
  wire.isDead = true;
  // a page without a window is always visible: that it is seen again it has to be told
  await tab.evaluate(() => {
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await expect.poll(() => sessionOf(tab)).toBeUndefined();
  wire.isDead = false;
  await tab.evaluate(() => dispatchEvent(new Event("online")));
  await hasAnother(tab, session);
});

test("N9 a page that slept past its time reads what came meanwhile, and keeps its link", async () => {
  const { tab, session } = await open(4000);
  const slept = tab.evaluate(() => page.block(6500));
  await publish(1);
  await slept;
  await expect.poll(() => gotBy(tab)).toEqual([1]);
  await tab.evaluate(() => page.publish(2));
  expect(await sessionOf(tab)).toBe(session);
  expect(await toldTo(tab)).toEqual(["shown", "idle", "connecting", "live"]);
});

test("D46 a page that is loaded anew goes on where it was", async () => {
  const { tab } = await open();
  await publish(1);
  await expect.poll(() => gotBy(tab)).toEqual([1]);
  await tab.reload();
  await publish(2);
  await publish(3);
  await follow(tab);
  expect(await gotBy(tab)).toEqual([2, 3]);
  expect(await toldTo(tab)).not.toContain("gap");
});
