// `npm run crash -- power`

import { whyNoPowerCut } from "./loop-disk.ts";
import type { Request } from "./options.ts";
import { lineOf, print, tellFaults } from "./output.ts";
import { powerCuts } from "./power.ts";
import { impossible, inDirectory } from "./run.ts";

export async function runPower(request: Request): Promise<number> {
  const why = whyNoPowerCut();
  if (why !== undefined) return impossible(why);
  const { cuts, seed, window, asJson } = request;
  return inDirectory(request, `--cuts ${cuts} --window ${window}`, async ({ directory, say }) => {
    const outcome = await powerCuts({
      cuts,
      seed,
      window,
      directory,
      onCut: (count, figures) => say(`${count} of ${cuts}: ${lineOf(figures)}`),
    });
    const { faults, found, figures, restartMs, cutWhileStarting } = outcome;
    if (asJson) print(JSON.stringify({ seed, ...outcome }));
    else {
      tellFaults(faults, found);
      print(lineOf(figures));
      print(`${cutWhileStarting} cuts came before the hub listened.`);
      print(`It listened ${restartMs.median} ms after its start, ${restartMs.max} ms at most.`);
    }
    return faults.length === 0;
  });
}
