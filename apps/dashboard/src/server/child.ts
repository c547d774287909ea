// A child process that is started again whenever it ends, until it is stopped.
import type { ChildProcess } from "node:child_process";
import { endingsNow, waitMs } from "./restart-wait.ts";
import { endScript, type Script, spawnScript } from "./spawn-script.ts";

/** How long a child may take to end after SIGTERM. */
const PATIENCE_MS = 3_000;

export interface ChildOptions extends Script {
  /** What it says first, each time it is started. */
  readonly says?: (words: string) => void;
}

export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #endings = 0;
  #stopping = false;
  #spoke: () => void = () => undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Settles when the child says its first line, which both of ours do when they are at work. */
  start(): Promise<void> {
    return new Promise((spoke) => {
      this.#spoke = spoke;
      this.#run();
    });
  }

  /** As a crash would: it is told nothing, and is started again. False: there is none at the moment. */
  kill(): boolean {
    return this.#process?.kill("SIGKILL") ?? false;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    if (this.#process) await endScript(this.#process, PATIENCE_MS);
  }

  #run(): void {
    const began = performance.now();
    const child = spawnScript(this.#options);
    this.#process = child;
    child.stdout.once("data", (words: Buffer) => {
      this.#options.says?.(words.toString());
      this.#spoke();
    });
    child.stdout.resume();
    // how it says goodbye is of no interest to who sent it away
    child.stderr.on("data", (words: Buffer) => this.#stopping || process.stderr.write(words));
    child.once("error", () => this.#again(began));
    child.once("exit", () => this.#again(began));
  }

  #again(began: number): void {
    if (this.#stopping) return;
    clearTimeout(this.#timer);
    this.#endings = endingsNow(this.#endings, performance.now() - began);
    this.#timer = setTimeout(() => this.#run(), waitMs(this.#endings));
  }
}
