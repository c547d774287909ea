import type { Declared, QueueConfiguration } from "@fanwire/client/queue";
import type { Arguments, Command, Flag } from "../../command.ts";
import { millisecondsOf } from "../../duration.ts";
import { exit, usage } from "../../failure.ts";
import { jsonOf, note, print } from "../../output.ts";
import { hubFlags, jsonFlag, numberOf, operandsOf, withQueue } from "./words.ts";

const NAME = "queue declare";

/** A flag that sets one thing of a queue. */
interface Setting extends Flag {
  readonly key: keyof QueueConfiguration;
  readonly kind: "time" | "count" | "text";
  /** The word for nothing. */
  readonly none?: string;
}

const settings: readonly Setting[] = [
  {
    name: "lease",
    key: "leaseMs",
    kind: "time",
    value: "TIME",
    sentence: "How long a worker that is not heard of keeps a job. Default 30s (1s to 12h).",
  },
  {
    name: "resume",
    key: "resumeMs",
    kind: "time",
    value: "TIME",
    sentence: "How long the jobs of a lost connection wait for its return. Default 30s.",
  },
  {
    name: "max-processing",
    key: "maxProcessingMs",
    kind: "time",
    none: "none",
    value: "TIME",
    sentence: "The longest that a worker may take for a job. Default none.",
  },
  {
    name: "max-failures",
    key: "maxFailures",
    kind: "count",
    value: "N",
    sentence: "The failure that makes a dead letter; 0: none does. Default 5.",
  },
  {
    name: "backoff",
    key: "backoffMs",
    kind: "time",
    value: "TIME",
    sentence: "How long a job waits after its first failure. Default 1s.",
  },
  {
    name: "backoff-factor",
    key: "backoffFactor",
    kind: "count",
    value: "N",
    sentence: "By how much longer after each further one. Default 2.",
  },
  {
    name: "backoff-max",
    key: "backoffMaxMs",
    kind: "time",
    value: "TIME",
    sentence: "The longest of these waits. Default 5m.",
  },
  {
    name: "aging",
    key: "agingMs",
    kind: "time",
    none: "strict",
    value: "TIME",
    sentence:
      "A priority more goes before jobs that were sent that much earlier; 0: priorities do nothing; strict: they are all. Default 30s.",
  },
  {
    name: "group-concurrency",
    key: "groupConcurrency",
    kind: "count",
    none: "none",
    value: "N",
    sentence: "Jobs of a group at a time; 1 keeps their order. Default none.",
  },
  {
    name: "concurrency",
    key: "concurrency",
    kind: "count",
    none: "none",
    value: "N",
    sentence: "Jobs at a time, of all workers. Default none.",
  },
  {
    name: "rate",
    key: "ratePerSecond",
    kind: "count",
    none: "none",
    value: "N",
    sentence: "Jobs given out a second, to all workers. Default none.",
  },
  {
    name: "jobs-max",
    key: "jobsMax",
    kind: "count",
    value: "N",
    sentence: "How many jobs it holds. Default 100,000.",
  },
  {
    name: "bytes-max",
    key: "bytesMax",
    kind: "count",
    value: "BYTES",
    sentence: "How many bytes they may take. Default 1 GiB.",
  },
  {
    name: "overflow",
    key: "overflow",
    kind: "text",
    value: "WHAT",
    sentence: "What becomes of one job more: refuse (default), drop-oldest or drop-lowest.",
  },
  {
    name: "ttl",
    key: "ttlMs",
    kind: "time",
    none: "none",
    value: "TIME",
    sentence: "How long a job may wait. Default none: for ever.",
  },
  {
    name: "dedupe",
    key: "dedupeMs",
    kind: "time",
    value: "TIME",
    sentence: "How long ids of jobs are remembered. Default 2m.",
  },
  {
    name: "dead-letter",
    key: "deadLetter",
    kind: "text",
    none: "none",
    value: "QUEUE",
    sentence: "Where dead letters go; none: they stay. Default its name with ~dead behind it.",
  },
];

export const declare: Command = {
  name: NAME,
  operands: "<queue> [flags]",
  summary: "Make a queue, or change one.",
  description: [
    "Makes a queue; one that is there as declared stays as it is. If it is otherwise, the command says how and ends with 1, and with --alter the queue is changed. What is not said is the default, or stays.",
    "Jobs of a queue are on the hub's disk, unless it is declared with --memory.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        { name: "alter", sentence: "Change what is otherwise." },
        { name: "memory", sentence: "Jobs are gone with the hub. Cannot be changed." },
        { name: "single-active", sentence: "One worker alone is served; others stand by." },
        jsonFlag,
      ],
    },
    { heading: "Settings", flags: settings },
  ],
  examples: [
    ["fanwire queue declare thumbnails", "A queue with what is usual."],
    [
      "fanwire queue declare mails --rate 10 --max-failures 8 --alter",
      "Ten a second, and eight tries.",
    ],
    ["fanwire queue declare orders --group-concurrency 1", "The jobs of a group keep their order."],
  ],
  async run(given) {
    const [name] = operandsOf(given, NAME);
    const configuration = readConfiguration(given);
    const declared = await withQueue(given, name!, NAME, ({ manage }) =>
      manage.declare(configuration, { alter: given.has("alter") }),
    );
    if (given.has("json")) print(jsonOf({ queue: name, ...declared }));
    else note(`${name} is declared${told(declared)}.`);
    return exit.ok;
  },
};

function readConfiguration(given: Arguments): QueueConfiguration {
  const set: Record<string, unknown> = {};
  for (const setting of settings)
    if (given.has(setting.name)) set[setting.key] = valueOf(given, setting);
  if (given.has("memory")) set["durable"] = false;
  if (given.has("single-active")) set["singleActive"] = true;
  return set;
}

function valueOf(given: Arguments, { name, kind, none }: Setting): unknown {
  const text = given.text(name)!;
  if (text === none) return none === "strict" ? Infinity : null;
  if (kind === "text") {
    if (text === "") throw usage(`--${name} needs a value.`, NAME);
    return text;
  }
  return kind === "time" ? millisecondsOf(text, `--${name}`, NAME) : numberOf(given, name, NAME);
}

function told({ changed, settings: now }: Declared): string {
  const all = Object.entries(changed).map(
    ([key, was]) => `${key} is ${jsonOf(now[key])}, and was ${jsonOf(was)}`,
  );
  return all.length === 0 ? "" : `: ${all.join("; ")}`;
}
