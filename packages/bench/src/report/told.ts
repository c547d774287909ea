import type { Request } from "../cli.ts";
import type { Machine } from "../machine.ts";
import type { Findings } from "../run.ts";
import type { Verdict } from "../verdict.ts";

/** All that a report tells. */
export interface Told extends Findings {
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  readonly request: Request;
  readonly verdicts: readonly Verdict[];
}
