import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { JobInput, JobOptions, Queue, SendOutcome } from "@fanwire/client/queue";
import type { Arguments, Command } from "../../command.ts";
import { failureOf } from "../../connect.ts";
import { countOf, shown } from "../../count.ts";
import { millisecondsOf } from "../../duration.ts";
import { exit, Failure, usage } from "../../failure.ts";
import { jsonOf, note, print } from "../../output.ts";
import { headersOf, hubFlags, numberOf, operandsOf, withQueue } from "./words.ts";
import { valueOf } from "../../payload.ts";

const NAME = "queue send";

export const send: Command = {
  name: NAME,
  operands: "<queue> [data] [flags]",
  summary: "Send a job, or one for each line of standard input.",
  description: [
    "Sends a job and waits until the hub has it, on a durable queue on disk. Data that is JSON is sent as the value that it stands for, anything else as text; --file sends the bytes of a file. Without data it is null.",
    "With --lines each line of standard input is a job; they are sent many at a time, as they come. The first that is refused ends it, and it says how many were sent.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        { name: "file", value: "FILE", short: "f", sentence: "The data is what is in this file." },
        { name: "lines", short: "l", sentence: "Each line of standard input is a job." },
        { name: "text", short: "t", sentence: "Data is text, also where it looks like JSON." },
        {
          name: "priority",
          value: "N",
          short: "p",
          sentence: "0 to 9, the higher, the sooner. Default 4.",
        },
        { name: "delay", value: "TIME", sentence: "It waits that long: 250ms, 90s, 15m, 1h, 7d." },
        { name: "at", value: "TIME", sentence: "It waits until then (ISO 8601)." },
        { name: "ttl", value: "TIME", sentence: "It is dropped if nobody has begun it by then." },
        { name: "group", value: "NAME", short: "g", sentence: "Jobs of a group keep together." },
        {
          name: "id",
          value: "ID",
          sentence: "What stands for it: a second job of that id is none.",
        },
        {
          name: "header",
          value: "NAME=VALUE",
          short: "H",
          isMany: true,
          sentence: "A header; may be given up to 16 times.",
        },
        { name: "json", sentence: "Print what the hub confirmed, one JSON object a job." },
        { name: "quiet", short: "q", sentence: "Say nothing on standard error but errors." },
      ],
    },
  ],
  examples: [
    ["fanwire queue send thumbnails '{\"image\": 7}'", "Sends a job."],
    ["fanwire queue send thumbnails --file cat.png --delay 5m", "Bytes, for later."],
    ["ls *.png | fanwire queue send thumbnails --lines", "A job for each file."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const isMany = given.has("lines");
  const hasData = given.positionals.length > 1;
  const [name, text] = operandsOf(given, NAME, ...(hasData ? ["data"] : []));
  if ([hasData, isMany, given.has("file")].filter(Boolean).length > 1)
    throw usage("queue send takes data, --file or --lines.", NAME);
  if (isMany && given.has("id")) throw usage("--id is of one job, not of --lines.", NAME);
  const options = readJobOptions(given);
  const data = given.has("file") ? read(given.text("file")!) : valueOf(text, given.has("text"));
  return withQueue(given, name!, NAME, async (q) => {
    if (isMany) return sendLines(q, options, given);
    const sent = await q.send(data, options);
    if (given.has("json")) print(jsonOf(sent));
    else if (!given.has("quiet"))
      note(`sent as job ${sent.seq}${sent.duplicate ? ", which was there already" : ""}.`);
    return exit.ok;
  });
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(exit.usage, `${path} cannot be read: ${(error as Error).message}.`);
  }
}

function readJobOptions(given: Arguments): JobOptions {
  const priority = numberOf(given, "priority", NAME);
  if (priority !== undefined && priority > 9) throw usage("--priority is 0 to 9.", NAME);
  const [delay, ttl, at] = [given.text("delay"), given.text("ttl"), given.text("at")];
  if (delay !== undefined && at !== undefined) throw usage("--delay and --at say the same.", NAME);
  if (at !== undefined && Number.isNaN(Date.parse(at)))
    throw usage(`--at ${JSON.stringify(at)} is no time like 2026-11-25T12:00:00Z.`, NAME);
  return {
    priority,
    delayMs: delay === undefined ? undefined : millisecondsOf(delay, "--delay", NAME),
    at: at === undefined ? undefined : Date.parse(at),
    ttlMs: ttl === undefined ? undefined : millisecondsOf(ttl, "--ttl", NAME),
    group: given.text("group"),
    id: given.text("id"),
    headers: headersOf(given, NAME),
  };
}

/** Lines that are sent together at most. */
const TOGETHER_MAX = 1000;

/** Sends lines as they come: those that came while others were sent go together. */
async function sendLines(q: Queue, options: JobOptions, given: Arguments): Promise<number> {
  const tally = new Tally(given);
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  let code: number = exit.ok;
  process.once("SIGINT", () => {
    code = exit.interrupted;
    lines.close();
  });
  let waiting: JobInput[] = [];
  let sending: Promise<void> | undefined;
  const sendWaiting = async (): Promise<void> => {
    while (waiting.length > 0 && tally.error === undefined)
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in their order
      tally.add(await q.sendMany(waiting.splice(0, TOGETHER_MAX)));
    sending = undefined;
  };
  for await (const line of lines) {
    waiting.push({ ...options, data: valueOf(line, given.has("text")) });
    sending ??= sendWaiting();
    if (waiting.length >= TOGETHER_MAX) await sending;
    if (tally.error !== undefined) break;
  }
  process.stdin.destroy(); // else the shell waits for another line
  await sending;
  return tally.end() ?? code;
}

/** What became of the lines. */
class Tally {
  error: unknown;
  readonly #isJson: boolean;
  readonly #isQuiet: boolean;
  #sent = 0;
  #duplicates = 0;

  constructor(given: Arguments) {
    this.#isJson = given.has("json");
    this.#isQuiet = given.has("quiet");
  }

  add(outcomes: readonly SendOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.error) {
        this.error ??= outcome.error;
        continue;
      }
      this.#sent++;
      if (outcome.duplicate) this.#duplicates++;
      if (this.#isJson) print(jsonOf(outcome));
    }
    if (process.stderr.isTTY && !this.#isQuiet)
      process.stderr.write(`\rfanwire: ${shown(this.#sent)} sent`);
  }

  /** Says how many there were. Throws what the first one that was not sent was refused with. */
  end(): undefined {
    if (process.stderr.isTTY && !this.#isQuiet) process.stderr.write("\r");
    const known = this.#duplicates > 0 ? `, ${shown(this.#duplicates)} of them there already` : "";
    const told = `${countOf(this.#sent, "job")} sent${known}.`;
    if (this.error !== undefined) {
      const { exitCode, message, nextStep } = failureOf(this.error);
      throw new Failure(exitCode, `${message} ${told}`, nextStep);
    }
    if (!this.#isQuiet) note(told);
  }
}
