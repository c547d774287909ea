// All jobs that the page knows: what the hub says of each, beside how often workers have put it on record as done.
import {
  backoffMs,
  jobId,
  PRIORITIES,
  QUEUE_SETTINGS,
  type DoneRecord,
  type SendingRecord,
  type SentRecord,
} from "../../jobs.ts";
import type { Report } from "./report.ts";

/** What the hub says. `sending`: nothing yet. `gone`: it has the job no more, as somebody has acknowledged it. */
type Stand = "sending" | "ready" | "delayed" | "leased" | "dead" | "gone" | "removed";

export interface SheetJob {
  readonly id: string;
  readonly priority: number;
  /** Its number in the queue, as soon as that is known. */
  seq: number | undefined;
  stand: Stand;
  /** The hub has said that it has it. */
  isConfirmed: boolean;
  failures: number;
  /** Of a delayed one: when it is ready, by the hub's clock. */
  dueAt: number;
  /** Of a leased one, from 0 to 1. */
  progress: number;
  /** How often it was done, as workers say. */
  times: number;
  /** In which look at the queue, or after which, something was heard of it. */
  heardIn: number;
}

/** Their order on the page is that in which they are due, which never changes. */
interface Placed {
  readonly job: SheetJob;
  readonly value: number;
}

const STANDS: Readonly<Record<string, Stand>> = {
  ready: "ready",
  storing: "ready",
  delayed: "delayed",
  failed: "delayed",
  leased: "leased",
  settling: "leased",
  done: "gone",
  dead: "dead",
  purged: "removed",
  dropped: "removed",
  expired: "removed",
};
/** What was there before a batch that begins the account anew. */
interface Former {
  readonly batch: string;
  readonly order: readonly Placed[];
  readonly doneBy: ReadonlyMap<number, number>;
}

/** Records of jobs that no batch is known of yet: the two topics are read back side by side. */
const STRAYS_MAX = 100_000;

export class Sheet {
  readonly #jobs = new Map<string, SheetJob>();
  #order: Placed[] = [];
  readonly #strays = new Map<string, number[]>();
  readonly #doneBy = new Map<number, number>();
  #former: Former | undefined;
  #look = 0;
  #changes = 0;

  /** Another one whenever there is something else to draw. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** In the order in which they are due. */
  get jobs(): readonly SheetJob[] {
    return this.#order.map(({ job }) => job);
  }

  find(id: string): SheetJob | undefined {
    return this.#jobs.get(id);
  }

  /** How many of these jobs the worker has put on record. */
  doneBy(pid: number): number {
    return this.#doneBy.get(pid) ?? 0;
  }

  /** Jobs are going to be sent. `time`: by the hub's clock. */
  sending({ batch, mix, anew }: SendingRecord, time: number): void {
    if (anew) this.#clear(batch);
    for (const { id, priority } of jobsOf(batch, mix)) {
      if (this.#jobs.has(id)) continue;
      const job: SheetJob = {
        id,
        priority,
        seq: undefined,
        stand: "sending",
        isConfirmed: false,
        failures: 0,
        dueAt: 0,
        progress: 0,
        times: 0,
        heardIn: this.#look,
      };
      this.#place({ job, value: time - priority * QUEUE_SETTINGS.agingMs });
    }
    // sorting is stable: what is due at the same time stays in the order of sending
    this.#order = this.#order.toSorted((a, b) => a.value - b.value);
    this.#changes++;
  }

  /** The hub has them on disk, all but what it refused. Answers whether it has any: if none, what was there before is there again. */
  sent({ batch, refused }: SentRecord): boolean {
    const isRefused = (n: number) => refused.some(([first, last]) => n >= first && n <= last);
    let hasAny = false;
    for (let n = 0, job = this.find(jobId(batch, 0)); job; job = this.find(jobId(batch, ++n))) {
      if (isRefused(n)) job.stand = "removed";
      else job.isConfirmed = true;
      hasAny ||= job.isConfirmed;
    }
    if (!hasAny && this.#former?.batch === batch) this.#restore(this.#former);
    this.#changes++;
    return hasAny;
  }

  /** A worker has done a job. */
  done({ id, pid }: Pick<DoneRecord, "id" | "pid">): void {
    const job = this.#jobs.get(id);
    if (job) this.#did(job, pid);
    else if (this.#strays.size < STRAYS_MAX)
      this.#strays.set(id, [...(this.#strays.get(id) ?? []), pid]);
  }

  /** Records are told anew, from the first one on. */
  forgetDone(): void {
    for (const job of this.#jobs.values()) job.times = 0;
    this.#doneBy.clear();
    this.#strays.clear();
    this.#changes++;
  }

  /** The hub tells of a job. Answers with it, if it is one of ours. `time`: when that was. */
  told(report: Report, time: number): SheetJob | undefined {
    const { id, seq, state, failures, progress } = report;
    const job = this.#jobs.get(id);
    const stand = STANDS[state];
    if (!job || !stand) return undefined;
    job.isConfirmed = true;
    job.seq = seq;
    job.failures = failures;
    job.heardIn = this.#look;
    job.stand = stand;
    job.progress = stand === "leased" ? (progress ?? 0) : 0;
    if (stand === "delayed") job.dueAt = time + backoffMs(failures);
    this.#changes++;
    return job;
  }

  /** Of those that have failed, some may be due again. Answers with them. */
  tick(now: number): SheetJob[] {
    const due: SheetJob[] = [];
    for (const job of this.#jobs.values())
      if (job.stand === "delayed" && job.dueAt <= now) {
        job.stand = "ready";
        due.push(job);
      }
    if (due.length > 0) this.#changes++;
    return due;
  }

  /** The queue is going to be looked at, whole. What is told from now on is newer than what is seen there. */
  beginLook(): void {
    this.#look++;
  }

  /** Seen in the queue. */
  seen(job: Pick<Report, "id" | "seq" | "state" | "failures"> & { readonly dueAt?: number }): void {
    const known = this.#jobs.get(job.id);
    if (!known || known.heardIn === this.#look) return;
    this.told({ ...job, progress: undefined, note: undefined }, 0);
    known.dueAt = job.dueAt ?? 0;
  }

  /** All was seen: of what was not, the hub has nothing any more. */
  endLook(): void {
    for (const job of this.#jobs.values()) {
      const isKnown = job.isConfirmed || job.times > 0;
      if (job.heardIn === this.#look || !isKnown || job.stand === "removed") continue;
      job.isConfirmed = true;
      job.stand = "gone";
    }
    this.#changes++;
  }

  #did(job: SheetJob, pid: number): void {
    job.times++;
    this.#doneBy.set(pid, this.doneBy(pid) + 1);
    this.#changes++;
  }

  /** Records of it may have come before. */
  #place(placed: Placed): void {
    const { job } = placed;
    this.#jobs.set(job.id, job);
    this.#order.push(placed);
    for (const pid of this.#strays.get(job.id) ?? []) this.#did(job, pid);
    this.#strays.delete(job.id);
  }

  #clear(batch: string): void {
    this.#former = { batch, order: this.#order, doneBy: new Map(this.#doneBy) };
    this.#jobs.clear();
    this.#order = [];
    this.#doneBy.clear();
  }

  #restore({ order, doneBy }: Former): void {
    this.#former = undefined;
    this.#jobs.clear();
    this.#order = [];
    this.#doneBy.clear();
    for (const [pid, times] of doneBy) this.#doneBy.set(pid, times);
    for (const placed of order) this.#place(placed);
  }
}

/** The least urgent are sent first: who puts the urgent ones before them is the hub. */
export function* jobsOf(
  batch: string,
  mix: SendingRecord["mix"],
): Generator<{ readonly id: string; readonly n: number; readonly priority: number }> {
  let n = 0;
  for (const [i, { priority }] of [...PRIORITIES.entries()].toReversed())
    for (let left = mix[i] ?? 0; left > 0; left--) yield { id: jobId(batch, n), n: n++, priority };
}
