// `npm run crash -- rot`

import type { Request } from "./options.ts";
import { nameAll, print } from "./output.ts";
import { rot, type RotOutcome } from "./rot.ts";
import { inDirectory } from "./run.ts";

/** Progress is told so often, in flips. */
const TOLD_EVERY = 10;

export async function runRot(request: Request): Promise<number> {
  const { flips, mebibytes, seed, asJson } = request;
  const flags = `--flips ${flips} --mebibytes ${mebibytes}`;
  return inDirectory(request, flags, async ({ directory, say }) => {
    const outcome = await rot({
      flips,
      bytes: mebibytes * 1_048_576,
      seed,
      directory,
      onMade: (bytes) => say(`two stores of ${Math.round(bytes / 1_048_576)} MiB are made`),
      onFlip: (count, sofar) => {
        if (count % TOLD_EVERY === 0) say(`${count} of ${flips}: ${lineOf(sofar)}`);
      },
    });
    if (asJson) print(JSON.stringify({ seed, ...outcome }));
    else {
      for (const sentence of outcome.wrong) print(`WRONG: ${sentence}`);
      print(`${flips} bits changed: ${lineOf(outcome)}.`);
    }
    return outcome.wrong.length === 0;
  });
}

function lineOf({ refused, harmless, torn, wrong }: RotOutcome): string {
  const refusals = Object.entries(refused).map(([code, count]) => [`refused as ${code}`, count]);
  return nameAll({
    ...(Object.fromEntries(refusals) as Record<string, number>),
    harmless,
    "taken for a torn tail": torn,
    wrong: wrong.length,
  });
}
