// What the Jobs page says.
import type { WorkerProcess } from "../../jobs.ts";
import { count } from "../numbers/digits.ts";
import { lasted } from "../numbers/times.ts";
import { isSettled, type Account } from "./account.ts";

const jobs = (n: number): string => (n === 1 ? "1 job" : `${count(n)} jobs`);
const failures = (n: number): string => (n === 1 ? "first failure" : `${count(n)} failures`);

/** Quick ones may have another job by the time they are killed, so which one it was is told when the hub says so. */
export const killedSentence = (pid: number, hadJob: boolean, keptMs: number): string =>
  hadJob
    ? `Worker ${pid} was killed. The hub keeps its job for it another ${keptMs / 1000} s.`
    : `Worker ${pid} was killed. It had no job.`;

/** `counted`: how often it has failed by now. */
export const readyAgainSentence = (pid: number, seq: number, counted: number): string =>
  `Worker ${pid} was killed. Job ${count(seq)} is ready again${counted > 0 ? `, ${failures(counted)} counted` : ""}.`;

export const deadSentence = (seq: number, counted: number): string =>
  `Job ${count(seq)} is dead: ${failures(counted)} counted. Redrive gives it another chance.`;

export function sentSentence(sent: number, refused: string | undefined, ms: number): string {
  if (refused === undefined) return `${jobs(sent)} confirmed on disk in ${lasted(ms)}.`;
  return sent === 0
    ? `Nothing was sent: ${refused}`
    : `${jobs(sent)} confirmed on disk, others were refused: ${refused}`;
}

export function settledSentence({ done, dead, twice, unaccounted }: Account): string {
  const all = dead === 0 ? `All ${jobs(done)} are done` : `${jobs(done)} done, ${count(dead)} dead`;
  const again = twice === 0 ? "none of them twice" : `${count(twice)} of them more than once`;
  const lost = unaccounted === 0 ? "0 unaccounted for" : `${count(unaccounted)} UNACCOUNTED FOR`;
  return `${all}, ${again}, ${lost}.`;
}

/** After a restart of the hub, when the queue was looked at. */
export function backSentence(account: Account): string {
  const { sent, done, unaccounted } = account;
  if (isSettled(account)) return settledSentence(account);
  const left = sent - done - unaccounted;
  return `The queue is back from disk: ${count(done)} done, ${count(left)} to do, ${count(unaccounted)} unaccounted for.`;
}

/** What the table of workers says when it is empty; undefined: it is not. `account`: undefined while nobody knows. */
export function noWorkersSentence(
  workers: readonly WorkerProcess[],
  account: Account | undefined,
  isPaused: boolean,
): string | undefined {
  if (workers.length > 0) return undefined;
  if (!account) return "No worker is running.";
  const waits = account.ready + account.waiting;
  if (waits === 0) return "No worker is running, and nothing is to be done.";
  const [verb, they] = waits === 1 ? ["waits", "it begins"] : ["wait", "they begin"];
  const begin = isPaused ? "Resume the queue, and start one." : `Start one and ${they} at once.`;
  return `No worker is running. ${jobs(waits)} ${verb}. ${begin}`;
}

/** Who is at work now and was not before. */
export function cameSentence(
  before: readonly WorkerProcess[],
  now: readonly WorkerProcess[],
): string | undefined {
  const was = new Map(before.map(({ pid, is }) => [pid, is]));
  const came = now.find(({ pid, is }) => is === "running" && was.get(pid) !== "running");
  return came && `Worker ${came.pid} is at work.`;
}

/** Who is there no more. `killed`: of those that is told already. */
export function leftSentence(
  before: readonly WorkerProcess[],
  now: readonly WorkerProcess[],
  killed: ReadonlySet<number>,
): string | undefined {
  const isThere = new Set(now.map(({ pid }) => pid));
  const left = before.find(({ pid }) => !isThere.has(pid) && !killed.has(pid));
  if (!left) return undefined;
  return left.is === "stopping"
    ? `Worker ${left.pid} stopped after finishing its job.`
    : `Worker ${left.pid} has ended.`;
}
