// What each worker is at: the hub tells its progress with each job, and with a note who it is.
import { readProgressNote } from "../../jobs.ts";
import type { Report } from "./report.ts";

export interface At {
  readonly id: string;
  readonly seq: number;
  readonly file: string;
  /** From 0 to 1. */
  readonly progress: number;
}

/** States in which a job may still be somebody's. */
const OPEN: ReadonlySet<string> = new Set(["leased", "failed", "ready", "delayed"]);

export class WorkerRows {
  readonly #at = new Map<number, At>();
  /** Who had a job last, by its id. */
  readonly #holders = new Map<string, number>();

  /** Undefined: it waits for a job, or nothing was heard of it yet. */
  at(pid: number): At | undefined {
    return this.#at.get(pid);
  }

  /** Who has the job, or had it when something was last heard of that. */
  holder(id: string): number | undefined {
    return this.#holders.get(id);
  }

  told({ id, seq, state, progress, note }: Report): void {
    const said = note === undefined ? undefined : readProgressNote(note);
    // whoever had it has it no more
    const before = this.#holders.get(id);
    if (before !== undefined && this.#at.get(before)?.id === id) this.#at.delete(before);
    if (!OPEN.has(state)) this.#holders.delete(id);
    if (!said || state !== "leased") return;
    this.#holders.set(id, said.pid);
    this.#at.set(said.pid, { id, seq, file: said.file, progress: progress ?? 0 });
  }

  /** These workers are there, and no others. */
  keep(pids: readonly number[]): void {
    for (const pid of this.#at.keys()) if (!pids.includes(pid)) this.#at.delete(pid);
  }
}
