// Lives worlds in a process of its own, so that a bug can be planted, and tells how far it is. Its argument is an order as JSON.

import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Live } from "@fanwire/testkit";
import { bugOf } from "./bugs.ts";
import { plant } from "./plant.ts";
import type { Order, Progress } from "./told.ts";
import { worldOf } from "./worlds.ts";

/** Progress is told so often, in milliseconds. */
const TOLD_MS = 500;

/** Faults of a life that are told. */
const FAULTS_MAX = 3;

const root = fileURLToPath(new URL("../..", import.meta.url));
const { world, first, seeds, bug, isEachTold = false } = JSON.parse(process.argv[2]!) as Order;
if (bug !== null) plant(root, bugOf(bug)!.edits);
const { live } = (await import(new URL(`../../${worldOf(world)!.file}`, import.meta.url).href)) as {
  live: Live;
};

const sums: Record<string, number> = {};
let toldAt = performance.now();
for (let seed = first; seed < first + seeds; seed++) {
  const { faults, figures } = live(seed);
  for (const [name, count] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + count;
  if (faults.length > 0) {
    tell({ seed, lived: seed - first + 1, figures: sums, faults: faults.slice(0, FAULTS_MAX) });
    process.exit(0);
  }
  const isDue = isEachTold || performance.now() - toldAt >= TOLD_MS;
  if (!isDue && seed + 1 < first + seeds) continue;
  toldAt = performance.now();
  tell({ seed: seed + 1, lived: seed + 1 - first, figures: sums, faults: [] });
}

function tell(progress: Progress): void {
  writeSync(1, `${JSON.stringify(progress)}\n`);
}
