// Fetches runtimes, without install scripts, into a cache below node_modules.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { fileURLToPath } from "node:url";
import { fetched, type FetchedName } from "./versions.ts";

const FETCH_MS = 300_000;
const cache = fileURLToPath(
  new URL("../../node_modules/.cache/fanwire-runtimes/", import.meta.url),
);

/** The runtime's program, fetched if it is not there. Rejects with a sentence. */
export async function programOf(
  name: FetchedName,
  say: (sentence: string) => void,
): Promise<string> {
  const { version, packageName, file } = fetched[name];
  if (packageName === undefined)
    throw new Error(`${name} has no package for ${platform()} on ${process.arch}.`);
  const folder = `${cache}${name}`;
  const at = `${folder}/node_modules/${packageName}`;
  const program = `${at}/${file}`;
  if (versionAt(at) !== version || !existsSync(program)) {
    say(`fetching ${packageName}@${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
    await install(folder, `${packageName}@${version}`);
  }
  return program;
}

function versionAt(folder: string): string | undefined {
  const manifest = `${folder}/package.json`;
  if (!existsSync(manifest)) return undefined;
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

async function install(folder: string, what: string): Promise<void> {
  const flags =
    "--no-save --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1";
  const npm = spawn("npm", ["install", "--prefix", folder, ...flags.split(" "), what], {
    stdio: ["ignore", "ignore", "pipe"],
    shell: platform() === "win32",
    timeout: FETCH_MS,
  });
  let words = "";
  npm.stderr.setEncoding("utf8").on("data", (text: string) => {
    words += text;
  });
  const code = await new Promise<number | string | null>((resolve) => {
    npm.on("error", ({ message }) => resolve(message)).on("close", resolve);
  });
  if (code !== 0)
    throw new Error(`npm could not fetch ${what}: ${words.trim().split("\n")[0] || code}.`);
}
