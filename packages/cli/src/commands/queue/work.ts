import { hostname } from "node:os";
import { type Client, ClientError } from "@fanwire/client";
import type { Queue, Worker, WorkerJob } from "@fanwire/client/queue";
import type { Arguments, Command } from "../../command.ts";
import { failureOf } from "../../connect.ts";
import { countOf } from "../../count.ts";
import { millisecondsOf } from "../../duration.ts";
import { exit, usage } from "../../failure.ts";
import { jsonOf, note, print } from "../../output.ts";
import { runJob } from "./run-job.ts";
import { hubFlags, numberOf, withQueue } from "./words.ts";

const NAME = "queue work";

export const work: Command = {
  name: NAME,
  operands: "<queue> [flags] -- <command…>",
  summary: "Run a command for each job.",
  description: [
    "Takes jobs of a queue and runs the command for each, with the job's data on its standard input: bytes and text as they are, anything else as JSON. When the command ends with 0 the job is done. Otherwise it has failed and comes again later, with the last line of standard error as the reason; 75 says that on purpose.",
    "The command finds FANWIRE_JOB_ID, _SEQ, _ATTEMPT, _QUEUE, _PRIORITY, _TIME, _GROUP, _FROM, _TOPIC and _HEADERS (JSON) in its environment. It may take as long as it needs. When the hub gives its job to somebody else it gets SIGTERM, and SIGKILL after --kill-after; so it does when the worker itself is killed (where there is a shell; on Windows it goes on then).",
    "SIGTERM and Ctrl-C let the jobs at work be finished, and give the others back; the second time all are given back, and their commands are ended.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        {
          name: "concurrency",
          value: "N",
          short: "c",
          sentence: "How many commands run at a time, up to 1,000. Default 1.",
        },
        { name: "count", value: "N", short: "n", sentence: "End after N jobs." },
        {
          name: "kill-after",
          value: "TIME",
          sentence: "How long a command may take to end when it must. Default 5s.",
        },
        {
          name: "json",
          sentence:
            "Print a JSON object a job: seq, id, attempt, outcome, exit, ms. What the commands print goes to standard error then.",
        },
        { name: "quiet", short: "q", sentence: "Say nothing on standard error but errors." },
      ],
    },
  ],
  examples: [
    ["fanwire queue work thumbnails -- ./resize.sh", "A worker that takes one job at a time."],
    [
      "fanwire queue work mails -c 8 -- node send-mail.mjs",
      "Eight at a time, each in a process of its own.",
    ],
    ["fanwire queue work thumbnails -n 1 -- cat", "Does one job: prints its data."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const [name, ...command] = given.positionals;
  if (name === undefined) throw usage("queue work needs the name of a queue.", NAME);
  if (command.length === 0)
    throw usage(
      "queue work needs a command, behind --: fanwire queue work thumbnails -- cat",
      NAME,
    );
  const concurrency = numberOf(given, "concurrency", NAME, 1) ?? 1;
  if (concurrency > 1000) throw usage("--concurrency is at most 1,000.", NAME);
  const killAfterMs = millisecondsOf(given.text("kill-after") ?? "5s", "--kill-after", NAME);
  return withQueue(given, name, NAME, (q, client) =>
    workOn(q, client, { command, concurrency, killAfterMs }, given),
  );
}

interface Manner {
  readonly command: readonly string[];
  readonly concurrency: number;
  readonly killAfterMs: number;
}

async function workOn(
  q: Queue,
  client: Client,
  { command, concurrency, killAfterMs }: Manner,
  given: Arguments,
): Promise<number> {
  const isJson = given.has("json");
  const count = numberOf(given, "count", NAME, 1) ?? Infinity;
  const say = given.has("quiet") ? () => {} : note;
  /** What is still running, also of jobs that are another's by now. */
  const running = new Set<Promise<unknown>>();
  let begun = 0;

  async function handle(job: WorkerJob): Promise<void> {
    if (++begun === count) void worker.drain().catch(() => {});
    const ended = runJob(job, { command, killAfterMs, isQuietOut: isJson });
    running.add(ended);
    const outcome = await ended;
    running.delete(ended);
    if (isJson) print(jsonOf(outcome));
    if (outcome.outcome !== "failed") return;
    say(`job ${job.seq} failed: ${outcome.reason}`);
    throw new Error(outcome.reason);
  }

  const worker = q.consume(handle, {
    concurrency,
    // what it will not begin is not kept from others
    credit: Math.min(count, 2 * concurrency, 64),
    // what the command itself did is told above
    onError(error, job) {
      if (error instanceof ClientError && job)
        say(`job ${job.seq} is not ours any more: ${error.message} (${error.code})`);
    },
  });
  const unwatch = endWithSignals(worker, say);
  sayWhatHappens(client, worker, q.name, say);
  const cause = await worker.closed;
  await Promise.all(running);
  unwatch();
  if (cause) throw failureOf(cause);
  return exit.ok;
}

/** The first signal lets the jobs at work be finished, the second does not. */
function endWithSignals(worker: Worker, say: (sentence: string) => void): () => void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return void worker.close();
    isEnding = true;
    void worker.drain().catch(() => {});
    if (worker.running > 0)
      say(`finishing ${countOf(worker.running, "job")}; once more gives them back.`);
  };
  process.on("SIGTERM", end).on("SIGINT", end);
  return () => void process.off("SIGTERM", end).off("SIGINT", end);
}

function sayWhatHappens(
  client: Client,
  worker: Worker,
  name: string,
  say: (sentence: string) => void,
): void {
  let wasLive = true;
  client.status.subscribe(({ state }) => {
    if (state === "waiting" && wasLive) say("the hub is gone; waiting for it to come back.");
    if (state === "live" && !wasLive) say("the hub is back.");
    if (state === "waiting" || state === "live") wasLive = state === "live";
  });
  let isTold = false;
  worker.active.subscribe((isActive) => {
    if (!isActive || isTold) return;
    isTold = true;
    say(`working on ${name} as ${hostname()}, process ${process.pid}; Ctrl-C ends it.`);
  });
}
