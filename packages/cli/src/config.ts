// Where the options of `fanwire serve` come from: flags first, then the environment, then the file, then the defaults of the table.

import { readFileSync } from "node:fs";
import { type HubOptions, type Option, optionFault, optionTable } from "@fanwire/server";
import type { Arguments, Flag } from "./command.ts";
import { exit, Failure, usage } from "./failure.ts";

/** A flag for each option of the hub. */
export const optionFlags: readonly Flag[] = optionTable.map((row) => ({
  name: row.flag.slice(2),
  ...(row.type !== "switch" && { value: placeholderOf(row) }),
  ...(row.type === "list" && { isMany: true as const }),
  sentence: `${row.sentence}${defaultOf(row)}; ${row.env}.`,
}));

function placeholderOf({ type, unit }: Option): string {
  return type === "integer" ? (unit?.toUpperCase() ?? "N") : "TEXT";
}

/** Behind the sentence. Where nothing is the default there is nothing to say. */
function defaultOf(row: Option): string {
  const { default: value, min, max } = row;
  if (typeof value === "boolean" || value === null || Array.isArray(value)) return " Default none";
  const bounds = min === undefined ? "" : ` (${shown(row, min)} to ${shown(row, max)})`;
  return ` Default ${shown(row, value as number | string)}${bounds}`;
}

/** Amounts with thousands apart; a port is a name. */
function shown({ key }: Option, value: number | string | undefined): string {
  return key === "port" ? String(value) : (value?.toLocaleString("en") ?? "");
}

/** Where the value of an option comes from. */
export interface Sourced {
  readonly key: string;
  readonly value: unknown;
  /** A flag, a variable, a file, or "default". */
  readonly source: string;
}

/** The options of the hub. Throws a {@link Failure} that names the flag, variable or file with a value that does not fit. */
export function readOptions(given: Arguments, env: NodeJS.ProcessEnv): HubOptions {
  return readSourced(given, env).options;
}

/** The same, and where each comes from. */
export function readSourced(
  given: Arguments,
  env: NodeJS.ProcessEnv,
): { readonly options: HubOptions; readonly sourced: readonly Sourced[] } {
  const path = given.text("config");
  const options = path === undefined ? {} : readFile(path);
  const inFile = structuredClone(options);
  const sourced = optionTable.map((row): Sourced => {
    const { key } = row;
    const name = row.flag.slice(2);
    const variable = env[row.env];
    if (given.has(name)) {
      const value = flagValue(row, name, given);
      set(options, row, value, row.flag);
      return { key, value, source: row.flag };
    }
    if (variable !== undefined) {
      const value = variableValue(row, variable);
      set(options, row, value, row.env);
      return { key, value, source: row.env };
    }
    const value = valueAt(inFile, key);
    return value === undefined
      ? { key, value: row.default, source: "default" }
      : { key, value, source: path! };
  });
  return { options, sourced };
}

function valueAt(options: Options, key: string): unknown {
  let value: unknown = options;
  for (const name of key.split(".")) value = (value as Options | undefined)?.[name];
  return value;
}

function flagValue(row: Option, name: string, given: Arguments): unknown {
  if (row.type === "switch") return true;
  return row.type === "list" ? given.texts(name) : valueOf(row, given.text(name)!);
}

/** In a variable the entries of a list are apart by commas, and a switch is true or false. */
function variableValue(row: Option, text: string): unknown {
  if (row.type === "switch") return text === "true" || (text === "false" ? false : text);
  return row.type === "list" ? text.split(",").map((entry) => entry.trim()) : valueOf(row, text);
}

function valueOf({ type }: Option, text: string): number | string {
  return type === "integer" && /^\d+$/u.test(text) ? Number(text) : text;
}

type Options = Record<string, unknown>;

function readFile(path: string): Options {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure(exit.usage, `${path} cannot be read: ${(error as Error).message}.`);
  }
  try {
    const options: unknown = JSON.parse(text);
    if (typeof options === "object" && options !== null && !Array.isArray(options))
      return options as Options;
  } catch (error) {
    throw new Failure(
      exit.usage,
      `${path} is not JSON: ${(error as Error).message}.`,
      'It should look like { "port": 7400, "limits": { "payloadBytesMax": 65536 } }.',
    );
  }
  throw new Failure(exit.usage, `${path} must hold a JSON object.`);
}

function set(options: Options, row: Option, value: unknown, source: string): void {
  const fault = optionFault(row, value);
  if (fault !== undefined) throw usage(`${source}: ${fault}`, "serve");
  const names = row.key.split(".");
  const last = names.pop()!;
  let into = options;
  for (const name of names) {
    into[name] = { ...(into[name] as Options | undefined) };
    into = into[name] as Options;
  }
  into[last] = value;
}
