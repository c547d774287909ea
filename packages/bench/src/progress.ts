// What is going on, on standard error: one line that is rewritten in a terminal, a line for each step elsewhere.

import { stderr } from "node:process";

/** Tells how far a run is. */
export class Progress {
  readonly #total: number;
  readonly #begun: number = performance.now();
  #done = 0;

  /** `total`: how long all steps take together, as far as one can know, in seconds. */
  constructor(total: number) {
    this.#total = total;
  }

  /** A step begins. */
  begin(what: string): void {
    this.#say(`${what} · ${this.#left()}`);
  }

  /** A step is over, of which this was expected. */
  end(seconds: number): void {
    this.#done += seconds;
  }

  /** A sentence that stays. */
  note(sentence: string): void {
    if (stderr.isTTY) stderr.write("\r\u001B[K");
    stderr.write(`bench: ${sentence}\n`);
  }

  clear(): void {
    if (stderr.isTTY) stderr.write("\r\u001B[K");
  }

  #say(line: string): void {
    stderr.write(
      stderr.isTTY ? `\r\u001B[K${line.slice(0, stderr.columns - 1)}` : `bench: ${line}\n`,
    );
  }

  /** Steps take longer or shorter than expected; those to come will too. */
  #left(): string {
    const elapsed = (performance.now() - this.#begun) / 1000;
    const pace = this.#done > 0 ? elapsed / this.#done : 1;
    return `${duration((this.#total - this.#done) * pace)} left`;
  }
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
