// One command for one job.

import { type ChildProcess, spawn } from "node:child_process";
import type { WorkerJob } from "@fanwire/client/queue";
import { jsonOf } from "../../output.ts";

/** How commands are run. */
interface Manner {
  readonly command: readonly string[];
  /** How long one may take to end when it must, in milliseconds. */
  readonly killAfterMs: number;
  /** What it prints goes to standard error. */
  readonly isQuietOut: boolean;
}

/** What became of a job. */
interface Outcome {
  readonly seq: number;
  readonly id: string | undefined;
  readonly attempt: number;
  readonly outcome: "done" | "failed" | "given up";
  /** The exit code of the command; null: a signal ended it, or it did not begin. */
  readonly exit: number | null;
  readonly ms: number;
  /** Why it is not done. */
  readonly reason: string | undefined;
}

/** The exit code of a command that wants to be tried again (EX_TEMPFAIL of sysexits.h). */
const TRY_AGAIN = 75;

/** What is kept of the end of standard error, in characters. */
const KEPT = 4096;

/** Runs the command, and resolves when it has ended. Ends it when the job is another's, or is given back. */
export async function runJob(job: WorkerJob, manner: Manner): Promise<Outcome> {
  const { seq, id, attempt, signal } = job;
  const begunAt = performance.now();
  const { code, killedBy, complaint } = await runCommand(job, manner);
  const isGivenUp = signal.aborted;
  const isDone = code === 0 && !isGivenUp;
  const reason = isGivenUp ? (signal.reason as Error).message : reasonOf(code, killedBy, complaint);
  return {
    seq,
    id,
    attempt,
    outcome: isGivenUp ? "given up" : isDone ? "done" : "failed",
    exit: code,
    ms: Math.round(performance.now() - begunAt),
    reason: isDone ? undefined : reason,
  };
}

function reasonOf(code: number | null, killedBy: string | null, complaint: string): string {
  if (complaint !== "") return complaint;
  if (code === TRY_AGAIN) return "the command wants to be tried again";
  return code === null ? `the command was ended by ${killedBy}` : `the command ended with ${code}`;
}

interface Ended {
  readonly code: number | null;
  readonly killedBy: string | null;
  /** The last line of its standard error. */
  readonly complaint: string;
}

function runCommand(job: WorkerJob, manner: Manner): Promise<Ended> {
  const [program, ...args] = manner.command;
  return new Promise((resolve) => {
    const child = spawn(program!, args, {
      env: { ...process.env, ...environmentOf(job) },
      stdio: ["pipe", manner.isQuietOut ? process.stderr : "inherit", "pipe"],
      // a Ctrl-C of the shell is the worker's to hear
      detached: process.platform !== "win32",
    });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      complaints = (complaints + text).slice(-KEPT);
    });
    child.stdin.on("error", () => {}); // it need not read what it is given
    const unguard = endWithWorker(child, manner.killAfterMs);
    // not before somebody sees to its end: what has read its job is ended with the worker
    child.stdin.end(bytesOf(job.data));
    const unwatch = endWhenGivenUp(child, job.signal, manner.killAfterMs);
    child.on("error", ({ message }) => {
      unwatch();
      resolve({ code: null, killedBy: null, complaint: message });
    });
    // what the command leaves behind may keep its streams: by now its number may be that of another
    child.on("exit", unguard);
    child.on("close", (code, killedBy) => {
      unwatch();
      resolve({ code, killedBy, complaint: complaints.trimEnd().split("\n").at(-1)! });
    });
  });
}

/** In a shell: waits until the worker is gone, however it went, and ends the command as the worker would. */
const GUARD = 'read -r line; kill -s TERM -- "-$1"; sleep "$2"; kill -s KILL -- "-$1"';

/** The command does not outlive this process: somebody else is given its job. Not on Windows. Returns what to call when it has ended. */
function endWithWorker({ pid }: ChildProcess, killAfterMs: number): () => void {
  if (pid === undefined || process.platform === "win32") return () => {};
  const guard = spawn("sh", ["-c", GUARD, "sh", String(pid), String(killAfterMs / 1000)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => {}); // without a shell nobody sees to it
  guard.stdin.on("error", () => {});
  return () => void guard.kill("SIGKILL");
}

/** SIGTERM, and when that does not help SIGKILL, to all processes of the command. */
function endWhenGivenUp(child: ChildProcess, signal: AbortSignal, killAfterMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    kill(child, "SIGTERM");
    timer = setTimeout(() => kill(child, "SIGKILL"), killAfterMs);
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end);
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  };
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // it has ended by itself
  }
}

function bytesOf(data: unknown): Uint8Array | string {
  if (data instanceof Uint8Array || typeof data === "string") return data;
  return jsonOf(data);
}

/** What the command is told of its job. */
function environmentOf(job: WorkerJob): Record<string, string> {
  const { id, seq, attempt, queue, priority, time, group, from, topic, headers } = job;
  const told = {
    ID: id,
    SEQ: seq,
    ATTEMPT: attempt,
    QUEUE: queue,
    PRIORITY: priority,
    TIME: new Date(time).toISOString(),
    GROUP: group,
    FROM: from,
    TOPIC: topic,
    HEADERS: headers && jsonOf(headers),
  };
  return Object.fromEntries(
    Object.entries(told)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [`FANWIRE_JOB_${name}`, String(value)]),
  );
}
