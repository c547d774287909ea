// Makes the picture of the README: the Host page, dark, half a minute after a cut of ten seconds.
// npm run picture -w apps/dashboard -- ../../.github/dashboard.png
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright";

const BYTES_MAX = 300_000;
/** Long enough that the whole window has data: before the cut, and with it and the half minute after. */
const BEFORE_MS = 25_000;
const AFTER_MS = 30_000;
const port = Number(process.env["PORT"] ?? 8421);

const target = process.argv[2];
if (!target) {
  console.error("usage: npm run picture -w apps/dashboard -- <file.png>");
  process.exit(2);
}
const file = resolve(process.env["INIT_CWD"] ?? process.cwd(), target);
const close = await startDemo();
try {
  await takePicture();
} finally {
  await close();
}

async function startDemo(): Promise<() => Promise<void>> {
  const start = fileURLToPath(new URL("start.ts", import.meta.url));
  const demo = spawn(process.execPath, ["--conditions=@fanwire/source", start], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(demo, "exit");
  const [said] = await Promise.race([once(demo.stdout, "data"), ended]);
  if (demo.exitCode !== null) throw new Error("The demo did not start.");
  console.log(`The demo runs at ${String(said).trim()}, the picture takes a good minute.`);
  return async () => {
    demo.kill("SIGTERM");
    await ended;
  };
}

async function takePicture(): Promise<void> {
  const path = chromiumPath();
  const browser = await chromium.launch({
    args: ["--no-sandbox", "--disable-gpu"],
    ...(path && { executablePath: path }),
  });
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: "dark",
  });
  await page.goto(`http://localhost:${port}/#host`);
  await cutOnce(page);
  const { length } = await page.screenshot({ path: file });
  await browser.close();
  console.log(`${file}: ${length} bytes`);
  if (length > BYTES_MAX) throw new Error(`The picture must be under ${BYTES_MAX} bytes.`);
}

async function cutOnce(page: Page): Promise<void> {
  const live = page.getByRole("status", { name: "Connection" }).getByText("Live");
  await live.waitFor();
  await page.waitForTimeout(BEFORE_MS);
  await page.keyboard.press("c");
  await page.getByRole("button", { name: "Cut for 10 s" }).click();
  await page.keyboard.press("Escape");
  await live.waitFor({ state: "detached" });
  await live.waitFor();
  // the badge has the focus again, and would show its ring
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.waitForTimeout(AFTER_MS);
}

/** As the tests find it: named, found by the set-up, or playwright's own. */
function chromiumPath(): string | undefined {
  const found = new URL("../../node_modules/.cache/chromium-path", import.meta.url);
  return (
    process.env["CHROMIUM_PATH"] ?? (existsSync(found) ? readFileSync(found, "utf8") : undefined)
  );
}
