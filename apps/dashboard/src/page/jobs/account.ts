// The account of all jobs: it must add up.
import type { SheetJob } from "./sheet.ts";

/** How a job is drawn. `lost`: the hub has it no more, and no worker has done it. */
export type Kind =
  | "sending"
  | "ready"
  | "delayed"
  | "leased"
  | "dead"
  | "done"
  | "twice"
  | "lost"
  | "removed";

export function kindOf({ stand, times }: Pick<SheetJob, "stand" | "times">): Kind {
  if (stand !== "gone") return stand;
  if (times === 0) return "lost";
  return times === 1 ? "done" : "twice";
}

export interface Account {
  /** Those that the hub has confirmed. */
  readonly sent: number;
  readonly done: number;
  readonly inWork: number;
  readonly ready: number;
  /** Failed, and not due again yet. */
  readonly waiting: number;
  readonly dead: number;
  /** Sent, and in none of these. */
  readonly unaccounted: number;
  /** Done more often than once, whatever became of them then. */
  readonly twice: number;
}

export function accountOf(jobs: Iterable<SheetJob>): Account {
  const counts = { sent: 0, done: 0, inWork: 0, ready: 0, waiting: 0, dead: 0, twice: 0 };
  for (const job of jobs) {
    const { stand, times, isConfirmed } = job;
    if (!isConfirmed || stand === "removed") continue;
    counts.sent++;
    if (times > 1) counts.twice++;
    if (stand === "leased") counts.inWork++;
    if (stand === "ready") counts.ready++;
    if (stand === "delayed") counts.waiting++;
    if (stand === "dead") counts.dead++;
    if (stand === "gone" && times > 0) counts.done++;
  }
  const { sent, done, inWork, ready, waiting, dead } = counts;
  return { ...counts, unaccounted: sent - done - inWork - ready - waiting - dead };
}

/** Nothing is to be done any more. */
export const isSettled = ({ inWork, ready, waiting }: Account): boolean =>
  inWork + ready + waiting === 0;
