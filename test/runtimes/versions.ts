// The runtimes that are fetched, from the npm packages of their platforms. They are large, so they are no dependencies.

import { readFileSync } from "node:fs";
import { arch, platform } from "node:os";

/** A runtime that is fetched when it is first needed. */
export interface Fetched {
  readonly version: string;
  /** The package for this platform; undefined: there is none. */
  readonly packageName: string | undefined;
  /** The program, in the package. */
  readonly file: string;
}

export type FetchedName = "deno" | "bun" | "workerd";

const here = `${platform()} ${arch()}`;
const exe = platform() === "win32" ? ".exe" : "";

/** Where it is not there, Bun is built without. */
function hasAvx2(): boolean {
  if (platform() !== "linux" || arch() !== "x64") return true;
  return /\bavx2\b/u.test(readFileSync("/proc/cpuinfo", "utf8"));
}

const names: Readonly<Record<FetchedName, Readonly<Record<string, string>>>> = {
  deno: {
    "linux x64": "@deno/linux-x64-glibc",
    "linux arm64": "@deno/linux-arm64-glibc",
    "darwin x64": "@deno/darwin-x64",
    "darwin arm64": "@deno/darwin-arm64",
    "win32 x64": "@deno/win32-x64",
  },
  bun: {
    "linux x64": `@oven/bun-linux-x64${hasAvx2() ? "" : "-baseline"}`,
    "linux arm64": "@oven/bun-linux-aarch64",
    "darwin x64": "@oven/bun-darwin-x64",
    "darwin arm64": "@oven/bun-darwin-aarch64",
    "win32 x64": "@oven/bun-windows-x64",
  },
  workerd: {
    "linux x64": "@cloudflare/workerd-linux-64",
    "linux arm64": "@cloudflare/workerd-linux-arm64",
    "darwin x64": "@cloudflare/workerd-darwin-64",
    "darwin arm64": "@cloudflare/workerd-darwin-arm64",
    "win32 x64": "@cloudflare/workerd-windows-64",
  },
};

/** The versions that the suite is run in. */
export const fetched: Readonly<Record<FetchedName, Fetched>> = {
  deno: { version: "2.9.6", packageName: names.deno[here], file: `deno${exe}` },
  bun: { version: "1.4.5", packageName: names.bun[here], file: `bin/bun${exe}` },
  workerd: { version: "1.20261117.1", packageName: names.workerd[here], file: `bin/workerd${exe}` },
};
