// workerd runs no scripts but answers requests: the suite is a worker, and the place the body of the request.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Bench, runMs } from "./bench.ts";
import { bundleOf } from "./bundle.ts";
import { readOutcomes } from "./lines.ts";

/** How the worker is to be understood; newer than any change that the suite could notice. */
const COMPATIBLE_WITH = "2026-11-01";

const configuration = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "suite", worker = .suite),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "suite")],
);
const suite :Workerd.Worker = (
  modules = [(name = "suite", esModule = embed "suite.mjs")],
  compatibilityDate = "${COMPATIBLE_WITH}",
);
`;

/** Rejects when it does not answer, or not to the end. */
export async function runWorkerd(program: string, bench: Bench): Promise<void> {
  const { folder, place, tell, say } = bench;
  writeFileSync(join(folder, "suite.mjs"), await bundleOf("worker"));
  writeFileSync(join(folder, "config.capnp"), configuration);
  const child = spawn(program, ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "pipe", "pipe"],
    timeout: runMs,
  });
  let words = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    words += text;
  });
  const ended = new Promise<void>((resolve) => {
    child.on("error", () => resolve()).on("close", () => resolve());
  });
  try {
    const port = await Promise.race([portOf(child.stdio[3] as Readable), ended]);
    if (port === undefined) throw new Error("It has not begun to listen.");
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      body: JSON.stringify(place),
    });
    await readOutcomes(answer.body!.pipeThrough(new TextDecoderStream()), tell, say);
  } catch (error) {
    throw new Error(`${(error as Error).message} ${words.trim().slice(0, 2000)}`, { cause: error });
  } finally {
    child.kill();
    await ended;
  }
}

/** workerd tells on this pipe where it listens. */
async function portOf(control: Readable): Promise<number> {
  let told = "";
  for await (const piece of control.setEncoding("utf8") as AsyncIterable<string>) {
    told += piece;
    const port = /"event":\s*"listen".*?"port":\s*(\d+)/u.exec(told)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("It ended before it listened.");
}
