// /proc/meminfo, in bytes.

export interface MemoryBytes {
  readonly used: number;
  readonly cache: number;
  readonly total: number;
}

/** Used + cache + free = total: what is stacked adds up. Undefined when the file tells no total. */
export function parseMemory(text: string): MemoryBytes | undefined {
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  const total = kib("MemTotal");
  if (total === 0) return undefined;
  // shared memory is kept in the page cache, and cannot be given back
  const cache = Math.max(0, kib("Buffers") + kib("Cached") + kib("SReclaimable") - kib("Shmem"));
  const used = Math.max(0, total - kib("MemFree") - cache);
  return { used: used * 1024, cache: cache * 1024, total: total * 1024 };
}
