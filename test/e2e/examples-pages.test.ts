import { createClient } from "@fanwire/client";
import type { Browser, Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "./demo.ts";
import { openCuttable, openPage, runExample, startPages } from "./examples.ts";
import type { Running } from "./shell.ts";

let running: Running;
let browser: Browser;
let address: string;
const errors: string[] = [];

beforeAll(async () => {
  [{ running, address }, browser] = await Promise.all([startPages(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  running.child.kill("SIGTERM");
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(running.err).toBe("");
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(errors.splice(0)).toEqual([]);
});

const open = (path: string): Promise<Page> => openPage(browser, address + path, errors);

const texts = (page: Page, name: string): Promise<string[]> =>
  page.getByRole("list", { name }).getByRole("listitem").allTextContents();

describe("npm run examples", () => {
  test("it prints the address of each page, and the first leads to all others", async () => {
    const page = await open("/");
    const links = page.getByRole("link");
    const hrefs = await links.evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
    await expect.poll(() => running.out.trim().split("\n")).toEqual([`${address}/`, ...hrefs]);
    for (const href of hrefs) expect((await page.goto(href))!.status(), href).toBe(200);
    expect((await page.goto(`${address}/nothing`))!.status()).toBe(404);
  });

  test("it tells how it is used, and what is wrong", async () => {
    const help = runExample("start.ts", ["--help"]);
    expect((await help.exited).code).toBe(0);
    expect(help.out).toMatch(/^Usage: npm run examples/u);
    const wrong = runExample("start.ts", ["--port", "many"]);
    expect((await wrong.exited).code).toBe(2);
    expect(wrong.err).toBe('--port must be a number from 0 to 65535, and is "many".\n');
    const taken = runExample("start.ts", ["--port", new URL(address).port]);
    expect((await taken.exited).code).toBe(1);
    expect(taken.err).toMatch(/EADDRINUSE.*: another --port may be free\.\n$/u);
  });
});

describe("chat", () => {
  const field = (page: Page, name: string): Locator => page.getByRole("textbox", { name });

  async function enter(name: string, room = ""): Promise<Page> {
    const page = await open(`/chat/${room}`);
    await field(page, "Your name").fill(name);
    await field(page, "Your name").blur();
    await expect.poll(() => texts(page, "Who is here")).toContain(name);
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await field(page, "What you say").fill(text);
    await page.getByRole("button", { name: "Say it" }).click();
  }

  test("two people see who is there and talk, and who comes later reads what was said", async () => {
    const [ada, bob] = [await enter("Ada"), await enter("Bob")];
    for (const page of [ada, bob])
      await expect.poll(() => texts(page, "Who is here")).toEqual(["Ada", "Bob"]);
    await say(ada, "hello");
    await expect.poll(() => texts(bob, "Lines")).toEqual(["Ada hello "]);
    await say(bob, "good morning");
    await expect.poll(() => texts(ada, "Lines")).toEqual(["Ada hello sent", "Bob good morning "]);
    const cleo = await enter("Cleo");
    await expect.poll(() => texts(cleo, "Lines")).toEqual(["Ada hello ", "Bob good morning "]);
    await bob.close();
    await expect.poll(() => texts(ada, "Who is here")).toEqual(["Ada", "Cleo"]);
  });

  test("a room hears nothing of another", async () => {
    const [ada, bob] = [await enter("Ada", "#kitchen"), await enter("Bob", "#garden")];
    await say(bob, "in the garden");
    await expect.poll(() => texts(bob, "Lines")).toEqual(["Bob in the garden sent"]);
    await say(ada, "in the kitchen");
    await expect.poll(() => texts(ada, "Lines")).toEqual(["Ada in the kitchen sent"]);
    expect(await texts(bob, "Lines")).toEqual(["Bob in the garden sent"]);
    await ada.goto(`${address}/chat/#garden`);
    await expect.poll(() => texts(ada, "Lines")).toEqual(["Bob in the garden "]);
    await expect.poll(() => texts(bob, "Who is here")).toHaveLength(2);
  });

  test("a line is shown at once, and sent when the network is back", async () => {
    const { page: ada, cut, mend } = await openCuttable(browser, `${address}/chat/#porch`, errors);
    await field(ada, "Your name").fill("Ada");
    const bob = await enter("Bob", "#porch");
    await expect.poll(() => texts(bob, "Who is here")).toHaveLength(2);
    await cut();
    await expect.poll(() => ada.getByLabel("Connection").textContent()).toBe("waiting");
    await say(ada, "is anybody there?");
    expect(await texts(ada, "Lines")).toEqual(["Ada is anybody there? sending…"]);
    await say(bob, "I am");
    await expect.poll(() => texts(bob, "Lines")).toEqual(["Bob I am sent"]);
    await mend();
    await expect
      .poll(() => texts(ada, "Lines"))
      .toEqual(["Bob I am ", "Ada is anybody there? sent"]);
    await expect
      .poll(() => texts(bob, "Lines"))
      .toEqual(["Bob I am sent", "Ada is anybody there? "]);
  });
});

describe("cursors", () => {
  const cursors = (page: Page): Locator =>
    page.getByRole("list", { name: "Cursors of others" }).getByRole("listitem");

  /** Where the one cursor of another is seen, in pixels; it moves there smoothly. */
  const placeOf = async (page: Page): Promise<unknown> => {
    const box = await cursors(page).boundingBox();
    return box && { x: Math.round(box.x), y: Math.round(box.y) };
  };

  test("a page sees where the pointer of another is, and whose it is", async () => {
    const [one, two] = [await open("/cursors/"), await open("/cursors/")];
    await expect.poll(() => one.getByLabel("Connection").textContent()).toBe("live");
    await two.mouse.move(200, 100);
    await expect.poll(() => placeOf(one)).toEqual({ x: 200, y: 100 });
    expect(await cursors(one).textContent()).toBe(await two.locator("#name").textContent());
    for (let i = 1; i <= 30; i++) await two.mouse.move(200 + i * 5, 100 + i * 3);
    await expect.poll(() => placeOf(one)).toEqual({ x: 350, y: 190 });
    expect(await cursors(two).count()).toBe(0);
  });

  test("who comes later sees a pointer that rests", async () => {
    const one = await open("/cursors/");
    await one.mouse.move(300, 200);
    const two = await open("/cursors/");
    await expect.poll(() => placeOf(two)).toEqual({ x: 300, y: 200 });
  });

  test("the pointer of a page that is closed vanishes", async () => {
    const [one, two] = [await open("/cursors/"), await open("/cursors/")];
    await two.mouse.move(200, 100);
    await expect.poll(() => cursors(one).count()).toBe(1);
    await two.close();
    await expect.poll(() => cursors(one).count()).toBe(0);
  });
});

describe("ticker", () => {
  /** The cells of the rows that are in the document. */
  const rows = (page: Page): Promise<string[][]> =>
    page
      .getByRole("table", { name: "Quotes" })
      .getByRole("row")
      .evaluateAll((all) =>
        all.map((row) => [...row.children].map(({ textContent }) => textContent ?? "")),
      );

  const updates = async (page: Page): Promise<number> =>
    Number((await page.getByLabel("Updates").textContent())!.replaceAll(",", ""));

  /** What is shown of some symbols is what the hub told last of them. */
  async function isCurrent(page: Page, latest: ReadonlyMap<string, number>): Promise<boolean> {
    const shown = await rows(page);
    return shown.every(([symbol, price]) => price === latest.get(symbol!)?.toFixed(2));
  }

  test("the rows that are seen have current prices, wherever it is scrolled, and no others exist", async () => {
    const page = await open("/ticker/");
    await using client = createClient(`${address}/hub`);
    const latest = new Map<string, number>();
    client.topic<{ price: number }>("ticker.*").subscribe(({ topic, data }) => {
      latest.set(topic.slice("ticker.".length), data.price);
    });
    // every symbol has come, and again
    await expect.poll(() => updates(page)).toBeGreaterThan(20_000);
    const view = page.getByRole("table", { name: "Quotes" });
    for (const [top, first, last] of [
      [0, "S0000", undefined],
      [70_000, "S2500", undefined],
      [1_000_000, undefined, "S4999"],
    ] as const) {
      await view.evaluate((element, to) => element.scrollTo({ top: to }), top);
      await expect
        .poll(async () => (await rows(page)).map(([symbol]) => symbol))
        .toContain(first ?? last);
      const shown = await rows(page);
      expect(shown.length).toBeGreaterThan(10);
      expect(shown.length).toBeLessThan(60);
      if (first) expect(shown[0]![0]).toBe(first);
      await expect.poll(() => isCurrent(page, latest)).toBe(true);
    }
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(300);
  });
});

describe("to do", () => {
  /** Each item: its title, whether it is done, and what is said of it. */
  const items = (page: Page): Promise<string[]> =>
    page
      .getByRole("list", { name: "Items" })
      .getByRole("listitem")
      .evaluateAll((all) =>
        all.map((item) => {
          const [box, title] = item.querySelectorAll("input");
          const note = item.querySelector("small")!.firstChild?.textContent ?? "";
          return [title!.value, box!.checked ? "done" : "", note].join("|");
        }),
      );

  const title = (page: Page, i = 0): Locator => page.getByRole("textbox", { name: "Title" }).nth(i);

  async function rename(page: Page, to: string, i = 0): Promise<void> {
    await title(page, i).fill(to);
    await title(page, i).blur();
  }

  async function add(page: Page, text: string): Promise<void> {
    await page.getByRole("textbox", { name: "What is to be done" }).fill(text);
    await page.getByRole("button", { name: "Add it" }).click();
  }

  test("two pages edit one list", async () => {
    const [one, two] = [await open("/todo/#both"), await open("/todo/#both")];
    await add(one, "buy milk");
    await expect.poll(() => items(two)).toEqual(["buy milk||"]);
    await add(two, "call Ada");
    await expect.poll(() => items(one)).toEqual(["buy milk||", "call Ada||"]);
    await one.getByRole("checkbox").first().check();
    await rename(one, "call Ada and Bob", 1);
    await expect.poll(() => items(two)).toEqual(["buy milk|done|", "call Ada and Bob||"]);
    await two.getByRole("button", { name: "Delete" }).first().click();
    await expect.poll(() => items(one)).toEqual(["call Ada and Bob||"]);
  });

  test("what is typed is not lost when another item changes", async () => {
    const [one, two] = [await open("/todo/#typing"), await open("/todo/#typing")];
    await add(one, "first");
    await expect.poll(() => items(two)).toEqual(["first||"]);
    await title(one).fill("half a sen");
    await add(two, "second");
    await expect.poll(() => items(one)).toEqual(["half a sen||", "second||"]);
    await one.keyboard.type("tence");
    await title(one).blur();
    await expect.poll(() => items(two)).toEqual(["half a sentence||", "second||"]);
  });

  test("edits without a network are sent when it is back, several of one item too", async () => {
    const { page, cut, mend } = await openCuttable(browser, `${address}/todo/#away`, errors);
    const other = await open("/todo/#away");
    await add(page, "water the plants");
    await expect.poll(() => items(other)).toEqual(["water the plants||"]);
    await cut();
    await expect.poll(() => page.getByLabel("Connection").textContent()).toBe("waiting");
    await rename(page, "water all plants");
    await page.getByRole("checkbox").check();
    await add(page, "feed the cat");
    expect(await items(page)).toEqual([
      "water all plants|done|on its way",
      "feed the cat||on its way",
    ]);
    await add(other, "close the door");
    await expect.poll(() => items(other)).toEqual(["water the plants||", "close the door||"]);
    await mend();
    for (const each of [page, other])
      await expect
        .poll(() => items(each))
        .toEqual(["water all plants|done|", "feed the cat||", "close the door||"]);
  });

  describe("an item that two have changed", () => {
    /** A page whose edit met another's, which came first. */
    async function conflict(name: string): Promise<{ page: Page; other: Page }> {
      const { page, cut, mend } = await openCuttable(browser, `${address}/todo/#${name}`, errors);
      const other = await open(`/todo/#${name}`);
      await add(other, "paint it");
      await expect.poll(() => items(page)).toEqual(["paint it||"]);
      await cut();
      await rename(page, "paint it red");
      await rename(other, "paint it blue");
      await expect.poll(() => items(other)).toEqual(["paint it blue||"]);
      await mend();
      await expect
        .poll(() => items(page))
        .toEqual(["paint it red||Somebody else has changed this meanwhile: “paint it blue”. "]);
      expect(await items(other)).toEqual(["paint it blue||"]);
      return { page, other };
    }

    test("who came second may keep theirs", async () => {
      const { page, other } = await conflict("keep");
      await page.getByRole("button", { name: "Keep mine" }).click();
      for (const each of [page, other])
        await expect.poll(() => items(each)).toEqual(["paint it red||"]);
    });

    test("or take the other's", async () => {
      const { page, other } = await conflict("take");
      await page.getByRole("button", { name: "Take theirs" }).click();
      for (const each of [page, other])
        await expect.poll(() => items(each)).toEqual(["paint it blue||"]);
    });

    test("or keep theirs of an item that is deleted meanwhile", async () => {
      const { page, other } = await conflict("deleted");
      await other.getByRole("button", { name: "Delete" }).click();
      await expect
        .poll(() => items(page))
        .toEqual(["paint it red||Somebody else has changed this meanwhile: deleted. "]);
      await page.getByRole("button", { name: "Keep mine" }).click();
      for (const each of [page, other])
        await expect.poll(() => items(each)).toEqual(["paint it red||"]);
    });
  });
});
