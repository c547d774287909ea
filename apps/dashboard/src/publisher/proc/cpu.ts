// /proc/stat: how each core spent its time, in ticks since start.

export interface CpuTicks {
  readonly idle: number;
  readonly total: number;
}

/** By core, in the order of the file; the line of all cores is left out, it is their sum. */
export function parseCpu(text: string): Map<number, CpuTicks> {
  const cores = new Map<number, CpuTicks>();
  for (const line of text.split("\n")) {
    const found = /^cpu(\d+) (.+)$/.exec(line);
    if (!found?.[1] || !found[2]) continue;
    // user nice system idle iowait irq softirq steal; guest time is already in user and nice
    const ticks = found[2].trim().split(/\s+/).slice(0, 8).map(Number);
    const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
    cores.set(Number(found[1]), { idle, total: ticks.reduce((sum, n) => sum + n, 0) });
  }
  return cores;
}

/** Percent of the time between two readings that was not idle; undefined when no tick has passed. */
export function busyPercent(before: CpuTicks, after: CpuTicks): number | undefined {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  // the kernel's idle counters may step back a little
  const busy = 100 * (1 - (after.idle - before.idle) / total);
  return Math.min(100, Math.max(0, busy));
}
