import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives a directory for a hub's data that is not there yet, and is gone afterwards. Whoever uses it must have ended by then. */
export async function withData<T>(task: (data: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "fanwire-bench-"));
  try {
    return await task(join(folder, "store"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
