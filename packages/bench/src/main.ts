// `npm run bench`: reads the command line, runs, tells.

import { existsSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { killAll } from "./child.ts";
import { help, parse, type Request, UsageError } from "./cli.ts";
import { thisMachine } from "./machine.ts";
import { reportPage } from "./report/page.ts";
import { picture } from "./report/picture.ts";
import { type Findings, run } from "./run.ts";
import { scenarios } from "./scenarios.ts";
import { barTable, busyLine, scenarioTable } from "./table.ts";
import { judge } from "./verdict.ts";

const EXIT = { ran: 0, failed: 1, usage: 2 } as const;

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.on(signal, () => {
    killAll();
    process.exit(code);
  });

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const request = parse(args);
    if (request !== "help") return await measure(request);
    process.stdout.write(help());
    return EXIT.ran;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    return EXIT.usage;
  }
}

async function measure(request: Request): Promise<number> {
  for (const file of [request.json, request.report, request.picture])
    if (file !== undefined && !existsSync(dirname(resolve(file))))
      throw new UsageError(`There is no folder for ${file}. Make it first, or write elsewhere.`);
  const machine = thisMachine();
  const at = new Date().toISOString();
  const findings = await run(request);
  const told = { at, machine, request, verdicts: judge(findings.rows), ...findings };
  process.stdout.write(`${text(findings, told.verdicts, machine.pinned).join("\n")}\n`);
  const peers = findings.peers.map((peer) => ({ ...peer, command: peer.command.map(fromHere) }));
  const rows = `${JSON.stringify({ ...told, peers }, null, 1)}\n`;
  if (request.json !== undefined) writeFileSync(request.json, rows);
  if (request.report !== undefined) writeFileSync(request.report, reportPage(told));
  if (request.picture !== undefined) writeFileSync(request.picture, picture(told));
  return findings.failures.length > 0 || findings.rows.length === 0 ? EXIT.failed : EXIT.ran;
}

/** A file as it is found from this folder: where that lies is of no interest to others. */
function fromHere(argument: string): string {
  return isAbsolute(argument) ? relative(process.cwd(), argument) : argument;
}

function text(
  { rows, notes, failures, seconds }: Findings,
  verdicts: ReturnType<typeof judge>,
  isPinned: boolean,
): string[] {
  const tables = scenarios
    .filter(({ id }) => rows.some((row) => row.scenario === id))
    .flatMap((scenario) => [""].concat(scenarioTable(rows, scenario)));
  return [
    ...tables,
    "",
    ...barTable(verdicts),
    "",
    `${rows.length} measurements in ${Math.round(seconds)} s. Medians; ratios are medians of those within a round; below 15 % is noise.`,
    busyLine(rows),
    ...(isPinned ? [] : ["Server and load generator shared cores: there is no taskset here."]),
    ...notes,
    ...failures.map((sentence) => `FAILED  ${sentence}`),
  ];
}
