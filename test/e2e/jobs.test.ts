import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@fanwire/client";
import { queue } from "@fanwire/client/queue";
import { type KeyInput, signToken } from "@fanwire/server";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  badge,
  commandLine,
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

/** The Jobs page with tokens of these rights. */
async function stranger(...grants: readonly Granted[]): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  await grant(page, ...grants);
  await page.goto(`${address}/#jobs`);
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

/** A job of a work that is not on the list, as a page would send it: the worker that gets it gives it up for good. */
async function sendHopeless(): Promise<void> {
  const subject = "page-00000000dead";
  const answer = await fetch(`${address}/token?subject=${subject}`, { method: "POST" });
  const { token } = (await answer.json()) as { token: string };
  const client = createClient(`${address.replace("http", "ws")}/hub?page=dead`, { token });
  const sent = client.topic("jobs.sent");
  await sent.publish({ batch: "hopeless", mix: [1, 0, 0], anew: true });
  await queue(client, "files").send({ work: "none", n: 0 }, { id: "hopeless-0", priority: 8 });
  await sent.publish({ batch: "hopeless", refused: [] });
  await client.close();
}

interface Granted {
  readonly seconds?: number;
  readonly queue: object;
  readonly follow: readonly string[];
}

/** The page gets tokens that the demo's own key has signed, with other rights than those of its server: one after the other, then the last. */
async function grant(page: Page, ...grants: readonly Granted[]): Promise<void> {
  const [hub] = processesBelow(demo.child.pid!, "main.ts serve");
  const [, hubKey] = /--keys (\S+)/u.exec(commandLine(hub!))!;
  const key = JSON.parse(readFileSync(join(dirname(hubKey!), "key.json"), "utf8")) as KeyInput;
  let n = 0;
  await page.route("**/token?*", async (route) => {
    const sub = new URL(route.request().url()).searchParams.get("subject")!;
    const { seconds = 600, queue: rights, follow } = grants[Math.min(n++, grants.length - 1)]!;
    const own = `page.${sub}.*.clock`;
    const fanwire = {
      sub: ["host.**", "board.**", "$sys.hub", "jobs.*", own, ...follow],
      pub: ["jobs.sent", own],
      queue: rights,
    };
    await route.fulfill({ json: { token: await signToken(key, { sub, ttl: seconds, fanwire }) } });
  });
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
    // what becomes of its job depends on whether it had just done it
    await expect.poll(() => news(page).textContent(), LONG).toMatch(/Worker \d+ was killed\./u);
    await expect.poll(() => workers(page).count()).toBe(1);
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

  test("a job that nobody can do is dead, and redriven it is tried again", async () => {
    const page = await open();
    const redrive = button(page, "Redrive the dead");
    await sendHopeless();
    await expect.poll(() => account(page, "Ready")).toBe("1");
    expect(await redrive.count()).toBe(0);
    await startWorkers(page, 1);
    await expect.poll(() => account(page, "Dead")).toBe("1");
    await expect.poll(() => news(page).textContent()).toContain("0 jobs done, 1 dead");
    await stopAll(page);

    await redrive.click();
    await expect.poll(() => news(page).textContent()).toContain("1 job has another chance.");
    await expect.poll(() => account(page, "Dead")).toBe("0");
    expect(await account(page, "Ready")).toBe("1");
    expect(await redrive.count()).toBe(0);
    await startWorkers(page, 1);
    await expect.poll(() => account(page, "Dead")).toBe("1");
    expect(await redrive.count()).toBe(1);
    expect(await accountOf(page)).toEqual([
      "Sent 1",
      "Done 0",
      "In work 0",
      "Ready 0",
      "Failed, waits 0",
      "Dead 1",
      "Unaccounted for 0",
    ]);
    // it says the same to who comes later
    expect(await accountOf(await open())).toContain("Dead 1");
    await stopAll(page);
  });

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

  test("a page without rights on the queue shows nothing of it, and says in the hub's words what it may not", async () => {
    const whole = await open();
    await send(whole, 20);
    await expect.poll(() => account(whole, "Ready"), LONG).toBe("20");
    const page = await stranger({ queue: {}, follow: [] });
    const why = 'The token does not allow to manage the queue "files".';
    await live(page);
    for (const title of ["Every job, one cell", "Depth"])
      await expect.poll(() => panel(page, title).textContent()).toContain(why);
    await expect.poll(() => news(page).textContent()).toContain(why);
    for (const title of ["Workers needed", "Ready", "Oldest waiting", "Drain time"])
      expect(await panel(page, title).textContent()).not.toMatch(/\d+\u2009|20/u);
    expect(new Set((await accountOf(page)).map((row) => row.slice(-1)))).toEqual(new Set(["–"]));
    await button(page, "Pause").click();
    await expect
      .poll(() => news(page).textContent())
      .toContain(`The queue goes on as before: ${why}`);
    await send(page, 10);
    await expect
      .poll(() => news(page).textContent())
      .toContain('Nothing was sent: The token does not allow to send to the queue "files".');
    // and nothing has happened, as somebody sees who may
    expect(await account(whole, "Ready")).toBe("20");
    expect(await account(whole, "Sent")).toBe("20");
    await startWorkers(whole, 1);
    await expect.poll(() => account(whole, "Done"), LONG).toBe("20");
    await stopAll(whole);
  }, 120_000);

  test("a page that may see to the queue and not send to it says so, and the account stays as it is", async () => {
    const page = await stranger({ queue: { manage: ["files"] }, follow: ["$queue.files.*"] });
    await expect.poll(() => account(page, "Unaccounted for")).toBe("0");
    const before = await accountOf(page);
    await send(page, 10);
    await expect
      .poll(() => news(page).textContent())
      .toContain('Nothing was sent: The token does not allow to send to the queue "files".');
    await expect.poll(() => accountOf(page)).toEqual(before);
  });

  test("a page whose next token has no rights on the queue shows nothing of it any more", async () => {
    const rights = { queue: { send: ["files"], manage: ["files"] }, follow: ["$queue.files.*"] };
    const page = await stranger({ ...rights, seconds: 12 }, { queue: {}, follow: [] });
    await expect.poll(() => account(page, "Unaccounted for")).toBe("0");
    const why = 'The token does not allow to manage the queue "files".';
    await expect.poll(() => panel(page, "Every job, one cell").textContent(), LONG).toContain(why);
    await live(page);
    await expect.poll(() => account(page, "Sent")).toBe("–");
    await expect.poll(() => panel(page, "Ready").textContent()).toContain("–");
    await expect.poll(() => panel(page, "Workers needed").textContent()).toContain("–");
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
