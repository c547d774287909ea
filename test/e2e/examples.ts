// The pages of `npm run examples`, and the examples that are processes.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright";
import { Running } from "./shell.ts";

const folder = fileURLToPath(new URL("../../apps/examples/", import.meta.url));

/** A script of the examples, as its npm script runs it. */
export function runExample(script: string, args: readonly string[] = []): Running {
  return new Running(
    spawn(process.execPath, ["--conditions=@fanwire/source", script, ...args], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

/** The hub and the pages on a free port. */
export async function startPages(): Promise<{ running: Running; address: string }> {
  const running = runExample("start.ts", ["--port", "0"]);
  const [address] = /http:\/\/localhost:\d+/u.exec(await running.until("out", /^\S+\/\n/u))!;
  return { running, address };
}

/** A page in a browser profile of its own. Errors that nobody caught come to `errors`. */
export async function openPage(browser: Browser, url: string, errors: string[]): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  return page;
}
