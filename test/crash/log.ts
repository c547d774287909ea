// Hands events to those who want them, and keeps the last ones, to be told of a failure.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./faults.ts";
import type { Event, Recorder } from "./history.ts";

const KEPT = 20_000;

/** An event, and when it was, in milliseconds since 1970. */
type Kept = Event & { readonly at: number };

export class Log implements Recorder {
  readonly #to: readonly Recorder[];
  #events: Kept[] = [];

  constructor(...to: readonly (Recorder | undefined)[]) {
    this.#to = to.filter((each) => each !== undefined);
  }

  add(event: Event): void {
    for (const each of this.#to) each.add(event);
    // what is there can be read once more
    if (event.kind === "read" || event.kind === "value") return;
    if (this.#events.push({ ...event, at: Date.now() }) > 2 * KEPT)
      this.#events = this.#events.slice(-KEPT);
  }

  /** Writes down what is wrong, and what happened last: `faults.txt` and `events.jsonl`. Nothing when nothing is wrong. */
  keep(directory: string, faults: readonly Fault[]): void {
    if (faults.length === 0) return;
    const events = this.#events.map((event) => `${JSON.stringify(event)}\n`);
    writeFileSync(join(directory, "events.jsonl"), events.join(""));
    const lines = faults.map(({ kind, sentence }) => `${kind}: ${sentence}\n`);
    writeFileSync(join(directory, "faults.txt"), lines.join(""));
  }
}
