// A child process that is started again whenever it ends, until it is stopped.
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endingsNow, waitMs } from "./restart-wait.ts";

/** How long a child may take to end after SIGTERM. */
const PATIENCE_MS = 3_000;
/** Ends the child when this process is gone, however it went: the hub itself would go on serving, as a hub should. */
const preload = new URL("end-child-with-parent.ts", import.meta.url).href;

export interface ChildOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
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
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  }

  #run(): void {
    const { script, args = [], env = {} } = this.#options;
    const began = performance.now();
    const flags = ["--conditions=@fanwire/source", "--import", preload];
    const child = spawn(process.execPath, [...flags, script, ...args], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C reaches a whole group of processes; ours end in their order
      detached: true,
    });
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
