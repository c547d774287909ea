// What is done to a queue as a whole: held, bound, emptied, given another chance, deleted, listed.

import type { Position } from "@fanwire/client";
import { type BindOptions, type Management, queues } from "@fanwire/client/queue";
import { patternFault } from "@fanwire/protocol";
import type { Arguments, Command } from "../../command.ts";
import { connect, failureOf } from "../../connect.ts";
import { countOf, shown } from "../../count.ts";
import { exit, Failure, usage } from "../../failure.ts";
import { jsonOf, note, print } from "../../output.ts";
import { hubFlags, jsonFlag, numberOf, operandsOf, withQueue } from "./words.ts";

const flags = [{ heading: "Flags", flags: [...hubFlags, jsonFlag] }];

/** Says what was done, as a sentence or as JSON. */
function tell(given: Arguments, told: object, sentence: string): number {
  if (given.has("json")) print(jsonOf(told));
  else note(sentence);
  return exit.ok;
}

export const pause: Command = {
  name: "queue pause",
  operands: "<queue> [flags]",
  summary: "Give out no jobs until it is resumed.",
  description: [
    "No jobs are given out until resume. What is at work is finished, and jobs can be sent.",
  ],
  groups: flags,
  examples: [["fanwire queue pause mails", "Nothing leaves while the mail server is down."]],
  async run(given) {
    const [name] = operandsOf(given, "queue pause");
    await withQueue(given, name!, "queue pause", ({ manage }) => manage.pause());
    return tell(given, { queue: name, paused: true }, `${name} is paused.`);
  },
};

export const resume: Command = {
  name: "queue resume",
  operands: "<queue> [flags]",
  summary: "Give out jobs again.",
  description: ["Jobs of a queue that is paused are given out again."],
  groups: flags,
  examples: [["fanwire queue resume mails", "It goes on."]],
  async run(given) {
    const [name] = operandsOf(given, "queue resume");
    await withQueue(given, name!, "queue resume", ({ manage }) => manage.resume());
    return tell(given, { queue: name, paused: false }, `${name} goes on.`);
  },
};

export const bind: Command = {
  name: "queue bind",
  operands: "<queue> <pattern> [flags]",
  summary: "Make each publication of a pattern a job.",
  description: [
    "From now on each publication of a topic of this pattern becomes a job of the queue, with the same data. Put patterns with * in quotes. With --unbind no longer.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        {
          name: "from",
          value: "WHERE",
          sentence:
            "Also what was published before: start, the last N of a topic, or behind a position of one.",
        },
        { name: "priority", value: "N", short: "p", sentence: "Of its jobs: 0 to 9. Default 4." },
        { name: "group", value: "NAME", short: "g", sentence: "Of its jobs." },
        { name: "unbind", sentence: "The binding is ended." },
        jsonFlag,
      ],
    },
  ],
  examples: [
    ["fanwire queue bind thumbnails 'uploads.**'", "Each upload is a job."],
    ["fanwire queue bind audit orders.new --from start", "Also those that are kept."],
    ["fanwire queue bind thumbnails 'uploads.**' --unbind", "No longer."],
  ],
  async run(given) {
    const [name, pattern] = operandsOf(given, "queue bind", "a topic or a pattern");
    const fault = patternFault(pattern!);
    if (fault !== undefined)
      throw usage(`${JSON.stringify(pattern)} is no pattern: ${fault}.`, "queue bind");
    const isEnd = given.has("unbind");
    const options = readBinding(given);
    await withQueue(given, name!, "queue bind", ({ manage }) =>
      isEnd ? manage.unbind(pattern!) : manage.bind(pattern!, options),
    );
    return tell(
      given,
      { queue: name, pattern, bound: !isEnd },
      isEnd ? `${name} gets nothing of ${pattern} any more.` : `${name} gets ${pattern}.`,
    );
  },
};

function readBinding(given: Arguments): BindOptions {
  const priority = numberOf(given, "priority", "queue bind");
  if (priority !== undefined && priority > 9) throw usage("--priority is 0 to 9.", "queue bind");
  return { priority, group: given.text("group"), from: fromOf(given.text("from")) };
}

function fromOf(text: string | undefined): BindOptions["from"] {
  if (text === undefined || text === "start") return text;
  if (/^\d{1,7}$/u.test(text)) return { last: Number(text) };
  if (/^\d+:\d+$/u.test(text)) return text as Position;
  throw usage(
    `--from ${JSON.stringify(text)} is not start, a number, or a position like 5:17.`,
    "queue bind",
  );
}

export const redrive: Command = {
  name: "queue redrive",
  operands: "<queue> [flags]",
  summary: "Give dead letters another chance.",
  description: [
    "Takes the jobs of a dead-letter queue back to where each came from, without failures, or the dead jobs that a queue keeps itself.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        { name: "to", value: "QUEUE", sentence: "All to this queue." },
        { name: "max", value: "N", short: "n", sentence: "At most N jobs. Default all." },
        jsonFlag,
      ],
    },
  ],
  examples: [["fanwire queue redrive thumbnails~dead", "Once more, all of them."]],
  async run(given) {
    const [name] = operandsOf(given, "queue redrive");
    const max = numberOf(given, "max", "queue redrive", 1);
    const redriven = await withQueue(given, name!, "queue redrive", ({ manage }) =>
      manage.redrive({ to: given.text("to"), max }),
    );
    return tell(given, { queue: name, redriven }, `${countOf(redriven, "job")} redriven.`);
  },
};

const depthFlag = {
  name: "depth",
  value: "N",
  sentence: "How many jobs that are; without it the command only says the number.",
};

/** Asks for the number first, so that nobody empties a queue that is not as it was thought to be. */
async function emptied(
  given: Arguments,
  command: string,
  what: string,
  countNow: (manage: Management) => Promise<number>,
  empty: (manage: Management, depth: number) => Promise<number>,
): Promise<[name: string, count: number]> {
  const [name] = operandsOf(given, command);
  const depth = numberOf(given, "depth", command);
  const count = await withQueue(given, name!, command, async ({ manage }) => {
    if (depth !== undefined) return empty(manage, depth);
    const now = await countNow(manage);
    throw new Failure(
      exit.usage,
      `${name} holds ${countOf(now, what)}.`,
      `If they are to be gone: fanwire ${command} ${name} --depth ${now}`,
    );
  });
  return [name!, count];
}

export const purge: Command = {
  name: "queue purge",
  operands: "<queue> --depth N [flags]",
  summary: "Delete the jobs that wait.",
  description: [
    "Deletes all jobs that are ready or delayed, if there are as many as is said; what is at work stays. Without --depth it says how many there are, and ends with 2.",
  ],
  groups: [{ heading: "Flags", flags: [...hubFlags, depthFlag, jsonFlag] }],
  examples: [["fanwire queue purge thumbnails --depth 12", "The twelve that wait are gone."]],
  async run(given) {
    const [name, purged] = await emptied(
      given,
      "queue purge",
      "waiting job",
      async (manage) => {
        const { ready, delayed } = await manage.stats();
        return ready + delayed;
      },
      (manage, depth) => manage.purge(depth),
    );
    return tell(given, { queue: name, purged }, `${countOf(purged, "job")} of ${name} deleted.`);
  },
};

export const remove: Command = {
  name: "queue delete",
  operands: "<queue> --depth N [flags]",
  summary: "Delete a queue with its jobs.",
  description: [
    "Deletes the queue and all its jobs, also those at work, if there are as many as is said. Without --depth it says how many there are, and ends with 2.",
  ],
  groups: [{ heading: "Flags", flags: [...hubFlags, depthFlag, jsonFlag] }],
  examples: [["fanwire queue delete thumbnails --depth 0", "It was empty, and is gone."]],
  async run(given) {
    const [name, deleted] = await emptied(
      given,
      "queue delete",
      "job",
      async (manage) => {
        const { ready, delayed, leased, dead, storing, settling } = await manage.stats();
        return ready + delayed + leased + dead + storing + settling;
      },
      (manage, depth) => manage.delete(depth),
    );
    return tell(
      given,
      { queue: name, deleted },
      `${name} is gone, and ${countOf(deleted, "job")}.`,
    );
  },
};

export const list: Command = {
  name: "queue list",
  operands: "[flags]",
  summary: "List the queues, and how much waits in each.",
  description: [
    "Prints a line for each queue that may be managed: its name, tab, how many jobs wait.",
  ],
  groups: flags,
  examples: [["fanwire queue list", "All of them."]],
  async run(given) {
    const [more] = given.positionals;
    if (more !== undefined)
      throw usage(`There is one operand too many: ${JSON.stringify(more)}.`, "queue list");
    const client = await connect(given, process.env);
    try {
      for (const each of await queues(client))
        print(given.has("json") ? jsonOf(each) : `${each.name}\t${shown(each.depth)}`);
      return exit.ok;
    } catch (error) {
      throw failureOf(error);
    } finally {
      await client.close();
    }
  },
};
