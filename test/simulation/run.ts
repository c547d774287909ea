// Runs a process that lives worlds, and hears how far it is.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Order, Progress } from "./told.ts";

const LIVES = fileURLToPath(new URL("lives.ts", import.meta.url));

/** A life that takes so long has no end, in milliseconds. Others take some. */
const LIFE_MS = 60_000;

/** Lives what is ordered, up to the first fault. `signal`: it may end before; what was done by then is told. */
export async function run(
  order: Order,
  signal?: AbortSignal,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Progress> {
  const child = spawn(
    process.execPath,
    ["--conditions=@fanwire/source", LIVES, JSON.stringify(order)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let last: Progress = { seed: order.first, lived: 0, figures: {}, faults: [] };
  let isHung = false;
  const end = (): void => void child.kill("SIGKILL");
  const watch = setTimeout(() => {
    isHung = true;
    end();
  }, LIFE_MS);
  signal?.addEventListener("abort", end);
  if (signal?.aborted === true) end();
  const errors = text(child.stderr);
  const closed = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) {
    watch.refresh();
    last = JSON.parse(line) as Progress;
    onProgress(last);
  }
  const [code] = (await closed) as [number | null];
  clearTimeout(watch);
  signal?.removeEventListener("abort", end);
  if (isHung)
    return { ...last, faults: [{ kind: "stuck", sentence: "The life has not come to its end." }] };
  if (code !== 0 && signal?.aborted !== true)
    throw new Error(`Lives of ${order.world} ended with ${code}: ${await errors}`);
  return last;
}
