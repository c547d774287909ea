import { passed } from "../in-turn.ts";
import type { Lab } from "../lab.ts";
import type { Sample } from "../peers/sample.ts";

/** After this long the server has tidied up what connecting left, in milliseconds. */
const SETTLE_MS = 1500;

/** What the server takes once it is idle, after forced collections. */
export async function settled(lab: Lab): Promise<Sample> {
  await passed(SETTLE_MS);
  await lab.collect();
  return lab.collect();
}
