// The work queue of the demo: its name, how it behaves, and what its page, its workers and its server tell each other of jobs.

/** One queue for all that is done with files of this machine. */
export const QUEUE = "files";

/** How the hub is to treat its jobs; times are short, so that one need not wait to see what happens. */
export const QUEUE_SETTINGS = {
  leaseMs: 5_000,
  resumeMs: 2_000,
  maxFailures: 5,
  backoffMs: 1_000,
  backoffFactor: 2,
  backoffMaxMs: 8_000,
  // the page says when a job that has failed is ready again
  backoffJitterPercent: 0,
  agingMs: 30_000,
  jobsMax: 20_000,
  // the dead stay where they are seen
  deadLetter: null,
} as const;

/** How long a job waits after so many failures, in ms. */
export function backoffMs(failures: number): number {
  const { backoffMs: first, backoffFactor, backoffMaxMs } = QUEUE_SETTINGS;
  return Math.min(backoffMaxMs, first * backoffFactor ** Math.max(0, failures - 1));
}

/** The most urgent first. */
export const PRIORITIES = [
  { name: "urgent", priority: 8, colour: "c2" },
  { name: "normal", priority: 4, colour: "c1" },
  { name: "low", priority: 1, colour: "c3" },
] as const;
export type Mix = readonly [urgent: number, normal: number, low: number];

/** What a job of the queue says: one file of a list that the server has made, never a path. */
export interface JobData {
  readonly work: string;
  readonly n: number;
}

/** A kind of work that the server offers. */
export interface Offer {
  readonly id: string;
  /** "SHA-256 of node_modules". */
  readonly title: string;
  readonly files: number;
}

export interface WorkerProcess {
  readonly pid: number;
  /** `stopping`: it finishes its job. */
  readonly is: "starting" | "running" | "stopping";
}

/** Topic `jobs.workers`, a state: what the server offers, and the workers that it has started. */
export interface Crew {
  readonly offers: readonly Offer[];
  readonly workers: readonly WorkerProcess[];
}

/** Topic `jobs.sent`, before the jobs are: what is going to be sent. Their ids are of the batch, see {@link jobId}. */
export interface SendingRecord {
  readonly batch: string;
  readonly mix: Mix;
  /** Everything before was done: the account begins anew. */
  readonly anew: boolean;
}

/** Topic `jobs.sent`, when they are: the hub has confirmed them on disk, all but these. */
export interface SentRecord {
  readonly batch: string;
  /** First and last number of each run of jobs that were refused. */
  readonly refused: readonly (readonly [first: number, last: number])[];
}

/** Topic `jobs.done`: what a worker has done, told before it acknowledges the job. */
export interface DoneRecord {
  readonly id: string;
  readonly seq: number;
  readonly pid: number;
  readonly attempt: number;
  readonly file: string;
}

/** `n` counts from 0, in the order in which the jobs are sent. */
export const jobId = (batch: string, n: number): string => `${batch}-${n}`;

/** What a worker says beside its progress: who it is, and which file it has. */
export const progressNote = (pid: number, file: string): string => `${pid} ${file}`.slice(0, 200);

export function readProgressNote(note: string): { pid: number; file: string } | undefined {
  const found = /^(\d{1,10}) (.+)$/su.exec(note);
  return found ? { pid: Number(found[1]), file: found[2] ?? "" } : undefined;
}
