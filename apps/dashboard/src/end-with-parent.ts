// A child must not outlive the process that started it, however that one ended.
import { readFileSync } from "node:fs";

const LOOK_MS = 250;

/** Calls `gone` when the parent of this process is another than now. */
export function whenParentGone(gone: () => void): void {
  watch(() => String(process.ppid), gone);
}

/** The same for a script of npm: between npm and its script stands a shell, which does not notice that npm is gone. */
export function whenNpmGone(gone: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) whenParentGone(gone);
  else watch(() => `${process.ppid} ${parentOf(process.ppid)}`, gone);
}

function watch(ancestors: () => string, gone: () => void): void {
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS);
  timer.unref();
}

/** Undefined where there is no /proc; there the shell hands its place over to the script. */
function parentOf(pid: number): string | undefined {
  try {
    return /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
