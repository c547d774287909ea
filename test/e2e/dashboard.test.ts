import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  badge,
  changes,
  freePort,
  hostChanges,
  launchBrowser,
  live,
  news,
  paintedPixels,
  panel,
  parentOf,
  processesBelow,
  startDemo,
} from "./demo.ts";
import type { Running } from "./shell.ts";

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

/** A tab of its own browser profile. */
async function open(path = "/", size = { width: 1440, height: 900 }): Promise<Page> {
  const context = await browser.newContext({ viewport: size });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(address + path);
  return page;
}

/** The rows of those who are watching, this tab first. */
const watchers = (page: Page): Locator => panel(page, "Who is watching").getByRole("listitem");

describe("the demo", () => {
  test("it prints one line, its address", () => {
    expect(demo.out).toBe(`${address}\n`);
  });

  test("numbers of this machine and of the hub change", async () => {
    const page = await open();
    await live(page);
    await hostChanges(page);
    for (const title of ["Publish to screen", "Publications", "Loop delay p99"])
      await changes(page, title);
    await expect.poll(() => panel(page, "Sessions").textContent()).toMatch(/[1-9]/u);
    await expect.poll(() => panel(page, "Busiest processes").getByRole("row").count()).toBe(6);
  });

  test("every chart is painted", async () => {
    const page = await open();
    await live(page);
    const charts = page.getByRole("img").locator("canvas");
    await expect.poll(() => charts.count()).toBe(5);
    for (let i = 0; i < (await charts.count()); i++)
      await expect
        .poll(() => paintedPixels(charts.nth(i)), { timeout: 10_000 })
        .toBeGreaterThan(100);
  });

  test("two tabs see each other's drawing and text", async () => {
    const [one, two] = await Promise.all([open("/#board"), open("/#board")]);
    await Promise.all([live(one), live(two)]);
    const surface = one.getByRole("img", { name: "Shared drawing" });
    const other = two.getByRole("img", { name: "Shared drawing" });
    const empty = await paintedPixels(other); // the grid
    const box = (await surface.boundingBox())!;
    await one.mouse.move(box.x + 50, box.y + 50);
    await one.mouse.down();
    for (let i = 1; i <= 20; i++) await one.mouse.move(box.x + 50 + i * 10, box.y + 50 + i * 5);
    await one.mouse.up();
    await expect.poll(() => paintedPixels(other)).toBeGreaterThan(empty + 100);
    await one.getByRole("textbox", { name: "Write to all open tabs" }).fill("hello from one");
    await expect
      .poll(() => two.getByRole("textbox", { name: "Write to all open tabs" }).inputValue())
      .toBe("hello from one");
    await two.getByRole("button", { name: "Clear the board" }).click();
    await expect.poll(() => paintedPixels(surface)).toBe(empty);
  });

  test("tabs see who is watching, what they do, and who leaves", async () => {
    const [one, two] = await Promise.all([open("/#board"), open("/#host")]);
    await Promise.all([live(one), live(two)]);
    const [here, there] = [watchers(one), watchers(two)];
    await expect
      .poll(() => here.allTextContents())
      .toEqual([
        "you, this tabcomputer, Board",
        expect.stringMatching(/^[a-z]+-[a-z]+computer, Host$/u),
      ]);
    await expect.poll(() => panel(one, "Who is watching").locator("b").textContent()).toBe("2");
    await two.getByRole("tab", { name: "Board" }).click();
    await expect.poll(() => here.last().textContent()).toMatch(/computer, Board$/u);
    await one.getByRole("textbox", { name: "Write to all open tabs" }).fill("I am here");
    await expect.poll(() => there.last().textContent()).toMatch(/computer, writing$/u);
    await expect.poll(() => there.last().textContent()).toMatch(/computer, Board$/u);
    await two.close();
    await expect.poll(() => here.last().textContent()).toMatch(/left \d s ago$/u);
    await expect.poll(() => here.allTextContents()).toEqual(["you, this tabcomputer, Board"]);
  });

  test("a tab that was cut, or whose hub was killed, is seen again", async () => {
    const [one, two] = await Promise.all([open("/#board"), open("/#board")]);
    await Promise.all([live(one), live(two)]);
    const here = watchers(one);
    await expect.poll(() => here.count()).toBe(2);
    const other = await here.last().textContent();
    await one.getByRole("button", { name: "Cut my connection" }).click();
    await expect.poll(() => news(one).textContent()).toContain("Back after");
    await one.getByRole("button", { name: "Kill the hub" }).click();
    await expect.poll(() => badge(two).textContent()).not.toContain("Live");
    await Promise.all([live(one), live(two)]);
    for (const page of [one, two]) await expect.poll(() => watchers(page).count()).toBe(2);
    await expect.poll(() => here.last().textContent()).toBe(other);
  });

  test("a cut is told by the badge, and the page comes back by itself", async () => {
    const page = await open();
    await live(page);
    await badge(page).click();
    await page
      .getByRole("dialog", { name: "Connection" })
      .getByRole("button", { name: "Cut for 10 s" })
      .click();
    await expect.poll(() => badge(page).textContent()).toMatch(/Back in \d+ s/u);
    await expect.poll(() => badge(page).textContent(), { timeout: 20_000 }).toContain("Live");
    await expect.poll(() => news(page).textContent()).toMatch(/Back after 1\d\.\d s/u);
    await page
      .getByRole("dialog", { name: "Connection" })
      .getByRole("button", { name: "Cut my connection" })
      .click();
    await expect.poll(() => news(page).textContent()).toMatch(/Back after [0-5]\.\d s/u);
    await live(page);
  });

  test("the hub is killed and restarted, and the page comes back with nobody touching it", async () => {
    const page = await open();
    await live(page);
    const [hub] = processesBelow(demo.child.pid!, "main.ts serve");
    process.kill(hub!, "SIGKILL");
    await expect.poll(() => badge(page).textContent()).toMatch(/Retry in|Connecting/u);
    await live(page);
    await hostChanges(page);
    expect(processesBelow(demo.child.pid!, "main.ts serve")).not.toContain(hub);
  });

  test("a publisher that is away is told, and its return", async () => {
    const page = await open();
    await live(page);
    await hostChanges(page);
    const [publisher] = processesBelow(demo.child.pid!, "publisher/main.ts");
    process.kill(publisher!, "SIGSTOP");
    await expect
      .poll(() => news(page).textContent(), { timeout: 10_000 })
      .toMatch(/No publications from .* for \d+ s/u);
    await expect.poll(() => badge(page).textContent()).toContain("Live");
    process.kill(publisher!, "SIGCONT");
    await expect
      .poll(() => news(page).textContent(), { timeout: 10_000 })
      .toMatch(/publishes again/u);
  });

  test("a page that is refused says so, and comes back when it is asked to", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    let isRefusing = true;
    await page.routeWebSocket(/\/hub/u, (route) => {
      if (isRefusing)
        void route.close({ code: 4503, reason: "The token does not allow this connection." });
      else route.connectToServer();
    });
    await page.goto(address);
    await expect.poll(() => badge(page).textContent()).toContain("Access denied");
    await expect.poll(() => news(page).textContent()).not.toBe("");
    isRefusing = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await live(page);
  });

  test("it can be used without a mouse", async () => {
    const page = await open();
    await live(page);
    await page.keyboard.press("2");
    await expect
      .poll(() => page.getByRole("tab", { name: "Board" }).getAttribute("aria-selected"))
      .toBe("true");
    await page.keyboard.press("c");
    await expect
      .poll(() => page.getByRole("dialog", { name: "Connection" }).isVisible())
      .toBe(true);
    await page.keyboard.press("Escape");
    await expect
      .poll(() => page.getByRole("dialog", { name: "Connection" }).isVisible())
      .toBe(false);
    await page.keyboard.press("1");
    const theme = await page.locator("html").getAttribute("data-theme");
    await page.keyboard.press("t");
    await expect.poll(() => page.locator("html").getAttribute("data-theme")).not.toBe(theme);
  });

  test.each([360, 390])(
    "it fits a phone of %d pixels without scrolling sideways",
    async (width) => {
      const page = await open("/", { width, height: 800 });
      await live(page);
      for (const tab of ["Board", "Host"]) {
        await page.getByRole("tab", { name: tab }).click();
        const scrolls = await page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        );
        expect(scrolls).toBe(0);
      }
    },
  );
});

describe("the process tree", () => {
  test("a taken port is told, with what to do", async () => {
    const { port } = new URL(address);
    const { exited, err } = await second(Number(port));
    expect(exited.code).toBe(1);
    expect(err).toMatch(new RegExp(`Port ${port} is in use\\. .*PORT=\\d+ npm start`, "u"));
  });

  test("when its parent dies everything stops", async () => {
    const port = await freePort();
    const data = mkdtempSync(join(tmpdir(), "fanwire-board-"));
    const { spawn } = await import("node:child_process");
    const shell = spawn(
      "sh",
      [
        "-c",
        `PORT=${port} "${process.execPath}" --conditions=@fanwire/source apps/dashboard/start.ts & echo $!; wait`,
      ],
      {
        cwd: new URL("../..", import.meta.url),
        env: { ...process.env, DATA_DIR: data },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let out = "";
    shell.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    await expect.poll(() => out, { timeout: 30_000 }).toContain(`localhost:${port}`);
    const pid = Number(out.split("\n")[0]);
    const family = [pid, ...processesBelow(pid, "main.ts")];
    expect(family).toHaveLength(3);
    shell.kill("SIGKILL");
    await expect
      .poll(() => family.filter((member) => parentOf(member) > 0), { timeout: 10_000 })
      .toEqual([]);
    rmSync(data, { recursive: true });
  });

  async function second(port: number): Promise<{ exited: { code: number | null }; err: string }> {
    const { spawn } = await import("node:child_process");
    const { Running: Run } = await import("./shell.ts");
    const run = new Run(
      spawn(process.execPath, ["--conditions=@fanwire/source", "apps/dashboard/start.ts"], {
        cwd: new URL("../..", import.meta.url),
        env: { ...process.env, PORT: String(port) },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    return { exited: await run.exited, err: run.err };
  }
});
