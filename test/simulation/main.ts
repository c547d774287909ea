// `npm run simulate`: worlds as a command.

import { help, parse, type Request, UsageError } from "./options.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** Progress is told so often, in milliseconds. */
const TOLD_MS = 10_000;

try {
  const request = parse(process.argv.slice(2));
  if (request === "help") process.stdout.write(help());
  else process.exitCode = await main(request);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${help()}`);
  process.exitCode = 2;
}

async function main(request: Request): Promise<number> {
  const { seeds, first, bug, asJson, endMs } = request;
  const stopped = new AbortController();
  const timer = endMs < Infinity ? setTimeout(() => stopped.abort(), endMs) : undefined;
  process.once("SIGINT", () => stopped.abort());
  let toldAt = performance.now();
  const outcomes = await simulate(request, stopped.signal, (soFar) => {
    if (asJson || performance.now() - toldAt < TOLD_MS) return;
    toldAt = performance.now();
    print(soFar.map((outcome) => soFarOf(outcome, seeds)).join(", "));
  });
  clearTimeout(timer);
  const isWhole = outcomes.every(({ lived, fault }) => lived === seeds || fault !== null);
  if (asJson) print(JSON.stringify({ first, seeds, bug, isWhole, outcomes }));
  else for (const outcome of outcomes) tell(outcome, bug);
  if (!asJson && !isWhole) print("It was ended before all was lived.");
  return outcomes.some(({ fault }) => fault !== null) ? 1 : 0;
}

function soFarOf({ world, lived, fault }: Outcome, seeds: number): string {
  return `${world} ${lived} of ${seeds}${fault === null ? "" : ` (a fault, seed ${fault.seed})`}`;
}

function tell({ world, lived, figures, fault }: Outcome, bug: string | null): void {
  const counts = Object.entries(figures).map(([name, count]) => `${name} ${count}`);
  print(
    `${world}: ${lived} lives, ${counts.join(", ")}: ${fault === null ? "nothing is wrong" : "a fault"}`,
  );
  if (fault === null) return;
  for (const { kind, sentence } of fault.faults) print(`  ${kind}: ${sentence}`);
  const planted = bug === null ? "" : ` --plant ${bug}`;
  print(
    `  Once more: npm run simulate -- --world ${world} --first ${fault.seed} --seeds 1${planted}`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
