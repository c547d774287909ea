// The command line: a table of flags, from which the help is made too.

import { parseArgs } from "node:util";
import { type RuntimeName, runtimeNames } from "./run.ts";
import { fetched } from "./versions.ts";

export interface Request {
  readonly runtimes: readonly RuntimeName[];
  readonly asJson: boolean;
}

/** A command line that cannot be followed: what is wrong and what to do. */
export class UsageError extends Error {}

const flags = {
  runtime: {
    type: "string",
    multiple: true,
    value: "NAME",
    says: "In that one alone; may be given several times.",
  },
  json: { type: "boolean", says: "Print the outcome as JSON, and nothing else." },
  help: { type: "boolean", says: "Say this." },
} as const satisfies Readonly<
  Record<string, { type: "boolean" | "string"; multiple?: boolean; value?: string; says: string }>
>;

/** Reads the arguments; "help" when that was asked for. Throws a {@link UsageError}. */
export function parse(args: readonly string[]): Request | "help" {
  const { help: isHelp, runtime = [...runtimeNames], json } = read(args);
  if (isHelp === true) return "help";
  const strange = runtime.find((name) => !isRuntime(name));
  if (strange !== undefined)
    throw new UsageError(
      `--runtime is one of ${runtimeNames.join(", ")}, not ${JSON.stringify(strange)}.`,
    );
  return { runtimes: [...new Set(runtime.filter(isRuntime))], asJson: json === true };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function isRuntime(name: string): name is RuntimeName {
  return (runtimeNames as readonly string[]).includes(name);
}

export function help(): string {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const left = "value" in flag ? `--${name} ${flag.value}` : `--${name}`;
    return `  ${left.padEnd(16)} ${flag.says}`;
  });
  const versions = Object.entries(fetched).map(([name, { version }]) => `${name} ${version}`);
  return [
    "npm run test:runtimes -- [flags]",
    "",
    `Runs one suite against one real hub in ${runtimeNames.join(", ")}. What is not there is`,
    `fetched from npm at first (${versions.join(", ")}) into node_modules/.cache. Ends`,
    "with 0 when all passed, with 1 when something failed or a runtime is not to be had, with 2 when the command line cannot be followed.",
    "",
    ...lines,
    "",
  ].join("\n");
}
