// `npm run crash`: the loop as a command.

import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Checker, type Fault, type Figures } from "./checker.ts";
import type { Event } from "./history.ts";
import { crashLoop, promises } from "./loop.ts";
import { help, parse, type Request, UsageError } from "./options.ts";

/** Progress is told so often, in kills. */
const TOLD_EVERY = 10;

try {
  const request = parse(process.argv.slice(2));
  if (request === "help") process.stdout.write(help());
  else process.exitCode = await (request.check === undefined ? run(request) : check(request));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${help()}`);
  process.exitCode = 2;
}

async function run(request: Request): Promise<number> {
  const { kills, diskErrors, seed, window, asJson } = request;
  const say = asJson ? () => {} : print;
  const directory = request.directory ?? mkdtempSync(join(tmpdir(), "fanwire-crash-"));
  mkdirSync(directory, { recursive: true });
  say(`seed ${seed}, ${kills} kills, data in ${directory}`);
  const file = request.history === undefined ? undefined : createWriteStream(request.history);
  const outcome = await crashLoop({
    kills,
    diskErrors,
    seed,
    window,
    directory,
    onKill: (count, figures) => {
      if (count % TOLD_EVERY === 0) say(`${count} of ${kills}: ${lineOf(figures)}`);
    },
    onDiskError: (count) => say(`disk error ${count} of ${diskErrors}`),
    ...(file && { recorder: { add: (event) => file.write(`${JSON.stringify(event)}\n`) } }),
  });
  file?.end();
  const isGood = outcome.faults.length === 0;
  const again = `npm run crash -- --kills ${kills} --disk-errors ${diskErrors} --window ${window} --seed ${seed}`;
  if (asJson) print(JSON.stringify({ seed, kept: isGood ? null : directory, again, ...outcome }));
  else {
    tell(outcome.faults, outcome.found);
    print(lineOf(outcome.figures));
    const { median, max } = outcome.restartMs;
    print(`The hub listened ${median} ms after its start, ${max} ms at most.`);
    if (!isGood)
      print(`Data, last events and faults are kept in ${directory}.\nOnce more: ${again}`);
  }
  if (isGood && request.directory === undefined) rmSync(directory, { recursive: true });
  return isGood ? 0 : 1;
}

async function check({ check: file, asJson }: Request): Promise<number> {
  const checker = new Checker(promises);
  for await (const line of createInterface({ input: createReadStream(file!) }))
    checker.add(JSON.parse(line) as Event);
  checker.finish();
  const { figures, faults } = checker;
  const found = Object.fromEntries(checker.found);
  if (asJson) print(JSON.stringify({ figures, faults, found }));
  else {
    tell(faults, found);
    print(lineOf(figures));
  }
  return faults.length === 0 ? 0 : 1;
}

function tell(faults: readonly Fault[], found: Readonly<Record<string, number>>): void {
  for (const { kind, sentence } of faults) print(`${kind}: ${sentence}`);
  print(
    faults.length === 0 ? "Nothing is wrong." : `What is wrong, and how often: ${nameAll(found)}.`,
  );
}

function lineOf(figures: Figures): string {
  return nameAll({ ...figures });
}

function nameAll(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
