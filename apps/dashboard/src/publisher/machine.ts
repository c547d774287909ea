// What a machine can tell about itself; how it is read differs by system.
import type { Process } from "../publications.ts";
import type { CpuTicks } from "./proc/cpu.ts";
import type { TransferBytes } from "./proc/disk.ts";
import type { LoadMeans } from "./proc/load.ts";
import type { MemoryBytes } from "./proc/memory.ts";
import type { TrafficBytes } from "./proc/network.ts";

/** Counters since start, to be read twice. Undefined is: this machine does not let us read it. */
export interface Machine {
  readonly os: string;
  cores(): Map<number, CpuTicks>;
  memory(): MemoryBytes;
  load(): LoadMeans;
  network(): Map<string, TrafficBytes> | undefined;
  disks(): Map<string, TransferBytes> | undefined;
  /** The five that used most of the processors since the last call; none the first time. */
  busiest(): Promise<readonly Process[] | undefined>;
}
