import type { JobState, LookedJob } from "@fanwire/client/queue";
import type { Command } from "../../command.ts";
import { countOf } from "../../count.ts";
import { exit, usage } from "../../failure.ts";
import { jsonOf, lineOf, note, print } from "../../output.ts";
import { hubFlags, numberOf, operandsOf, withQueue } from "./words.ts";

const NAME = "queue peek";

const states: readonly string[] = ["ready", "delayed", "leased", "dead"];

export const peek: Command = {
  name: NAME,
  operands: "<queue> [flags]",
  summary: "Look at jobs without taking them.",
  description: [
    "Prints jobs in one state, from the lowest number on: number, state, failures, data, and the last error if there is one. Nothing is changed by that.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        {
          name: "state",
          value: "STATE",
          short: "s",
          sentence: "ready (default), delayed, leased or dead.",
        },
        { name: "from", value: "N", sentence: "Begin with the job of this number." },
        {
          name: "limit",
          value: "N",
          short: "n",
          sentence: "At most N jobs, up to 100. Default 10.",
        },
        { name: "json", sentence: "Print a JSON object a job." },
      ],
    },
  ],
  examples: [
    ["fanwire queue peek thumbnails", "The first ten that wait."],
    ["fanwire queue peek thumbnails~dead -n 100 --json", "Dead letters, with all that is known."],
  ],
  async run(given) {
    const [name] = operandsOf(given, NAME);
    const state = given.text("state") ?? "ready";
    if (!states.includes(state))
      throw usage(`--state ${JSON.stringify(state)} is not one of ${states.join(", ")}.`, NAME);
    const limit = numberOf(given, "limit", NAME, 1) ?? 10;
    if (limit > 100) throw usage("--limit is at most 100.", NAME);
    const from = numberOf(given, "from", NAME);
    const looked = await withQueue(given, name!, NAME, ({ manage }) =>
      manage.look(state as JobState, { from, limit, payload: true }),
    );
    for (const job of looked.jobs) print(given.has("json") ? jsonOf(job) : lineFor(job));
    if (given.has("json")) return exit.ok;
    if (looked.next !== undefined) note(`there are more; go on with --from ${looked.next}.`);
    else
      note(`${countOf(looked.jobs.length, "job")}${looked.jobs.length === 0 ? ` ${state}` : ""}.`);
    return exit.ok;
  },
};

/** Why a job is dead, in words. */
const deaths: Readonly<Record<string, string>> = {
  failures: "too many failures",
  rejected: "its worker said that it never succeeds",
  killed: "killed by hand",
};

function lineFor({ seq, state, failures, data, dead, deadFrom, error }: LookedJob): string {
  const from = deadFrom === undefined ? "" : `from ${deadFrom}: `;
  const why = dead === undefined ? "" : `, ${from}${deaths[dead] ?? dead}`;
  const what = `${state}, ${countOf(failures, "failure")}${why}`;
  return [seq, what, lineOf(data), ...(error === undefined ? [] : [lineOf(error)])].join("\t");
}
