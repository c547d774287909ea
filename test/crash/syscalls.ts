// Lets one system call of a hub fail, or be its last: the first of a kind, then the second, until there are no more. Each time a short load runs,
// the hub ends or goes on as it must, and another one is started that must have everything.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type CaseOutcome, type Ending, SyscallCase, type Target } from "./syscall-case.ts";

export interface SyscallSettings {
  /** It exists and is empty. */
  readonly directory: string;
  readonly targets: readonly Target[];
  /** The calls to try: the n-th, from 1 on. Default: all. */
  readonly ns?: readonly number[];
  /** Cases at a time. */
  readonly jobs: number;
  readonly seed: number;
  readonly onCase?: (outcome: CaseOutcome) => void;
}

/** What is counted of a target. */
export interface Row extends Target {
  cases: number;
  readonly endings: Partial<Record<Ending, number>>;
  /** Cases in which something was wrong. */
  wrong: number;
}

export interface SyscallOutcome {
  readonly rows: readonly Row[];
  /** Cases in which something was wrong. */
  readonly wrong: readonly CaseOutcome[];
}

const FAULTS_OF: Readonly<Record<string, readonly (readonly [Target["injected"], boolean])[]>> = {
  pwrite64: [
    ["EIO", false],
    ["ENOSPC", false],
    ["ENOSPC", true],
    ["KILL", false],
  ],
  fdatasync: [
    ["EIO", false],
    ["ENOSPC", false],
    ["KILL", false],
  ],
  fsync: [
    ["EIO", false],
    ["ENOSPC", false],
    ["KILL", false],
  ],
  rename: [
    ["EIO", false],
    ["ENOSPC", false],
    ["KILL", false],
  ],
  openat: [
    ["EIO", false],
    ["ENOSPC", false],
    ["KILL", false],
  ],
  unlink: [
    ["EIO", false],
    ["KILL", false],
  ],
  // of the lock
  write: [
    ["EIO", false],
    ["ENOSPC", false],
    ["KILL", false],
  ],
  pread64: [
    ["EIO", false],
    ["KILL", false],
  ],
};

/** Everything that is tried. */
export const allTargets: readonly Target[] = (["nothing", "a store"] as const).flatMap((found) =>
  Object.entries(FAULTS_OF).flatMap(([call, faults]) =>
    faults.map(([injected, isLasting]) => ({ found, call, injected, isLasting })),
  ),
);

/** After so many calls in a row that were not there, there are no more: how many there are differs by a few. */
const MISSES = 2;

export async function syscalls(settings: SyscallSettings): Promise<SyscallOutcome> {
  const rows: Row[] = [];
  const wrong: CaseOutcome[] = [];
  const waiting = settings.targets.map((target) => ({
    ...target,
    cases: 0,
    endings: {},
    wrong: 0,
  }));
  const work = async (job: number): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      rows.push(row);
      for await (const outcome of casesOf(row, settings, job)) {
        count(row, outcome);
        if (outcome.faults.length > 0) wrong.push(outcome);
        settings.onCase?.(outcome);
      }
    }
  };
  await Promise.all(Array.from({ length: settings.jobs }, (_, job) => work(job)));
  return { rows: rows.filter((row) => row.cases > 0 || row.wrong > 0), wrong };
}

function count(row: Row, { isHit, ending, faults }: CaseOutcome): void {
  if (faults.length > 0) row.wrong++;
  if (!isHit) return;
  row.cases++;
  row.endings[ending] = (row.endings[ending] ?? 0) + 1;
}

async function* casesOf(
  target: Target,
  settings: SyscallSettings,
  job: number,
): AsyncGenerator<CaseOutcome> {
  let misses = 0;
  for (const when of settings.ns ?? countUp()) {
    const outcome = await runCase(target, when, settings, job);
    yield outcome;
    misses = outcome.isHit ? 0 : misses + 1;
    if (misses === MISSES) return;
  }
}

function* countUp(): Generator<number> {
  for (let n = 1; ; n++) yield n;
}

async function runCase(
  target: Target,
  when: number,
  { directory, seed }: SyscallSettings,
  job: number,
): Promise<CaseOutcome> {
  const { found, call, injected, isLasting } = target;
  const name = [found.replace(" ", "-"), call, injected, isLasting ? "lasting" : "once", when];
  const place = join(directory, name.join("-"));
  mkdirSync(place);
  // jobs keep away from one another's ports
  const outcome = await new SyscallCase(target, when, place, (seed + job * 500) % 8000).run();
  if (outcome.faults.length > 0) return { ...outcome, kept: place };
  rmSync(place, { recursive: true });
  return outcome;
}
