// Chromium: a page has the suite.

import { existsSync, readFileSync } from "node:fs";
import { chromium } from "playwright";
import type { Bench } from "./bench.ts";
import type { Outcome } from "./case.ts";

/** Set-up has left here which Chromium there is. */
const cached = new URL("../../node_modules/.cache/chromium-path", import.meta.url);

/** Runs the suite in the page, and resolves with the version. */
export async function runChromium({ place, pageUrl, tell }: Bench): Promise<string> {
  const executablePath =
    process.env["CHROMIUM_PATH"] ?? (existsSync(cached) ? readFileSync(cached, "utf8") : undefined);
  const browser = await chromium.launch(executablePath ? { executablePath } : {});
  try {
    const tab = await browser.newPage();
    await tab.exposeFunction("tell", (outcome: Outcome) => tell(outcome));
    await tab.goto(pageUrl);
    await tab.waitForFunction(() => "run" in globalThis);
    await tab.evaluate((where) => window.run(where), place);
    return browser.version();
  } finally {
    await browser.close();
  }
}
