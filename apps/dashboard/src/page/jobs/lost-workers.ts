// Workers that were killed here, and the jobs that they had: what becomes of those is news.
import type { SheetJob } from "./sheet.ts";
import { deadSentence, readyAgainSentence } from "./words.ts";

/** Where a job is that its worker has lost. */
const BACK: ReadonlySet<SheetJob["stand"]> = new Set(["delayed", "ready", "dead"]);

export class LostWorkers {
  readonly #killed = new Set<number>();
  /** Pids by the ids of the jobs that have failed with them. */
  readonly #jobs = new Map<string, number>();

  add(pid: number): void {
    this.#killed.add(pid);
  }

  /** The job is something else now. Answers with what is to be told. `holder`: who had it last. */
  changed(
    { id, seq = 0, stand, failures }: SheetJob,
    holder: number | undefined,
  ): string | undefined {
    // those that it has finished before its end are none of them
    if (holder !== undefined && BACK.has(stand) && this.#killed.delete(holder))
      this.#jobs.set(id, holder);
    const pid = this.#jobs.get(id);
    // it waits until it is due
    if (pid === undefined || stand === "delayed") return undefined;
    this.#jobs.delete(id);
    if (stand === "dead") return deadSentence(seq, failures);
    if (stand === "gone" || stand === "removed") return undefined;
    return readyAgainSentence(pid, seq, failures);
  }
}
