// What was said of jobs and is on its way to the disk. Who says the same again meanwhile has the same outcome; who says something else comes
// too late.

import type { Verb } from "../queues/verbs.ts";

/** Who is told what became of a settlement: its answer and its place in that. */
export interface Verdict {
  /** `code`: 0 when it is done, else why not. */
  decided(code: number): void;
}

interface Said {
  readonly verb: Verb;
  /** Null: nobody said it again. */
  again: Verdict[] | null;
}

export class UnderWay {
  /** By job and lease: it may be given out again before the store has answered. */
  readonly #said = new Map<string, Said>();

  /** Something was said of the job with this number, under this lease. */
  begin(seq: number, verb: Verb, lease: number): void {
    this.#said.set(keyOf(seq, lease), { verb, again: null });
  }

  /** Something was said of it before: "joined" when it is the same, and its outcome is awaited. */
  look(seq: number, verb: Verb, lease: number, verdict: Verdict): "nothing" | "joined" | "other" {
    const said = this.#said.get(keyOf(seq, lease));
    if (said === undefined) return "nothing";
    if (said.verb !== verb) return "other";
    said.again ??= [];
    said.again.push(verdict);
    return "joined";
  }

  /** The store has answered. */
  decided(seq: number, lease: number, code: number): void {
    const key = keyOf(seq, lease);
    const again = this.#said.get(key)?.again;
    this.#said.delete(key);
    for (const verdict of again ?? []) verdict.decided(code);
  }
}

function keyOf(seq: number, lease: number): string {
  return `${seq} ${lease}`;
}
