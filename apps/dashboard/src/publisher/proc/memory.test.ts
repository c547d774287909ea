import { expect, test } from "vitest";
import { parseMemory } from "./memory.ts";

const meminfo = `MemTotal:       16000 kB
MemFree:         4000 kB
MemAvailable:    9000 kB
Buffers:          500 kB
Cached:          5000 kB
SwapCached:        99 kB
Shmem:            700 kB
SReclaimable:     200 kB
`;

test("used, cache and what is free add up to the total", () => {
  const m = parseMemory(meminfo)!;
  expect(m).toEqual({ used: 7000 * 1024, cache: 5000 * 1024, total: 16000 * 1024 });
  expect(m.used + m.cache + 4000 * 1024).toBe(m.total);
});

test("a file without a total is not readable", () => {
  expect(parseMemory("")).toBeUndefined();
});
