// The command line of the simulation: one table of flags, from which the help is made too.

import { parseArgs } from "node:util";
import { bugs } from "./bugs.ts";
import { worlds } from "./worlds.ts";

export interface Request {
  readonly worlds: readonly string[];
  /** Of each world. */
  readonly seeds: number;
  readonly first: number;
  /** The bug that is planted; null: none. */
  readonly bug: string | null;
  /** When to end, in milliseconds; Infinity: when all is done. */
  readonly endMs: number;
  readonly asJson: boolean;
}

/** A command line that cannot be followed: what is wrong and what to do. */
export class UsageError extends Error {}

const flags = {
  seeds: { type: "string", value: "N", says: "Lives of each world. 100000." },
  first: { type: "string", value: "SEED", says: "The first seed; the others follow it. 0." },
  world: { type: "string", value: "NAME", says: "That world alone." },
  minutes: { type: "string", value: "N", says: "End after so long, with what was done by then." },
  plant: { type: "string", value: "BUG", says: "Plant a bug, in the world that must find it." },
  json: { type: "boolean", says: "Print the outcome as JSON, and nothing else." },
  help: { type: "boolean", says: "Say this." },
} as const satisfies Readonly<
  Record<string, { type: "boolean" | "string"; value?: string; says: string }>
>;

/** Reads the arguments; "help" when that was asked for. Throws a {@link UsageError}. */
export function parse(args: readonly string[]): Request | "help" {
  const values = read(args);
  if (values.help === true) return "help";
  const bug = oneOf(values.plant, "plant", bugs);
  const world = oneOf(values.world, "world", worlds)?.name ?? bug?.world;
  return {
    worlds: world === undefined ? worlds.map(({ name }) => name) : [world],
    seeds: whole(values.seeds, "seeds", 100_000, 1),
    first: whole(values.first, "first", 0, 0),
    bug: bug?.name ?? null,
    endMs:
      values.minutes === undefined ? Infinity : whole(values.minutes, "minutes", 0, 1) * 60_000,
    asJson: values.json === true,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function whole(text: string | undefined, name: string, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/u.test(text) || Number(text) < least)
    throw new UsageError(
      `--${name} is a whole number from ${least} on, not ${JSON.stringify(text)}.`,
    );
  return Number(text);
}

function oneOf<T extends { readonly name: string }>(
  text: string | undefined,
  flag: string,
  all: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const found = all.find(({ name }) => name === text);
  if (found !== undefined) return found;
  const names = all.map(({ name }) => name).join(", ");
  throw new UsageError(`--${flag} is one of ${names}, not ${JSON.stringify(text)}.`);
}

export function help(): string {
  const lines = Object.entries(flags).map(([name, flag]) => {
    const left = "value" in flag ? `--${name} ${flag.value}` : `--${name}`;
    return `  ${left.padEnd(16)} ${flag.says}`;
  });
  const list = (all: readonly { readonly name: string; readonly says: string }[]): string[] =>
    all.map(({ name, says }) => `  ${name.padEnd(26)} ${says}`);
  return [
    "npm run simulate -- [flags]",
    "",
    "Lives lives of simulated hubs and stores, a process for each processor, and tells the first fault of each world with",
    "its seed. Ends with 0 when there is none, with 1 when there is one, with 2 when the command line cannot be followed.",
    "",
    ...lines,
    "",
    "Worlds:",
    ...list(worlds),
    "",
    "Bugs:",
    ...list(bugs),
    "",
  ].join("\n");
}
