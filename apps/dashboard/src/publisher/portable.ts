// Any system: what node:os tells. No disks, no processes, no traffic.
import os from "node:os";
import type { Machine } from "./machine.ts";
import type { CpuTicks } from "./proc/cpu.ts";

export function portable(): Machine {
  return {
    os: os.type(),
    cores: () => new Map(os.cpus().map((core, i) => [i, ticks(core)])),
    memory() {
      const [total, free] = [os.totalmem(), os.freemem()];
      return { used: total - free, cache: 0, total };
    },
    load() {
      const [one = 0, five = 0, fifteen = 0] = os.loadavg();
      return { one, five, fifteen };
    },
    network: () => undefined,
    disks: () => undefined,
    busiest: async () => undefined,
  };
}

function ticks({ times }: os.CpuInfo): CpuTicks {
  return { idle: times.idle, total: times.user + times.nice + times.sys + times.irq + times.idle };
}
