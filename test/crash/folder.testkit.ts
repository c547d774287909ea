// A directory for a run; it is kept when something is wrong, so that one can look at it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Removed when the task has succeeded. */
export async function inFolder<T>(task: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "fanwire-crash-"));
  const result = await task(directory);
  rmSync(directory, { recursive: true });
  return result;
}

/** Says loudly what is not tested here, and why. Returns the reason, for skipping. */
export function notTested(what: string, why: string): string {
  console.warn(`NOT TESTED: ${what}, as ${why}`);
  return why;
}
