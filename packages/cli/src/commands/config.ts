import {
  createHub,
  type HubOptions,
  resolveQueues,
  resolveTopics,
  type TopicOptions,
} from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { optionFlags, readSourced, type Sourced } from "../config.ts";
import { exit, Failure, usage } from "../failure.ts";
import { print } from "../output.ts";

export const config: Command = {
  name: "config",
  operands: "print [--config FILE] [flags of serve]",
  summary: "Print what a hub would be told, and by whom.",
  description: [
    "Takes the flags of serve and prints every option with its value and where it comes from: a flag, the environment, the file, or the default. Then the rules for topics, in the order in which they are asked, and the queues that are there from the start, with the defaults that they take.",
    "It checks them as serve does, and ends with 2 and a sentence when something does not fit.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        {
          name: "config",
          value: "FILE",
          short: "c",
          sentence: "The JSON file with options that serve would read.",
        },
        {
          name: "set",
          sentence: "Only what is not a default; rules and queues as they are given.",
        },
        { name: "json", sentence: "Print JSON." },
      ],
    },
    { heading: "Options of the hub (each with its environment variable)", flags: optionFlags },
  ],
  examples: [
    ["fanwire config print --config hub.json", "What this file makes of a hub."],
    ["fanwire config print --set", "What the environment sets."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const [verb, ...rest] = given.positionals;
  if (verb !== "print" || rest.length > 0) throw usage("config needs print.", "config");
  const { options, sourced } = readSourced(given, process.env);
  await check(options);
  const shown = sourced.filter(({ source }) => !given.has("set") || source !== "default");
  const lists = given.has("set") ? givenLists(options) : wholeLists(options);
  if (given.has("json")) print(JSON.stringify({ options: shown.map(withoutKeys), ...lists }));
  else for (const line of [...table(shown), ...told(lists)]) print(line);
  return exit.ok;
}

/** A hub that is not started checks everything that is no matter of the machine. */
async function check(options: object): Promise<void> {
  try {
    await createHub({ ...options, logger: { info() {}, warn() {}, error() {} } }).close(0);
  } catch (error) {
    throw error instanceof TypeError ? new Failure(exit.usage, error.message) : error;
  }
}

function table(options: readonly Sourced[]): string[] {
  const rows = options.map(({ key, value, source }) => [key, shownValue(value), source] as const);
  const width = (column: 0 | 1): number => Math.max(0, ...rows.map((row) => row[column].length));
  return rows.map(
    ([key, value, source]) =>
      `${key.padEnd(width(0))}  ${value.padEnd(Math.min(width(1), 40))}  ${source}`,
  );
}

/** A key that stands in the file is a secret, perhaps. */
function withoutKeys({ key, value, source }: Sourced): Sourced {
  const isKeys = key === "auth.keys" && Array.isArray(value);
  return { key, value: isKeys ? value.map((entry) => shownValue([entry])) : value, source };
}

/** Keys may be given in the file itself; they are told by their kind. */
function shownValue(value: unknown): string {
  if (value === null) return "–";
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  return value.length === 0
    ? "–"
    : value.map((entry) => (typeof entry === "string" ? entry : "(a key)")).join(", ");
}

/** What the configuration says of topics and queues. */
interface Lists {
  readonly topics: readonly TopicOptions[];
  readonly queues: readonly object[];
}

function givenLists({ topics = [], queues = [] }: HubOptions): Lists {
  return { topics, queues };
}

/** With what they take where they say nothing. */
function wholeLists(options: HubOptions): Lists {
  const { topics, queues } = givenLists(options);
  const settings = resolveQueues(queues, options.data !== undefined);
  return {
    topics: resolveTopics(topics).map((rule) =>
      Object.assign({}, rule, { history: rule.history ?? false }),
    ),
    queues: [...settings].map(([name, set]) => Object.assign({ name }, set)),
  };
}

function told({ topics, queues }: Lists): string[] {
  return [
    ...(topics.length === 0
      ? ["topics: no rules; nothing is kept"]
      : ["topics, the first rule that matches:"]),
    ...topics.map((rule) => `  ${JSON.stringify(rule)}`),
    ...(queues.length === 0 ? [] : ["queues, from the start:"]),
    ...queues.map((queue) => `  ${JSON.stringify(queue)}`),
  ];
}
