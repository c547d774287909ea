// A command of `fanwire`: what it is called, what its help says, what it does.

import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { usage } from "./failure.ts";

/** A flag of a command. */
export interface Flag {
  readonly name: string;
  /** What stands behind the name in the help; left out: the flag is a switch. */
  readonly value?: string;
  readonly short?: string;
  /** It may be given several times. */
  readonly isMany?: true;
  readonly sentence: string;
}

/** Flags in the help under a heading. */
interface FlagGroup {
  readonly heading: string;
  readonly flags: readonly Flag[];
}

/** What the command line says. */
export interface Arguments {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  has(name: string): boolean;
}

export interface Command {
  readonly name: string;
  /** What stands behind the name in the help. */
  readonly operands: string;
  /** One line. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly groups: readonly FlagGroup[];
  /** Lines that can be typed as they stand, each with what it does. */
  readonly examples: readonly (readonly [line: string, sentence: string])[];
  /** Resolves with the exit code. */
  run(given: Arguments): Promise<number>;
  /** What can be said in the place of the first operand, each a command of its own. */
  readonly verbs?: readonly Command[];
}

/** Reads a command line. Throws a {@link Failure} for what the command does not have. */
export function readArguments(command: Command, argv: readonly string[]): Arguments {
  const options: ParseArgsOptionsConfig = { help: { type: "boolean", short: "h" } };
  for (const { flags } of command.groups)
    for (const { name, value, short, isMany } of flags)
      options[name] = {
        type: value === undefined ? "boolean" : "string",
        ...(short !== undefined && { short }),
        ...(isMany !== undefined && { multiple: true }),
      };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return {
      positionals,
      text: (name) => values[name] as string | undefined,
      texts: (name) => (values[name] as string[] | undefined) ?? [],
      has: (name) => values[name] !== undefined,
    };
  } catch (error) {
    throw usage(sentenceOf(error as Error), command.name);
  }
}

/** The first sentence of what `parseArgs` says, in the words of the rest. */
function sentenceOf({ message }: Error): string {
  const [, unknown] = /^Unknown option '([^']*)'/u.exec(message) ?? [];
  if (unknown !== undefined) return `There is no flag ${unknown}.`;
  const [, needs] =
    /^Option '(?:-\w, )?([^' ]*)[^']*' argument (?:missing|is ambiguous)/u.exec(message) ?? [];
  if (needs !== undefined) return `${needs} needs a value.`;
  const [, takesNone] =
    /^Option '(?:-\w, )?([^']*)' does not take an argument/u.exec(message) ?? [];
  if (takesNone !== undefined) return `${takesNone} takes no value.`;
  return `${message.split(/[.\n]/u)[0]}.`;
}
