// Lives many seeds of worlds, in as many processes as there are processors.

import { availableParallelism } from "node:os";
import type { Fault } from "@fanwire/testkit";
import type { Request } from "./options.ts";
import { run } from "./run.ts";
import type { Order, Progress } from "./told.ts";

/** Seeds that a process lives: some seconds. */
const CHUNK = 500;

/** What came of a world. */
export interface Outcome {
  readonly world: string;
  lived: number;
  readonly figures: Record<string, number>;
  /** The lowest seed in which a fault was seen, and the first faults of it; null: none. */
  fault: { readonly seed: number; readonly faults: readonly Fault[] } | null;
}

/** Lives what is asked for. Of a world with a fault only what had begun is lived to its end. `signal`: it may end before. */
export async function simulate(
  { worlds, seeds, first, bug }: Pick<Request, "worlds" | "seeds" | "first" | "bug">,
  signal: AbortSignal,
  onProgress: (outcomes: readonly Outcome[]) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes = new Map(
    worlds.map((world): [string, Outcome] => [
      world,
      { world, lived: 0, figures: {}, fault: null },
    ]),
  );
  const orders: Order[] = [];
  // chunk by chunk of all worlds, so that each has its share whenever it ends
  for (let from = 0; from < seeds; from += CHUNK)
    for (const world of worlds)
      orders.push({ world, bug, first: first + from, seeds: Math.min(CHUNK, seeds - from) });
  const work = async (): Promise<void> => {
    for (let order = orders.shift(); order !== undefined; order = orders.shift()) {
      const outcome = outcomes.get(order.world)!;
      if (signal.aborted || outcome.fault !== null) continue;
      add(outcome, await run(order, signal));
      onProgress([...outcomes.values()]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return [...outcomes.values()];
}

function add(outcome: Outcome, { lived, figures, faults, seed }: Progress): void {
  outcome.lived += lived;
  for (const [name, count] of Object.entries(figures))
    outcome.figures[name] = (outcome.figures[name] ?? 0) + count;
  if (faults.length > 0 && seed < (outcome.fault?.seed ?? Infinity))
    outcome.fault = { seed, faults };
}
