// Where a run took place: without it, figures say nothing.

import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { canPin } from "./child.ts";

/** What is told of the machine. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Server and load generator have a core each. */
  readonly pinned: boolean;
  /** Processes that wanted a core when the run began: above 0 somebody else was at work too. */
  readonly loadBefore: number;
}

/** The machine that this runs on, now. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    pinned: canPin,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
