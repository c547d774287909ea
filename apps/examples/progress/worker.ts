// Who does the work that `progress.ts` asks for. Any number of these may run, anywhere.

import { setInterval } from "node:timers/promises";
import type { AnyClient } from "@fanwire/client";
import { Fatal, queue, type Worker } from "@fanwire/client/queue";

/** What is to be made. */
export interface Report {
  readonly pages: number;
}

const PAGES_MAX = 500;
const PAGE_MS = 10;

/** Works on reports, four at a time, until it is drained or closed. */
export function workOnReports(client: AnyClient): Worker {
  return queue<Report>(client, "reports").consume(
    async (job) => {
      const { pages } = job.data;
      // what will never succeed is not tried again
      if (pages > PAGES_MAX) throw new Fatal(`a report has at most ${PAGES_MAX} pages`);
      let page = 0;
      // in place of work; when the lease is lost, or the worker closes, it is given up
      for await (const _ of setInterval(PAGE_MS, undefined, { signal: job.signal })) {
        page++;
        job.progress(page / pages, `page ${page} of ${pages}`);
        if (page === pages) return;
      }
    },
    { concurrency: 4 },
  );
}
