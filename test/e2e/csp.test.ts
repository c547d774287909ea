// The built client on a page that allows scripts of its own files alone, and no text to become one.

import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { closeAll, startHub } from "../unit/clients.ts";
import { launchBrowser } from "./demo.ts";
import { servePages } from "./pages.ts";

const policy =
  "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; connect-src ws:";

let browser: Browser;
let pages: Awaited<ReturnType<typeof servePages>>;

beforeAll(async () => {
  const headers = { "content-security-policy": policy };
  [browser, pages] = await Promise.all([launchBrowser(), servePages("csp.page.ts", headers)]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await pages.close();
});

afterEach(closeAll);

/** What the page says in the end. */
async function outcomeOf(path: string): Promise<unknown> {
  const page = await browser.newPage();
  await page.goto(pages.url + path);
  const text = page.locator("p");
  await expect.poll(() => text.textContent()).not.toBe("");
  const told = (await text.textContent())!;
  expect(told).toMatch(/^\{/u);
  return JSON.parse(told) as unknown;
}

test("a strict policy with trusted types has nothing to report of the client", async () => {
  const hub = await startHub({ topics: [{ match: "state.**", state: true }] });
  expect(await outcomeOf(`?${hub.url!}`)).toEqual({ done: ["é", 1, 1, []], violations: [] });
});

test("what the policy forbids is reported", async () => {
  expect(await outcomeOf("offend")).toEqual({
    violations: ["require-trusted-types-for", "require-trusted-types-for"],
  });
});
