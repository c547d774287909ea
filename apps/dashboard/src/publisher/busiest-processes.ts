// The processes that used most of the processors since the last look.
import { opendir, readFile } from "node:fs/promises";
import type { Process } from "../publications.ts";
import {
  parseProcessStatus,
  parseProcessTicks,
  parseUsers,
  processName,
  type ProcessTicks,
} from "./proc/process.ts";

const ROWS = 5;
/** USER_HZ: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface Used {
  readonly pid: number;
  /** Percent of one core. */
  readonly cpu: number;
}

type Ticks = ReadonlyMap<number, ProcessTicks>;

export class BusiestProcesses {
  #before: { at: number; ticks: Ticks } | undefined;
  #users: Map<number, string> | undefined;

  async read(): Promise<readonly Process[] | undefined> {
    const ticks = await readTicks();
    const at = performance.now();
    if (ticks.size === 0) return undefined;
    const before = this.#before;
    this.#before = { at, ticks };
    if (!before) return [];
    this.#users ??= parseUsers((await text("/etc/passwd")) ?? "");
    const rows = busiest(before.ticks, ticks, (at - before.at) / 1000).map((u) => this.#row(u));
    return (await Promise.all(rows)).filter((row) => row !== undefined);
  }

  /** Undefined for one that ended since it was counted. */
  async #row({ pid, cpu }: Used): Promise<Process | undefined> {
    const status = parseProcessStatus((await text(`/proc/${pid}/status`)) ?? "");
    if (!status) return undefined;
    const name = processName((await text(`/proc/${pid}/cmdline`)) ?? "", status.name);
    const user = this.#users?.get(status.uid) ?? String(status.uid);
    return { pid, name, user, cpu, memory: status.memory };
  }
}

/** The busiest first; of equally idle ones the older first, so that rows do not change places for nothing. */
export function busiest(before: Ticks, after: Ticks, seconds: number): Used[] {
  const used: Used[] = [];
  for (const [pid, now] of after) {
    const then = before.get(pid);
    const ticks = then?.startedAt === now.startedAt ? now.ticks - then.ticks : now.ticks;
    used.push({ pid, cpu: (100 * Math.max(0, ticks)) / TICKS_PER_SECOND / seconds });
  }
  return used.toSorted((a, b) => b.cpu - a.cpu || a.pid - b.pid).slice(0, ROWS);
}

/** One file after the other: hundreds at once would hold up the publications that are due meanwhile. */
async function readTicks(): Promise<Map<number, ProcessTicks>> {
  const ticks = new Map<number, ProcessTicks>();
  const entries = await opendir("/proc").catch(() => []);
  for await (const { name } of entries) {
    if (!/^\d+$/.test(name)) continue;
    const stat = parseProcessTicks((await text(`/proc/${name}/stat`)) ?? "");
    if (stat) ticks.set(Number(name), stat);
  }
  return ticks;
}

const text = (file: string): Promise<string | undefined> =>
  readFile(file, "utf8").catch(() => undefined);
