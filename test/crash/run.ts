// What the commands have in common: where their data lies, and how they end.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Request } from "./options.ts";
import { print } from "./output.ts";

/** Exit codes. */
export const exit = { good: 0, wrong: 1, impossible: 2 } as const;

export interface Run {
  readonly directory: string;
  /** Tells progress; nothing when the outcome alone is printed, as JSON. */
  readonly say: (line: string) => void;
}

/** Does something with a directory of its own, which is kept when it was named, or when something is wrong. `flags`: to run it once more. */
export async function inDirectory(
  { command, directory: named, seed, asJson }: Request,
  flags: string,
  task: (run: Run) => Promise<boolean>,
): Promise<number> {
  const directory = named ?? mkdtempSync(join(tmpdir(), `fanwire-${command}-`));
  mkdirSync(directory, { recursive: true });
  const say = asJson ? () => {} : print;
  say(`${command}: seed ${seed}, data in ${directory}`);
  const isGood = await task({ directory, say });
  if (!isGood)
    say(
      `Data, last events and faults are kept in ${directory}.\nOnce more: ${again(command, flags, seed)}`,
    );
  if (isGood && named === undefined) rmSync(directory, { recursive: true });
  return isGood ? exit.good : exit.wrong;
}

function again(command: string, flags: string, seed: number): string {
  return `npm run crash -- ${command} ${flags} --seed ${seed}`;
}

/** This machine cannot do it: says why. */
export function impossible(why: string): number {
  process.stderr.write(`This machine cannot do it: ${why}.\n`);
  return exit.impossible;
}
