// What the hub remembers, as a visitor sees it: full charts after a reload, nothing lost by a cut, and a board that outlives the hub.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  badge,
  freePort,
  hostChanges,
  launchBrowser,
  live,
  news,
  paintedPixels,
  panel,
  processesBelow,
  startDemo,
} from "./demo.ts";
import type { Running } from "./shell.ts";

/** So long the machine is watched before anybody opens the page. */
const UNSEEN_MS = 25_000;

const data = mkdtempSync(join(tmpdir(), "fanwire-memory-"));
let demo: Running;
let browser: Browser;
let port: number;
let startedAt: number;
const errors: string[] = [];

beforeAll(async () => {
  port = await freePort();
  [demo, browser] = await Promise.all([startDemo(port, { DATA_DIR: data }), launchBrowser()]);
  startedAt = Date.now();
}, 60_000);

afterAll(async () => {
  await browser.close();
  demo.child.kill("SIGTERM");
  expect(await demo.exited).toEqual({ code: 0, signal: null });
  rmSync(data, { recursive: true });
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(errors.splice(0)).toEqual([]);
});

async function open(path = "/"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`http://localhost:${port}${path}`);
  await live(page);
  return page;
}

/** What the legend of a chart says of a moment so many seconds ago, for whoever goes there by keyboard. */
async function secondsAgo(page: Page, title: string, seconds: number): Promise<string> {
  const chart = panel(page, title).getByRole("img", { name: title });
  await chart.focus();
  for (let i = 0; i < seconds; i++) await chart.press("ArrowLeft");
  const said = (await panel(page, title).textContent()) ?? "";
  await chart.evaluate((element) => (element as HTMLElement).blur());
  return said;
}

/** Everything that the badge says from now on. */
async function listen(page: Page): Promise<() => Promise<readonly string[]>> {
  await badge(page).evaluate((place) => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    new MutationObserver(() => heard.push(place.textContent ?? "")).observe(place, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
}

const order = async (page: Page, name: string): Promise<void> => {
  await badge(page).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await dialog.getByRole("button", { name }).click();
};

/** Of the figures beside the orders. */
const gaps = async (page: Page): Promise<number> => {
  const dialog = page.getByRole("dialog", { name: "Connection" });
  return Number(/Gaps in this tab(\d+)/u.exec((await dialog.textContent()) ?? "")?.[1]);
};

const surface = (page: Page) => page.getByRole("img", { name: "Shared drawing" });
const line = (page: Page) => page.getByRole("textbox", { name: "Write to all open tabs" });

async function draw(page: Page): Promise<void> {
  const box = (await surface(page).boundingBox())!;
  await page.mouse.move(box.x + 60, box.y + 60);
  await page.mouse.down();
  for (let i = 1; i <= 20; i++) await page.mouse.move(box.x + 60 + i * 12, box.y + 60 + i * 6);
  await page.mouse.up();
}

describe("the last ten minutes", () => {
  test("a page that is opened, and one that is reloaded, has full charts at once", async () => {
    await new Promise((done) => setTimeout(done, startedAt + UNSEEN_MS - Date.now()));
    const page = await open();
    for (let times = 0; times < 2; times++) {
      // oxlint-disable-next-line no-await-in-loop -- before and after
      await expect
        .poll(() => panel(page, "Memory").textContent(), { timeout: 1_500 })
        .toMatch(/GiB/u);
      for (const title of ["CPU", "Memory", "Load"])
        // oxlint-disable-next-line no-await-in-loop -- the cursor is in one chart
        await expect
          .poll(() => secondsAgo(page, title, 15), { timeout: 3_000 })
          .toMatch(/(all cores|used|1 m) ?\d/u);
      await page.reload();
      await live(page);
    }
    await page.getByRole("button", { name: "10 m" }).click();
    expect(await secondsAgo(page, "CPU", 20)).toMatch(/all cores \d/u);
  });

  test("what a cut of ten seconds kept away comes with the connection, and nothing is missing", async () => {
    const page = await open();
    await hostChanges(page);
    const heard = await listen(page);
    await order(page, "Cut for 10 s");
    await expect.poll(() => badge(page).textContent()).toMatch(/Back in \d+ s/u);
    await expect
      .poll(() => news(page).textContent(), { timeout: 20_000 })
      .toMatch(/Back after 10\.\d s\. [\d,]+ publications replayed, gap 0, same epoch\./u);
    await live(page);
    expect((await heard()).some((words) => words.includes("Catching up"))).toBe(true);
    const replayed = /([\d,]+) publications/u.exec((await news(page).textContent())!)![1]!;
    // at least four topics, ten times a second
    expect(Number(replayed.replace(",", ""))).toBeGreaterThan(350);
    const dialog = page.getByRole("dialog", { name: "Connection" });
    await expect.poll(() => dialog.textContent()).toContain(`, ${replayed} replayed`);
    expect(await gaps(page)).toBe(0);
    await page.keyboard.press("Escape");
    // in the middle of the hole
    expect(await secondsAgo(page, "CPU", 5)).toMatch(/all cores \d/u);
    // ten seconds would be told in seconds
    expect(await panel(page, "Publish to screen").textContent()).not.toMatch(/\d\u2009s/u);
  });
});

describe("a hub that is killed", () => {
  test("the board is whole, the machine's memory is told as lost, and every tab goes on", async () => {
    const [host, board] = await Promise.all([open("/#host"), open("/#board")]);
    const empty = await paintedPixels(surface(board));
    await draw(board);
    await line(board).fill("written before the crash");
    const drawn = await paintedPixels(surface(board));
    expect(drawn).toBeGreaterThan(empty + 100);
    await hostChanges(host);
    // until it is on disk, another tab does not see it
    const other = await open("/#board");
    await expect.poll(() => line(other).inputValue()).toBe("written before the crash");
    const [hub] = processesBelow(demo.child.pid!, "main.ts serve");

    await order(host, "Kill the hub");
    await expect.poll(() => badge(host).textContent()).toMatch(/Retry in|Connecting/u);
    for (const page of [host, board, other]) {
      // oxlint-disable-next-line no-await-in-loop -- one tab after the other
      await live(page);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await expect
        .poll(() => news(page).textContent(), { timeout: 10_000 })
        .toMatch(
          /Back after \d\.\d s\. host\.\S+\.\*\*: \d+ topics, some not kept\..*board\.\*: gap 0, same epoch\./u,
        );
    }
    expect(processesBelow(demo.child.pid!, "main.ts serve")).not.toContain(hub);
    await expect.poll(() => gaps(host)).toBeGreaterThan(0);
    await hostChanges(host);
    expect(await paintedPixels(surface(other))).toBe(drawn);

    const late = await open("/#board");
    await expect.poll(() => paintedPixels(surface(late))).toBe(drawn);
    expect(await line(late).inputValue()).toBe("written before the crash");
    await board.reload();
    await expect.poll(() => paintedPixels(surface(board))).toBe(drawn);

    await late.getByRole("button", { name: "Clear the board" }).click();
    await expect.poll(() => paintedPixels(surface(board))).toBe(empty);
    await board.reload();
    await live(board);
    expect(await line(board).inputValue()).toBe("");
    expect(await paintedPixels(surface(board))).toBe(empty);
  });

  test("the board is there when the demo is started again", async () => {
    const before = await open("/#board");
    await draw(before);
    await line(before).fill("until tomorrow");
    const drawn = await paintedPixels(surface(before));
    const other = await open("/#board");
    await expect.poll(() => line(other).inputValue()).toBe("until tomorrow");
    await expect.poll(() => paintedPixels(surface(other))).toBe(drawn);
    demo.child.kill("SIGTERM");
    await demo.exited;
    await Promise.all(browser.contexts().map((context) => context.close()));
    demo = await startDemo(port, { DATA_DIR: data });
    const after = await open("/#board");
    await expect.poll(() => line(after).inputValue()).toBe("until tomorrow");
    await expect.poll(() => paintedPixels(surface(after))).toBe(drawn);
  });
});
