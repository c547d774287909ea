// The suite in one runtime.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { bundleOf } from "./bundle.ts";
import { runChromium } from "./chromium.ts";
import { programOf } from "./fetch.ts";
import { runShell } from "./shell.ts";
import { fetched } from "./versions.ts";
import { runWorkerd } from "./workerd.ts";

/** The runtimes, in the order in which they are told. */
export const runtimeNames = ["node", "chromium", "deno", "bun", "workerd"] as const;

export type RuntimeName = (typeof runtimeNames)[number];

/** Runs it, and resolves with the version. Rejects with a sentence when the runtime is not to be had, or ends too early. */
export async function runIn(name: RuntimeName, bench: Omit<Bench, "folder">): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `fanwire-${name}-`));
  try {
    return await runners[name]({ ...bench, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const runners: Readonly<Record<RuntimeName, (bench: Bench) => Promise<string>>> = {
  async node(bench) {
    await runShell(process.execPath, [await shellFile(bench)], bench);
    return process.versions.node;
  },

  async deno(bench) {
    const program = await programOf("deno", bench.say);
    const flags = ["run", "--no-prompt", "--no-config", "--allow-net=127.0.0.1"];
    await runShell(program, [...flags, await shellFile(bench)], bench);
    return fetched.deno.version;
  },

  async bun(bench) {
    const program = await programOf("bun", bench.say);
    await runShell(program, ["run", await shellFile(bench)], bench);
    return fetched.bun.version;
  },

  async workerd(bench) {
    const program = await programOf("workerd", bench.say);
    await runWorkerd(program, bench);
    return fetched.workerd.version;
  },

  chromium: runChromium,
};

async function shellFile({ folder }: Bench): Promise<string> {
  const file = join(folder, "suite.mjs");
  writeFileSync(file, await bundleOf("shell"));
  return file;
}
