// Runs a command so that one of its system calls fails, or is its last: by strace(1), so that nothing of it is in what is tested.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What is done instead of a call. */
type Injected = "EIO" | "ENOSPC" | "KILL";

export interface Injection {
  /** The name of a system call. */
  readonly call: string;
  readonly injected: Injected;
  /** It happens at the n-th call of a thread, from 1 on … */
  readonly when: number;
  /** … and at all behind it. */
  readonly isLasting?: boolean;
  /** Calls on these files alone are counted. Without it: on any. */
  readonly paths?: readonly string[];
  /** A file that gets the calls, a line each. */
  readonly trace?: string;
}

/** What runs a command under an injection. The command keeps its process id, its signals and its exit code. */
export function withInjection(injection: Injection): readonly string[] {
  const { call, injected, when, isLasting = false, paths = [], trace = "/dev/null" } = injection;
  const what = injected === "KILL" ? "signal=SIGKILL" : `error=${injected}`;
  return [
    "strace",
    "-D",
    "-f",
    "-qq",
    // it makes all other calls as fast as they are, and knows no signals
    ...(injected === "KILL" ? [] : ["--seccomp-bpf"]),
    "-o",
    trace,
    ...paths.flatMap((path) => ["-P", path]),
    "-e",
    `trace=${call}`,
    "-e",
    `inject=${call}:${what}:when=${when}${isLasting ? "+" : ""}`,
  ];
}

/** How often it has happened, by a trace; a kill is told by the end of the process. */
export function injections(trace: string): number {
  return readFileSync(trace, "latin1").split("(INJECTED)").length - 1;
}

/** What strace cannot do here, as a sentence; undefined when it can. */
export function whyNoStrace(): string | undefined {
  const { status, error, stderr } = spawnSync("strace", ["-o", "/dev/null", "true"], {
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  return error === undefined
    ? `strace cannot trace here: ${stderr.trim()}`
    : `there is no strace: ${error.message}`;
}

/** Sees to it that there is strace, if need be by apt-get. Returns why there is none, as a sentence. */
export function provideStrace(say: (line: string) => void): string | undefined {
  const why = whyNoStrace();
  if (why === undefined || !why.startsWith("there is no strace")) return why;
  say("strace is missing, so it is installed: apt-get install strace");
  const { status, error, stderr } = aptGet("install", "strace");
  if (status === 0) return whyNoStrace();
  const last = stderr?.trim().split("\n").at(-1) ?? error?.message;
  return `${why}, and apt-get cannot install it: ${last}`;
}

function aptGet(...args: readonly string[]): ReturnType<typeof spawnSync> & { stderr: string } {
  const options = {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  } as const;
  const first = spawnSync("apt-get", ["-qq", "-y", ...args], options);
  if (first.status === 0 || first.error !== undefined) return first;
  spawnSync("apt-get", ["-qq", "update"], options);
  return spawnSync("apt-get", ["-qq", "-y", ...args], options);
}
