// What else the machine did: processor time that was neither idle nor used by the processes of the benchmark, as the system tells it. A
// row that was measured while something else was at work is marked.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Above this share of the machine's processor time, in percent, it was busy with something else. */
export const BUSY = 10;

/** Where Linux tells what each processor has done (proc(5)). */
const STAT = "/proc/stat";

/** Units of it in a second, everywhere. */
const TICKS = 100;

/** Processor time in which nothing was to be done, of all processors together since the machine started, in seconds. */
export function idleSecondsIn(stat: string): number | undefined {
  const line = /^cpu +(?:\d+ +){3}(?<idle>\d+) +(?<waiting>\d+)/u.exec(stat)?.groups;
  if (line === undefined) return undefined;
  return (Number(line["idle"]) + Number(line["waiting"])) / TICKS;
}

/** Takes the time from where it is made; {@link OthersWatch.share} tells of it. */
export class OthersWatch {
  readonly #begun: number = performance.now();
  readonly #idle: number | undefined = idleSeconds();
  readonly #own = process.cpuUsage();

  /**
   * What others took of all processors since then, in percent; undefined where the system does not tell. `ours`: what the server and the
   * load generator used of it, in seconds; this process is left out too.
   */
  share(ours: number): number | undefined {
    const idle = idleSeconds();
    if (idle === undefined || this.#idle === undefined) return undefined;
    const all = ((performance.now() - this.#begun) / 1000) * availableParallelism();
    const { user, system } = process.cpuUsage(this.#own);
    const used = all - (idle - this.#idle);
    return Math.max(0, ((used - ours - (user + system) / 1_000_000) / all) * 100);
  }
}

function idleSeconds(): number | undefined {
  try {
    return idleSecondsIn(readFileSync(STAT, "utf8"));
  } catch {
    return undefined; // another system
  }
}
