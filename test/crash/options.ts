// The command line of the loop: one table of flags, from which the help is made too.

import { parseArgs } from "node:util";

export interface Request {
  readonly kills: number;
  readonly diskErrors: number;
  readonly seed: number;
  readonly window: number;
  /** Where the data lies; undefined: in a new directory. */
  readonly directory: string | undefined;
  readonly history: string | undefined;
  readonly check: string | undefined;
  readonly asJson: boolean;
}

/** A command line that cannot be followed: what is wrong and what to do. */
export class UsageError extends Error {}

const flags = {
  kills: { type: "string", value: "N", says: "How often the hub is killed. 100." },
  "disk-errors": {
    type: "string",
    value: "N",
    says: "How often a write of it fails after that, which needs strace. 0.",
  },
  seed: { type: "string", value: "N", says: "What instants and load are drawn from. By chance." },
  window: {
    type: "string",
    value: "N",
    says: "Publications without an answer, of each publisher. 32.",
  },
  dir: { type: "string", value: "DIR", says: "An empty directory for the data, which is kept." },
  history: { type: "string", value: "FILE", says: "Write down all that happens, a line each." },
  check: { type: "string", value: "FILE", says: "Judge what was written down, and run nothing." },
  json: { type: "boolean", says: "Print the outcome as JSON, and nothing else." },
  help: { type: "boolean", says: "Say this." },
} as const satisfies Readonly<
  Record<string, { type: "boolean" | "string"; value?: string; says: string }>
>;

/** Reads the arguments; "help" when that was asked for. Throws a {@link UsageError}. */
export function parse(args: readonly string[]): Request | "help" {
  const values = read(args);
  if (values.help === true) return "help";
  return {
    kills: whole(values.kills, "kills", 100),
    diskErrors: whole(values["disk-errors"], "disk-errors", 0),
    seed: whole(values.seed, "seed", Math.floor(Math.random() * 1_000_000)),
    window: whole(values.window, "window", 32, 1),
    directory: values.dir,
    history: values.history,
    check: values.check,
    asJson: values.json === true,
  };
}

export function help(): string {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const head = `--${name}${"value" in flag ? ` ${flag.value}` : ""}`;
    return `  ${head.padEnd(18)} ${flag.says}`;
  });
  return [
    "npm run crash -- [flags]",
    "",
    "Kills a hub with SIGKILL under load and starts it again, many times, and checks from what its clients saw that it has kept",
    "its promises. Ends with 1 when it has not, and keeps the data then.",
    "",
    ...lines,
    "",
  ].join("\n");
}

type Values = {
  readonly [K in keyof typeof flags]?: (typeof flags)[K]["type"] extends "boolean"
    ? boolean
    : string;
};

function read(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(text: string | undefined, name: string, otherwise: number, min = 0): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/u.test(text) && value >= min && value <= 0xffff_ffff) return value;
  throw new UsageError(`--${name} ${JSON.stringify(text)} is not a whole number from ${min} on.`);
}
