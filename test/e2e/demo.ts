// The demo as `npm start` runs it, and a browser that looks at it.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type LaunchOptions, type Locator, type Page } from "playwright";
import { expect } from "vitest";
import { Running } from "./shell.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The demo on a port, with a board of its own; resolves when it has printed its address. `env`: beside ours. */
export async function startDemo(port: number, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const data = env["DATA_DIR"] ?? mkdtempSync(join(tmpdir(), "fanwire-board-"));
  const demo = new Running(
    spawn(process.execPath, ["--conditions=@fanwire/source", "apps/dashboard/start.ts"], {
      cwd: root,
      env: { ...process.env, DATA_DIR: data, ...env, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  if (env["DATA_DIR"] === undefined)
    void demo.exited.then(() => rmSync(data, { recursive: true, force: true }));
  await demo.until("out", new RegExp(`http://localhost:${port}\n`, "u"));
  return demo;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Processes below this one whose command line has a part, found in /proc. */
export function processesBelow(parent: number, part: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isBelow(pid, parent) && commandLine(pid).includes(part));
}

/** The parent's id; 0 when the process is gone. */
export function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function isBelow(pid: number, ancestor: number): boolean {
  for (let at = parentOf(pid); at > 0; at = parentOf(at)) if (at === ancestor) return true;
  return false;
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** Chromium, as the set-up found it. */
export function launchOptions(): LaunchOptions {
  const cached = new URL("../../node_modules/.cache/chromium-path", import.meta.url);
  const path =
    process.env["CHROMIUM_PATH"] ?? (existsSync(cached) ? readFileSync(cached, "utf8") : "");
  return {
    ...(path !== "" && { executablePath: path }),
    args: ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  };
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions());
}

/** How many of a canvas' pixels are painted. */
export function paintedPixels(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = (element as HTMLCanvasElement).getContext("2d")!;
    const { data } = context.getImageData(0, 0, width, height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) painted++;
    return painted;
  });
}

/** The panel with this title. */
export function panel(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title, exact: true });
}

/** The state of the connection. */
export const badge = (page: Page): Locator => page.getByRole("status", { name: "Connection" });

/** The last thing that happened. */
export const news = (page: Page): Locator => page.getByRole("status", { name: "News" });

/** Resolves when the badge says so. */
export async function live(page: Page): Promise<void> {
  await expect.poll(() => badge(page).textContent(), { timeout: 15_000 }).toContain("Live");
}

/** Resolves when what one of the panels shows changes. */
export async function changes(page: Page, ...titles: readonly string[]): Promise<void> {
  const shown = (): Promise<unknown> =>
    Promise.all(titles.map((title) => panel(page, title).textContent()));
  const before = await shown();
  await expect.poll(shown, { timeout: 10_000 }).not.toEqual(before);
}

/** Resolves when new numbers of this machine come: on one that is busy, some stand still. */
export const hostChanges = (page: Page): Promise<void> => changes(page, "CPU", "Memory", "Load");
