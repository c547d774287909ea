// `npm run crash -- syscalls`

import { type Request, UsageError } from "./options.ts";
import { print, printTable } from "./output.ts";
import { impossible, inDirectory } from "./run.ts";
import { provideStrace } from "./strace.ts";
import type { CaseOutcome, Ending, Target } from "./syscall-case.ts";
import { allTargets, type Row, syscalls } from "./syscalls.ts";

const ENDINGS: readonly Ending[] = ["not started", "killed", "failed", "read-only", "went on"];

/** Progress is told so often, in cases. */
const TOLD_EVERY = 20;

export async function runSyscalls(request: Request): Promise<number> {
  const { call, jobs, seed, asJson } = request;
  const targets = allTargets.filter((target) => call === undefined || target.call === call);
  if (targets.length === 0) throw new UsageError(`No case is about --call ${call}.`);
  const why = provideStrace((line) => process.stderr.write(`${line}\n`));
  if (why !== undefined) return impossible(why);
  const flags = call === undefined ? "" : `--call ${call}`;
  return inDirectory(request, flags, async ({ directory, say }) => {
    let cases = 0;
    const { rows, wrong } = await syscalls({
      directory,
      targets,
      jobs,
      seed,
      onCase: (outcome) => {
        cases++;
        if (outcome.faults.length > 0) tell(outcome, say);
        else if (cases % TOLD_EVERY === 0) say(`${cases} cases, ${nameOf(outcome)}`);
      },
    });
    if (asJson) print(JSON.stringify({ seed, rows, wrong }));
    else table(rows, wrong);
    return wrong.length === 0;
  });
}

function tell(outcome: CaseOutcome, say: (line: string) => void): void {
  say(`WRONG, ${nameOf(outcome)}: the data is kept in ${outcome.kept}`);
  for (const { kind, sentence } of outcome.faults) say(`  ${kind}: ${sentence}`);
}

function nameOf({ target, when, ending }: CaseOutcome): string {
  return `${title(target)} at call ${when}: ${ending}`;
}

function title({ found, call, injected, isLasting }: Target): string {
  return `${found} found, ${call} ${injected}${isLasting ? " from then on" : ""}`;
}

function table(rows: readonly Row[], wrong: readonly CaseOutcome[]): void {
  const head = ["found", "call", "fault", "cases", ...ENDINGS, "wrong"];
  const lines = rows.map((row) => [
    row.found,
    row.call,
    `${row.injected}${row.isLasting ? "…" : ""}`,
    `${row.cases}`,
    ...ENDINGS.map((ending) => `${row.endings[ending] ?? ""}`),
    `${row.wrong || ""}`,
  ]);
  printTable([head, ...lines]);
  const cases = rows.reduce((sum, row) => sum + row.cases, 0);
  print(`${cases} cases, ${wrong.length} of them wrong.`);
}
