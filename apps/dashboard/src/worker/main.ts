// A worker: takes jobs of the queue until SIGTERM, which lets it finish its job, or the end of its parent.
// FANWIRE_URL: where the hub is. FANWIRE_KEY: the file of a key that makes tokens. FANWIRE_WORK: the file of the list of work.
import { readFile } from "node:fs/promises";
import { createClient } from "@fanwire/client";
import { queue } from "@fanwire/client/queue";
import { BACKOFF } from "../backoff.ts";
import { QUEUE, type DoneRecord } from "../jobs.ts";
import type { Work } from "../server/work-list.ts";
import { TOKEN_SECONDS, tokenSeconds } from "../tokens.ts";
import { makeHandler } from "./handler.ts";
import { workerToken } from "./worker-token.ts";

/** How long its last job may take, and how long it waits for a hub that is not there, in ms. */
const PATIENCE_MS = 60_000;

const { pid } = process;
const { FANWIRE_URL: url, FANWIRE_KEY: keyFile, FANWIRE_WORK: workFile } = process.env;
if (!url || !keyFile || !workFile) {
  console.error(
    "worker: FANWIRE_URL, FANWIRE_KEY and FANWIRE_WORK say where the hub is, its key, the work",
  );
  process.exit(2);
}
const work = JSON.parse(await readFile(workFile, "utf8")) as Work[];
const seconds = tokenSeconds(process.env["TOKEN_SECONDS"]) ?? TOKEN_SECONDS;
const client = createClient(url, {
  backoff: BACKOFF,
  token: () => workerToken(keyFile, `worker-${pid}`, seconds),
});
const record = (done: DoneRecord) => client.topic("jobs.done").publish(done, { confirm: "disk" });
const handler = makeHandler({ work, pid, record, now: () => performance.now() });
// one job in hand and none in the drawer: what is killed with it is one job
const worker = queue(client, QUEUE).consume(handler, { concurrency: 1, credit: 1 });

const forget = worker.active.subscribe((isActive) => {
  if (!isActive) return;
  console.log(`worker ${pid}`);
  queueMicrotask(() => forget());
});

let ending = false;
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  await worker.drain({ timeoutMs: PATIENCE_MS }).catch(() => worker.close());
  await client.close();
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void end(0));

const cause = await worker.closed;
if (cause && !ending) {
  console.error(`worker ${pid}: ${cause.message}`);
  await end(1);
}
