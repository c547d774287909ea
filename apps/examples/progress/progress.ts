// Sends a job and follows it to its end: a bar while it is worked on, and an exit code that says what became of it.

import { parseArgs } from "node:util";
import { type ClientError, createClient } from "@fanwire/client";
import { explain } from "@fanwire/client/errors";
import { type JobReport, queue } from "@fanwire/client/queue";
import type { Report } from "./worker.ts";

const help = `Usage: npm run -s progress -w apps/examples -- [flags] <pages>

Has a report of so many pages made, and shows how far it is. More than 500 fail.
Ctrl-C ends the showing; the job goes on.

  --url <url>      The hub. Default: FANWIRE_URL, else ws://127.0.0.1:8430/hub,
                   where npm run examples has one, with a worker.
  --timeout <s>    Give up following after so many seconds. Default: never.
  --json           Print what the hub tells, one JSON object a line, and no bar.
  --help           This text.

Exit codes: 0 it is done, 1 it failed or nobody knows, 2 wrong usage.
`;

function usage(message: string): never {
  process.stderr.write(`${message}\nprogress --help tells how it is used.\n`);
  process.exit(2);
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        url: { type: "string", default: process.env["FANWIRE_URL"] ?? "ws://127.0.0.1:8430/hub" },
        timeout: { type: "string", default: "Infinity" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
}

const { values, positionals } = read();
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const pages = Number(positionals[0]);
if (positionals.length !== 1 || !Number.isInteger(pages) || pages < 1)
  usage("How many pages? One whole number from 1 on.");
const seconds = Number(values.timeout);
if (!(seconds > 0)) usage(`--timeout must be a number above 0, and is "${values.timeout}".`);

const WIDTH = 30;
/** In a terminal a bar is drawn over the one before. */
const lineEnd = process.stderr.isTTY ? "\r" : "\n";
let drawn = "";

function draw({ progress = 0, note = "" }: JobReport): void {
  const done = Math.round(progress * WIDTH);
  const percent = String(Math.floor(progress * 100)).padStart(3);
  const bar = `${"█".repeat(done)}${"░".repeat(WIDTH - done)} ${percent} %`;
  if (bar === drawn) return;
  drawn = bar;
  process.stderr.write(`${bar}  ${note.padEnd(30)}${lineEnd}`);
}

/** What is said in the end, by what the job became; of other states it is not the end. */
function outcomeOf({ state, error = "" }: JobReport): [code: number, sentence: string] | undefined {
  if (state === "done") return [0, "It is done."];
  if (state === "dead") return [1, `It has failed: ${error}.`];
  if (state === "expired") return [1, "Nobody has begun it in time."];
  // it ended while the link was away
  return state === "gone" ? [1, "It has ended, and nobody knows how."] : undefined;
}

const signal = Number.isFinite(seconds) ? AbortSignal.timeout(seconds * 1000) : undefined;
const late: [number, string] = [1, `It is not done after ${values.timeout} seconds.`];

async function follow(): Promise<[code: number, sentence: string]> {
  const reports = queue<Report>(client, "reports");
  // followed before it is sent, so that its end is not missed; where the hub asks for tokens, that takes the right to $job.*.*
  const id = crypto.randomUUID();
  const following = reports.follow(id, { signal });
  await Promise.all([following.ready, reports.send({ pages }, { id, signal })]);
  for await (const { data } of following) {
    if (values.json) console.log(JSON.stringify(data));
    else if (data.progress !== undefined) draw(data);
    const outcome = outcomeOf(data);
    if (outcome) return outcome;
  }
  return late;
}

const client = createClient(values.url);
const [code, sentence] = await follow().catch((error: unknown): [number, string] => {
  if (signal?.aborted) return late;
  const { sentence: why, help: next } = explain(error as ClientError);
  return [1, `${why} ${next}`];
});
if (drawn !== "" && lineEnd === "\r") process.stderr.write("\n");
process.stderr.write(`${sentence}\n`);
process.exitCode = code;
await client.close();
