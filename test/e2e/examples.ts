// The pages of `npm run examples`, and the examples that are processes.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser, Page, WebSocketRoute } from "playwright";
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

/** A page whose connections can be cut, and are refused until they are mended. */
export async function openCuttable(
  browser: Browser,
  url: string,
  errors: string[],
): Promise<{ page: Page; cut: () => Promise<void>; mend: () => Promise<void> }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  const routes: WebSocketRoute[] = [];
  let isCut = false;
  await page.routeWebSocket(/\/hub/u, (route) => {
    if (isCut) return void route.close({ code: 1012 });
    route.connectToServer();
    routes.push(route);
  });
  await page.goto(url);
  return {
    page,
    async cut() {
      isCut = true;
      for (const route of routes.splice(0)) await route.close({ code: 1012 });
    },
    async mend() {
      isCut = false;
      // as a browser says it, so that nobody waits for the next attempt
      await page.evaluate(() => dispatchEvent(new Event("online")));
    },
  };
}
