// `npm run crash -- loop`

import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { Checker } from "./checker.ts";
import type { Event } from "./history.ts";
import { crashLoop, type LoopSettings, promises } from "./loop.ts";
import type { Request } from "./options.ts";
import { lineOf, nameAll, print, tellFaults } from "./output.ts";
import { exit, impossible, inDirectory } from "./run.ts";
import { provideStrace } from "./strace.ts";

/** Progress is told so often, in kills. */
const TOLD_EVERY = 10;

export async function runLoop(request: Request): Promise<number> {
  if (request.check !== undefined) return check(request.check, request.asJson);
  const { kills, diskErrors, seed, window, asJson, history } = request;
  const why = provideStrace((line) => process.stderr.write(`${line}\n`));
  if (why !== undefined && diskErrors > 0) return impossible(why);
  if (why !== undefined)
    process.stderr.write(
      `NOT DONE: it is killed at any time, and at no chosen points, as ${why}.\n`,
    );
  const flags = `--kills ${kills} --disk-errors ${diskErrors} --window ${window}`;
  return inDirectory(request, flags, async ({ directory, say }) => {
    const file = history === undefined ? undefined : createWriteStream(history);
    const settings: LoopSettings = {
      kills,
      hasPoints: why === undefined,
      diskErrors,
      seed,
      window,
      directory,
      onKill: (count, figures) => {
        if (count % TOLD_EVERY === 0) say(`${count} of ${kills}: ${lineOf(figures)}`);
      },
      onDiskError: (count) => say(`disk error ${count} of ${diskErrors}`),
      ...(file && { recorder: { add: (event) => file.write(`${JSON.stringify(event)}\n`) } }),
    };
    const outcome = await crashLoop(settings);
    file?.end();
    if (asJson) print(JSON.stringify({ seed, ...outcome }));
    else {
      tellFaults(outcome.faults, outcome.found);
      print(lineOf(outcome.figures));
      for (const [point, count] of Object.entries(outcome.killedAt))
        print(`${String(count).padStart(5)} killed ${point}`);
      print(`${String(outcome.killedWhileStarting).padStart(5)} killed before it listened`);
      print(`Refusals, by their code: ${nameAll(outcome.refusals) || "none"}.`);
      const { median, max } = outcome.restartMs;
      print(`The hub listened ${median} ms after its start, ${max} ms at most.`);
    }
    return outcome.faults.length === 0;
  });
}

async function check(path: string, asJson: boolean): Promise<number> {
  const checker = new Checker(promises);
  for await (const line of createInterface({ input: createReadStream(path) }))
    checker.add(JSON.parse(line) as Event);
  checker.finish();
  const { figures, faults } = checker;
  const found = Object.fromEntries(checker.found);
  if (asJson) print(JSON.stringify({ figures, faults, found }));
  else {
    tellFaults(faults, found);
    print(lineOf(figures));
  }
  return faults.length === 0 ? exit.good : exit.wrong;
}
