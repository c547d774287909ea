// A look at the whole queue, state by state and page by page: what the page knows of it after it was told nothing for a while.
import type { JobState, Queue } from "@fanwire/client/queue";
import type { Sheet } from "./sheet.ts";

/** In the order in which jobs go on without a word: one that is due while we look is seen in the next state. All other changes are told. */
const STATES: readonly JobState[] = ["storing", "delayed", "ready", "leased", "settling", "dead"];

/** Rejects as `manage.look` does, and when the signal is aborted. */
export async function look<T>(
  queue: Pick<Queue<T>, "manage">,
  sheet: Sheet,
  signal: AbortSignal,
): Promise<void> {
  sheet.beginLook();
  for (const state of STATES) {
    let from: number | undefined = 0;
    while (from !== undefined) {
      // oxlint-disable-next-line no-await-in-loop -- page by page
      const { jobs, next } = await queue.manage.look(state, { from, signal });
      for (const { id, ...job } of jobs) if (id !== undefined) sheet.seen({ ...job, id });
      from = next;
    }
  }
  sheet.endLook();
}
