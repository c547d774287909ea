// Bun, from the npm package for this platform. It is some 90 MB, so it is no dependency: it is fetched when a full run first needs it, without
// install scripts, into a cache below node_modules.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";

/** The version that is compared. */
const BUN_VERSION = "1.4.5";

const FETCH_MS = 180_000;
const cache = fileURLToPath(new URL("../../../node_modules/.cache/fanwire-bench", import.meta.url));

/** A Bun that runs here. */
export interface Bun {
  readonly path: string;
  readonly version: string;
}

/** The Bun of the cache, fetched if it may be; or the sentence that says why there is none. */
export async function findBun(mayFetch: boolean): Promise<Bun | string> {
  const name = packageName();
  if (name === undefined)
    return `Bun is left out: it has no package for ${platform()} on ${arch()}.`;
  const file = platform() === "win32" ? "bun.exe" : "bun";
  const path = `${cache}/node_modules/${name}/bin/${file}`;
  if (!existsSync(path)) {
    if (!mayFetch)
      return "Bun is left out: it is not in the cache, and only a full run fetches it (or --peers bun).";
    const why = await fetchPackage(name);
    if (why !== undefined)
      return `Bun is left out: npm could not fetch ${name}@${BUN_VERSION} (${why}).`;
  }
  const asked = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (asked.status !== 0) return `Bun is left out: ${name}@${BUN_VERSION} does not run here.`;
  return { path, version: asked.stdout.trim() };
}

function packageName(): string | undefined {
  const system = { linux: "linux", darwin: "darwin", win32: "windows" }[platform() as string];
  const processor = { x64: "x64", arm64: "aarch64" }[arch() as string];
  return system && processor && `@oven/bun-${system}-${processor}`;
}

/** Returns why it did not work. */
async function fetchPackage(name: string): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true });
  writeFileSync(`${cache}/package.json`, '{ "private": true }\n');
  const args = ["install", "--prefix", cache, "--no-save", "--ignore-scripts", "--fetch-retries=1"];
  const npm = spawn(
    "npm",
    [...args, "--no-audit", "--no-fund", "--loglevel=error", `${name}@${BUN_VERSION}`],
    {
      stdio: ["ignore", "ignore", "pipe"],
      shell: platform() === "win32",
      timeout: FETCH_MS,
    },
  );
  let words = "";
  npm.stderr.on("data", (chunk: Buffer) => {
    words += chunk.toString();
  });
  return new Promise((resolve) => {
    npm.on("error", (error) => resolve(error.message));
    npm.on("close", (code) =>
      resolve(code === 0 ? undefined : (words.trim().split("\n")[0] ?? `exit code ${code}`)),
    );
  });
}
