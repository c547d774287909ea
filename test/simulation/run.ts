// Runs a process that lives worlds, and hears how far it is.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Order, Progress } from "./told.ts";

const LIVES = fileURLToPath(new URL("lives.ts", import.meta.url));

/** A life has no end when nothing is heard in so many looks at the clock … */
const LOOKS = 60;

/** … which are this far apart, in milliseconds: a machine that stands still looks at none. Others take some. */
const LOOK_MS = 1000;

interface Lived {
  readonly progress: Progress;
  /** Nothing was heard for too long. */
  readonly isSilent: boolean;
}

/** Lives what is ordered, up to the first fault. `signal`: it may end before; what was done by then is told. */
export async function run(
  order: Order,
  signal?: AbortSignal,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Progress> {
  const { progress, isSilent } = await live(order, signal, onProgress);
  if (!isSilent) return progress;
  // the machine may have been slow: what is left is lived again, and each life is told
  const left = { first: progress.seed, seeds: order.seeds - progress.lived, isEachTold: true };
  const again = await live({ ...order, ...left }, signal, (more) =>
    onProgress(sumOf(progress, more)),
  );
  const both = sumOf(progress, again.progress);
  if (!again.isSilent) return both;
  return { ...both, faults: [{ kind: "stuck", sentence: "The life has not come to its end." }] };
}

function sumOf(before: Progress, after: Progress): Progress {
  const figures = { ...before.figures };
  for (const [name, count] of Object.entries(after.figures))
    figures[name] = (figures[name] ?? 0) + count;
  return { ...after, lived: before.lived + after.lived, figures };
}

async function live(
  order: Order,
  signal: AbortSignal | undefined,
  onProgress: (progress: Progress) => void,
): Promise<Lived> {
  const child = spawn(
    process.execPath,
    ["--conditions=@fanwire/source", LIVES, JSON.stringify(order)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let last: Progress = { seed: order.first, lived: 0, figures: {}, faults: [] };
  let looks = 0;
  const end = (): void => void child.kill("SIGKILL");
  const watch = setInterval(() => {
    looks++;
    if (looks >= LOOKS) end();
  }, LOOK_MS);
  signal?.addEventListener("abort", end);
  if (signal?.aborted === true) end();
  const errors = text(child.stderr);
  const closed = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) {
    if (looks < LOOKS) looks = 0;
    last = JSON.parse(line) as Progress;
    onProgress(last);
  }
  const [code] = (await closed) as [number | null];
  clearInterval(watch);
  signal?.removeEventListener("abort", end);
  const isSilent = looks >= LOOKS;
  if (code !== 0 && !isSilent && signal?.aborted !== true)
    throw new Error(`Lives of ${order.world} ended with ${code}: ${await errors}`);
  return { progress: last, isSilent };
}
