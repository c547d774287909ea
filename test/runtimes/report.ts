// What runs of the suite tell, as a table.

import type { Outcome } from "./case.ts";
import type { RuntimeName } from "./run.ts";

/** What became of the suite in one runtime. */
export interface Told {
  readonly runtime: RuntimeName;
  /** Undefined: it did not come to its end. */
  readonly version?: string;
  readonly outcomes: readonly Outcome[];
  /** Why the run itself failed. */
  readonly error?: string;
}

/** Everything was run, and passed. `count`: of the cases. */
export function isWhole({ outcomes, error }: Told, count: number): boolean {
  return error === undefined && outcomes.length === count && outcomes.every((one) => !one.error);
}

/** A row for each case, a column for each runtime; then what went wrong, in sentences. */
export function tableOf(all: readonly Told[], names: readonly string[]): string {
  const heads = all.map(({ runtime, version = "" }) => `${runtime} ${version}`.trim());
  const left = Math.max(...names.map(({ length }) => length));
  const rows = names.map((name) => [
    name.padEnd(left),
    ...all.map((told, i) => cellOf(told, name).padEnd(heads[i]!.length)),
  ]);
  const faults = all.flatMap(({ runtime, outcomes, error }) => [
    ...(error === undefined ? [] : [`${runtime}: ${error}`]),
    ...outcomes.flatMap((one) => (one.error ? [`${runtime}, ${one.name}: ${one.error}`] : [])),
  ]);
  return [["".padEnd(left), ...heads], ...rows]
    .map((row) => row.join("  ").trimEnd())
    .concat(faults.length > 0 ? ["", ...faults] : [])
    .join("\n");
}

function cellOf({ outcomes }: Told, name: string): string {
  const outcome = outcomes.find((one) => one.name === name);
  if (!outcome) return "–";
  return outcome.error === undefined ? `${outcome.ms} ms` : "FAILED";
}
