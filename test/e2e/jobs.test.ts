import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  badge,
  freePort,
  launchBrowser,
  live,
  news,
  paintedPixels,
  panel,
  processesBelow,
  startDemo,
} from "./demo.ts";
import type { Running } from "./shell.ts";

const LONG = { timeout: 120_000 };

let demo: Running;
let browser: Browser;
let address: string;
const errors: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  [demo, browser] = await Promise.all([startDemo(port), launchBrowser()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  demo.child.kill("SIGTERM");
  expect(await demo.exited).toEqual({ code: 0, signal: null });
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(errors.splice(0)).toEqual([]);
});

/** The Jobs page in a tab of its own browser profile, when the account is known. */
async function open(size = { width: 1440, height: 1000 }): Promise<Page> {
  const context = await browser.newContext({ viewport: size });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${address}/#jobs`);
  await live(page);
  await expect.poll(() => account(page, "Unaccounted for")).toBe("0");
  return page;
}

const button = (page: Page, name: string | RegExp): Locator => page.getByRole("button", { name });
const workers = (page: Page): Locator =>
  panel(page, "Worker processes").getByRole("button", { name: /^Kill −9/u });

/** What the account says in a row. */
async function account(page: Page, row: string): Promise<string | null> {
  return panel(page, "Account")
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: row, exact: true }) })
    .getByRole("cell")
    .textContent();
}

const accountOf = async (page: Page): Promise<string[]> =>
  Promise.all(
    ["Sent", "Done", "In work", "Ready", "Failed, waits", "Dead", "Unaccounted for"].map(
      async (row) => `${row} ${await account(page, row)}`,
    ),
  );

/** Jobs of the kind that is quickly done, or of one that takes its time. */
async function send(page: Page, count: number, work = "SHA-256 of node_modules"): Promise<void> {
  await page
    .getByRole("combobox", { name: "Work" })
    .selectOption({ label: await offer(page, work) });
  await page.getByRole("textbox", { name: "Jobs" }).fill(String(count));
  await button(page, /^Send/u).click();
}

async function offer(page: Page, title: string): Promise<string> {
  const option = page.getByRole("option").filter({ hasText: title });
  return (await option.textContent()) ?? "";
}

/** So many more. */
async function startWorkers(page: Page, count: number): Promise<void> {
  const before = await workers(page).count();
  for (let i = 1; i <= count; i++) {
    await button(page, "Start a worker").click();
    await expect.poll(() => workers(page).count()).toBe(before + i);
  }
}

/** One after the other, until the table is empty. */
async function stopAll(page: Page): Promise<void> {
  const stops = panel(page, "Worker processes").getByRole("button", { name: /^Stop/u });
  while ((await stops.count()) > 0) {
    const left = await stops.count();
    await stops.first().click();
    await expect.poll(() => stops.count(), LONG).toBe(left - 1);
  }
}

describe("the Jobs page", () => {
  test("without jobs and workers it says what to do", async () => {
    const page = await open();
    await expect.poll(() => panel(page, "Every job, one cell").textContent()).toContain("No jobs");
    await expect
      .poll(() => panel(page, "Worker processes").textContent())
      .toContain("No worker is running");
    expect(await accountOf(page)).toContain("Sent 0");
  });

  test("a thousand jobs are all done, though a worker and then the hub are killed in the middle", async () => {
    const page = await open();
    await send(page, 1_000);
    await expect
      .poll(() => news(page).textContent(), LONG)
      .toMatch(/1,000 jobs confirmed on disk/u);
    await expect.poll(() => account(page, "Ready")).toBe("1,000");
    await expect
      .poll(() => panel(page, "Worker processes").textContent())
      .toContain("No worker is running. 1,000 jobs wait. Start one and they begin at once.");
    const cells = panel(page, "Every job, one cell").locator("canvas");
    expect(await paintedPixels(cells)).toBeGreaterThan(1_000);

    await startWorkers(page, 2);
    await expect.poll(() => done(page), LONG).toBeGreaterThan(20);
    await workers(page).first().click();
    await expect
      .poll(() => news(page).textContent(), LONG)
      .toMatch(/Worker \d+ was killed\. (It had no job|Job [\d,]+ is ready again|Its job)/u);
    expect(await workers(page).count()).toBe(1);
    const before = await done(page);

    const [hub] = processesBelow(demo.child.pid!, "main.ts serve");
    process.kill(hub!, "SIGKILL");
    await expect.poll(() => badge(page).textContent()).toMatch(/Retry in|Connecting/u);
    await live(page);
    await expect.poll(() => done(page), LONG).toBeGreaterThan(before);

    await startWorkers(page, 2);
    await expect.poll(() => account(page, "Done"), LONG).toBe("1,000");
    await expect
      .poll(() => news(page).textContent(), LONG)
      .toMatch(/All 1,000 jobs are done, .* of them .*, 0 unaccounted for\./u);
    expect(await accountOf(page)).toEqual([
      "Sent 1,000",
      "Done 1,000",
      "In work 0",
      "Ready 0",
      "Failed, waits 0",
      "Dead 0",
      "Unaccounted for 0",
    ]);
    // what the news said is what stands in the account, in this tab and in one that was not there
    const twice = await account(page, "Done more than once");
    expect(twice).toMatch(/^\d+$/u);
    const other = await open();
    await expect.poll(() => account(other, "Done")).toBe("1,000");
    await expect.poll(() => account(other, "Done more than once")).toBe(twice);
    await stopAll(page);
  }, 300_000);

  test("the hub puts the urgent ones first, and pausing holds them all", async () => {
    const page = await open();
    await button(page, "Pause").click();
    await expect.poll(() => button(page, "Resume").count()).toBe(1);
    await send(page, 100);
    await expect.poll(() => account(page, "Ready"), LONG).toBe("100");
    // everything before was done: the account begins anew
    expect(await account(page, "Sent")).toBe("100");
    await expect.poll(() => panel(page, "Depth").textContent()).toMatch(/urgent\s*10/u);
    await startWorkers(page, 1);
    await expect.poll(() => panel(page, "Worker processes").textContent()).toContain("waits");
    expect(await account(page, "Done")).toBe("0");
    await button(page, "Resume").click();
    await expect.poll(() => account(page, "Done"), LONG).toBe("100");
    await button(page, /^Stop worker/u).click();
    await expect
      .poll(() => news(page).textContent(), LONG)
      .toMatch(/Worker \d+ stopped after finishing its job/u);
  });

  test("the job of a worker that is killed in the middle of it is ready again, and one failure counts", async () => {
    const page = await open();
    await send(page, 300, "Brotli of node_modules");
    const told = /Worker \d+ was killed\. Job [\d,]+ is ready again, first failure counted\./u;
    // one that is killed between its record and the answer to it loses nothing at all
    for (let i = 0; i < 5 && !told.test((await news(page).textContent()) ?? ""); i++) {
      await startWorkers(page, 1);
      await expect
        .poll(() => panel(page, "Worker processes").getByRole("row").last().textContent())
        .toMatch(/\d\s%/u);
      await workers(page).first().click();
      await expect.poll(() => news(page).textContent()).toMatch(/was killed\. The hub keeps/u);
      await expect.poll(() => account(page, "In work")).toBe("0");
      await expect.poll(() => account(page, "Failed, waits")).toBe("0");
    }
    await expect.poll(() => news(page).textContent()).toMatch(told);
    await startWorkers(page, 2);
    await expect.poll(() => account(page, "Done"), LONG).toBe("300");
    expect(await account(page, "Unaccounted for")).toBe("0");
    await stopAll(page);
  }, 180_000);

  test("jobs are there again when the whole demo was away", async () => {
    const port = await freePort();
    const data = mkdtempSync(join(tmpdir(), "fanwire-jobs-"));
    for (const expected of ["first", "again"]) {
      const run = await startDemo(port, { DATA_DIR: data });
      const page = await (await browser.newContext()).newPage();
      await page.goto(`http://localhost:${port}/#jobs`);
      await live(page);
      await expect.poll(() => account(page, "Unaccounted for")).toBe("0");
      if (expected === "first") await send(page, 50);
      await expect.poll(() => account(page, "Ready"), LONG).toBe("50");
      await page.context().close();
      run.child.kill("SIGTERM");
      await run.exited;
    }
    rmSync(data, { recursive: true });
  }, 120_000);

  test("what its token does not allow is told in the hub's words, and nothing is made up", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    // a token of somebody else's demo is none here, and one without rights follows nothing
    await page.route("**/token?*", async (route) => {
      const response = await route.fetch();
      const { token } = (await response.json()) as { token: string };
      await route.fulfill({ json: { token: `${token.slice(0, -4)}AAAA` } });
    });
    await page.goto(`${address}/#jobs`);
    await expect.poll(() => badge(page).textContent()).toContain("Access denied");
    await expect.poll(() => account(page, "Sent")).toBe("–");
    expect(await button(page, "Start a worker").getAttribute("aria-disabled")).toBe("true");
  });

  test("it can be used without a mouse", async () => {
    const page = await open();
    await page.keyboard.press("1");
    await page.keyboard.press("3");
    await expect
      .poll(() => page.getByRole("tab", { name: "Jobs" }).getAttribute("aria-selected"))
      .toBe("true");
    await button(page, "Start a worker").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => workers(page).count()).toBe(1);
    await workers(page).first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => workers(page).count()).toBe(0);
    // the button is gone, and the focus is not
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toBe("Start a worker");
  });

  test.each([360, 390])(
    "it fits a phone of %d pixels without scrolling sideways",
    async (width) => {
      const page = await open({ width, height: 800 });
      const scrolls = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      );
      expect(scrolls).toBe(0);
    },
  );
});

/** How many are done by now. */
async function done(page: Page): Promise<number> {
  return Number((await account(page, "Done"))?.replaceAll(",", ""));
}
