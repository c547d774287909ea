// What a worker does with a job: the work, then its record, and only then the acknowledgement.
import { join } from "node:path";
import { Fatal, type WorkerJob } from "@fanwire/client/queue";
import { progressNote, type DoneRecord } from "../jobs.ts";
import type { Work } from "../server/work-list.ts";
import { perform } from "./perform.ts";

/** Progress is told at most so often, in ms. */
const TELL_MS = 100;

export interface HandlerParts {
  readonly work: readonly Work[];
  readonly pid: number;
  /** Resolves when the record is on disk. */
  readonly record: (record: DoneRecord) => Promise<unknown>;
  /** A clock that never steps, in ms. */
  readonly now: () => number;
}

export function makeHandler({ work, pid, record, now }: HandlerParts) {
  return async (job: WorkerJob): Promise<void> => {
    const { kind, folder, file } = find(work, job.data);
    const note = progressNote(pid, file);
    job.progress(0, note);
    let told = now();
    await perform({
      kind,
      path: join(folder, file),
      signal: job.signal,
      progress(part) {
        if (now() - told < TELL_MS) return;
        told = now();
        job.progress(part, note);
      },
    });
    // somebody else has it: what was done here is not told, as it does not count
    job.signal.throwIfAborted();
    const { id = "", seq, attempt } = job;
    await record({ id, seq, pid, attempt, file });
  };
}

interface FileWork extends Pick<Work, "kind" | "folder"> {
  readonly file: string;
}

/** Jobs come from pages: they choose from the list, whatever they say. */
function find(work: readonly Work[], data: unknown): FileWork {
  const { work: id, n } = (data ?? {}) as { readonly work?: unknown; readonly n?: unknown };
  const found = work.find((one) => one.id === id);
  if (!found || !Number.isSafeInteger(n) || (n as number) < 0)
    throw new Fatal("The job names no work of the list.");
  const { kind, folder, files } = found;
  return { kind, folder, file: files[(n as number) % files.length] ?? "" };
}
