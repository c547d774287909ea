// Runtimes that are a program with arguments.

import { spawn } from "node:child_process";
import { type Bench, runMs } from "./bench.ts";
import { readOutcomes } from "./lines.ts";

/** Runs the program, the place being its last argument. Rejects when it does not end well. */
export async function runShell(
  program: string,
  args: readonly string[],
  { place, folder, tell, say }: Bench,
): Promise<void> {
  const child = spawn(program, [...args, JSON.stringify(place)], {
    cwd: folder,
    env: { ...process.env, DENO_DIR: folder, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runMs,
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words += text;
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.on("error", ({ message }) => resolve(message)).on("close", resolve);
  });
  await readOutcomes(child.stdout.setEncoding("utf8"), tell, say);
  const code = await ended;
  if (code !== 0) throw new Error(`It ended with ${code}: ${words.trim().slice(0, 2000)}`);
}
