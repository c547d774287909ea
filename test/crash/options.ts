// The command line: a table of commands with their flags, from which the help is made too.

import { parseArgs } from "node:util";

export type CommandName = "loop" | "syscalls" | "power" | "rot";

/** What was asked for. Flags that a command does not have are at their defaults. */
export interface Request {
  readonly command: CommandName;
  readonly kills: number;
  readonly diskErrors: number;
  readonly seed: number;
  readonly window: number;
  /** Cases at a time. */
  readonly jobs: number;
  /** Names of system calls; undefined: all. */
  readonly call: string | undefined;
  readonly cuts: number;
  readonly flips: number;
  readonly mebibytes: number;
  /** Where the data lies; undefined: in a new directory. */
  readonly directory: string | undefined;
  readonly history: string | undefined;
  readonly check: string | undefined;
  readonly asJson: boolean;
}

/** A command line that cannot be followed: what is wrong and what to do. */
export class UsageError extends Error {}

interface Flag {
  readonly type: "boolean" | "string";
  readonly value?: string;
  readonly says: string;
}

const seed = { type: "string", value: "N", says: "What is drawn by chance. By chance." } as const;
const window = {
  type: "string",
  value: "N",
  says: "Publications without an answer, of each publisher. 32.",
} as const;

const common = {
  seed,
  dir: { type: "string", value: "DIR", says: "An empty directory for the data, which is kept." },
  json: { type: "boolean", says: "Print the outcome as JSON, and nothing else." },
  help: { type: "boolean", says: "Say this." },
} as const;

const commands = {
  loop: {
    says: "Kills a hub under load, at any time and at chosen points of its store, and starts it again.",
    flags: {
      kills: { type: "string", value: "N", says: "How often it is killed. 100." },
      "disk-errors": {
        type: "string",
        value: "N",
        says: "How often a write of it fails after that. 0.",
      },
      window,
      history: { type: "string", value: "FILE", says: "Write down all that happens, a line each." },
      check: {
        type: "string",
        value: "FILE",
        says: "Judge what was written down, and run nothing.",
      },
    },
  },
  syscalls: {
    says: "Lets the first system call of each kind fail, then the second, until there are no more. Needs strace.",
    flags: {
      call: { type: "string", value: "NAME", says: "Of this kind alone, as in fdatasync." },
      jobs: { type: "string", value: "N", says: "Cases at a time. 1." },
    },
  },
  power: {
    says: "Cuts the power of the disk under a hub with load. Needs root, loop devices and ext4.",
    flags: { cuts: { type: "string", value: "N", says: "How often. 50." }, window },
  },
  rot: {
    says: "Changes one bit at a time of a large store, and opens it.",
    flags: {
      flips: { type: "string", value: "N", says: "How often. 200." },
      mebibytes: { type: "string", value: "N", says: "Publications in the store. 64." },
    },
  },
} as const satisfies Readonly<
  Record<CommandName, { says: string; flags: Readonly<Record<string, Flag>> }>
>;

/** Reads the arguments; "help" when that was asked for. Throws a {@link UsageError}. */
export function parse(args: readonly string[]): Request | "help" {
  const [first = "loop"] = args;
  const isNamed = !first.startsWith("-");
  const command = isNamed ? first : "loop";
  if (!isCommand(command))
    throw new UsageError(
      `There is no command ${JSON.stringify(command)}. There are ${Object.keys(commands).join(", ")}.`,
    );
  const values = read(isNamed ? args.slice(1) : args, { ...common, ...commands[command].flags });
  if (values["help"] === true) return "help";
  const whole = (name: string, otherwise: number, min = 0): number =>
    wholeOf(values[name], name, otherwise, min);
  const text = (name: string): string | undefined => values[name] as string | undefined;
  return {
    command,
    kills: whole("kills", 100),
    diskErrors: whole("disk-errors", 0),
    seed: whole("seed", Math.floor(Math.random() * 1_000_000)),
    window: whole("window", 32, 1),
    jobs: whole("jobs", 1, 1),
    call: text("call"),
    cuts: whole("cuts", 50),
    flips: whole("flips", 200),
    mebibytes: whole("mebibytes", 64, 1),
    directory: text("dir"),
    history: text("history"),
    check: text("check"),
    asJson: values["json"] === true,
  };
}

export function help(): string {
  return [
    "npm run crash -- [command] [flags]",
    "",
    "Ends a hub in every way in which a machine can, starts it again, and checks from what its clients saw that it has kept its",
    "promises. Ends with 1 when it has not, and keeps the data then; with 2 when the command is not understood, or this machine",
    "cannot do it. Without a command: loop.",
    ...Object.entries(commands).flatMap(([name, { says, flags }]) =>
      ["", `${name}: ${says}`].concat(linesOf(flags)),
    ),
    "",
    "All of them:",
    ...linesOf(common),
    "",
  ].join("\n");
}

function linesOf(flags: Readonly<Record<string, Flag>>): string[] {
  return Object.entries(flags).map(([name, { value, says }]) => {
    const head = `--${name}${value === undefined ? "" : ` ${value}`}`;
    return `  ${head.padEnd(18)} ${says}`;
  });
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function read(
  args: readonly string[],
  flags: Readonly<Record<string, Flag>>,
): Readonly<Record<string, string | boolean | undefined>> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type }]) => [name, { type }]),
  );
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeOf(
  text: string | boolean | undefined,
  name: string,
  otherwise: number,
  min: number,
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/u.test(String(text)) && value >= min && value <= 0xffff_ffff) return value;
  throw new UsageError(`--${name} ${JSON.stringify(text)} is not a whole number from ${min} on.`);
}
