// Where the options of `fanwire serve` come from: flags first, then the environment, then the file, then the defaults of the table.

import { readFileSync } from "node:fs";
import { type HubOptions, type Option, optionFault, optionTable } from "@fanwire/server";
import type { Arguments, Flag } from "./command.ts";
import { exit, Failure, usage } from "./failure.ts";

/** A flag for each option of the hub. */
export const optionFlags: readonly Flag[] = optionTable.map((row) => ({
  name: row.flag.slice(2),
  value: row.type === "text" ? "TEXT" : (row.unit?.toUpperCase() ?? "N"),
  sentence: `${row.sentence} Default ${shown(row, row.default)}${boundsOf(row)}; ${row.env}.`,
}));

function boundsOf(row: Option): string {
  const { min, max } = row;
  return min === undefined ? "" : ` (${shown(row, min)} to ${shown(row, max)})`;
}

/** Amounts with thousands apart; a port is a name. */
function shown({ key }: Option, value: number | string | undefined): string {
  return key === "port" ? String(value) : (value?.toLocaleString("en") ?? "");
}

/** The options of the hub. Throws a {@link Failure} that names the flag, variable or file with a value that does not fit. */
export function readOptions(given: Arguments, env: NodeJS.ProcessEnv): HubOptions {
  const path = given.text("config");
  const options = path === undefined ? {} : readFile(path);
  for (const row of optionTable) {
    const flag = given.text(row.flag.slice(2));
    const variable = env[row.env];
    if (flag !== undefined) set(options, row, flag, row.flag);
    else if (variable !== undefined) set(options, row, variable, row.env);
  }
  return options;
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

function set(options: Options, row: Option, text: string, source: string): void {
  const value = row.type === "integer" && /^\d+$/u.test(text) ? Number(text) : text;
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
