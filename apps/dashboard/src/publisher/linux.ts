// Linux: files under /proc. They are in memory, so the small ones are read without waiting.
import { readFileSync } from "node:fs";
import { BusiestProcesses } from "./busiest-processes.ts";
import type { Machine } from "./machine.ts";
import { portable } from "./portable.ts";
import { parseCpu } from "./proc/cpu.ts";
import { parseDisks } from "./proc/disk.ts";
import { parseLoad } from "./proc/load.ts";
import { parseMemory } from "./proc/memory.ts";
import { parseNetwork } from "./proc/network.ts";

/** Containers hide some of these files, or show them empty: then what node:os knows must do. */
export function linux(): Machine {
  const elsewhere = portable();
  const processes = new BusiestProcesses();
  return {
    os: "Linux",
    cores: () => filled(parse("/proc/stat", parseCpu)) ?? elsewhere.cores(),
    memory: () => parse("/proc/meminfo", parseMemory) ?? elsewhere.memory(),
    load: () => parse("/proc/loadavg", parseLoad) ?? elsewhere.load(),
    network: () => filled(parse("/proc/net/dev", parseNetwork)),
    disks: () => filled(parse("/proc/diskstats", parseDisks)),
    busiest: () => processes.read(),
  };
}

function parse<T>(file: string, parser: (text: string) => T): T | undefined {
  try {
    return parser(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const filled = <K, V>(map: Map<K, V> | undefined): Map<K, V> | undefined =>
  map && map.size > 0 ? map : undefined;
