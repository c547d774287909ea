import { readFileSync } from "node:fs";

/** How many files and sockets the process may have open; undefined where the system does not say. */
export function fileLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/mu.exec(readFileSync("/proc/self/limits", "utf8"));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined; // no Linux
  }
}
