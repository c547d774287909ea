// A process of the benchmark: a server or the load generator, on a core of its own where the system can do that.

import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Answer, Question } from "./control.ts";

/** How long a child may take to say that it is ready, and to end when it is told to; in milliseconds. */
const READY_MS = 20_000;
const END_MS = 3000;

/** What a child last said on standard error, for the sentence about its death; in characters. */
const LAST_WORDS = 2000;

const alive = new Set<Child>();
process.on("exit", killAll);

/** Ends every child at once. */
export function killAll(): void {
  for (const child of alive) child.kill();
}

/** What binds a process to a core, on Linux (util-linux). */
const PIN = "taskset";

/** Whether processes can be bound to a core here. */
export const canPin: boolean =
  process.platform === "linux" && spawnSync(PIN, ["--version"]).status === 0;

/** A command and its arguments. */
export type Command = readonly [file: string, ...rest: string[]];

/** This Node, running a TypeScript file of this repository. */
export function nodeCommand(file: URL, ...flags: readonly string[]): Command {
  return [
    process.execPath,
    "--conditions=@fanwire/source",
    "--disable-warning=ExperimentalWarning",
    ...flags,
    decodeURIComponent(file.pathname),
  ];
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A child that answers questions. `R`: what it says when it is ready. Without a core it runs on any. */
export class Child<R = unknown> {
  /** What it is, for sentences: "the server fanwire". */
  readonly name: string;
  readonly ready: Promise<R>;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #pending = new Map<number, Pending>();
  readonly #gone: Promise<void>;
  #id = 0;
  #lastWords = "";

  constructor(
    name: string,
    command: Command,
    core: number | undefined,
    readyMs: number = READY_MS,
  ) {
    this.name = name;
    const [file, ...rest] =
      canPin && core !== undefined ? [PIN, "-c", String(core), ...command] : command;
    this.#process = spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"] });
    alive.add(this);
    this.#process.stderr.on("data", (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString()).slice(-LAST_WORDS);
    });
    this.#process.stdin.on("error", () => {}); // it is gone, which `close` tells
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#heard(line));
    this.#gone = new Promise((resolve) => {
      this.#process.on("error", (error) => this.#end(error.message, resolve));
      this.#process.on("close", (code, signal) =>
        this.#end(`it ended (${signal ?? code})`, resolve),
      );
    });
    this.ready = this.#expect(0, readyMs) as Promise<R>;
  }

  /** Asks the child. Rejects with its own error, or when it ends. */
  async ask<T = void>(name: string, argument: unknown = null): Promise<T> {
    if (!alive.has(this)) throw this.#error("it has ended");
    const id = ++this.#id;
    const question: Question = { id, name, argument };
    const answered = this.#expect(id);
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    return (await answered) as T;
  }

  /** Tells the child to end, and makes it when it does not. */
  async stop(): Promise<void> {
    this.#process.stdin.end();
    const late = setTimeout(() => this.kill(), END_MS);
    await this.#gone;
    clearTimeout(late);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #expect(id: number, withinMs?: number): Promise<unknown> {
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    answered.catch(() => {}); // whoever waits for it is told
    if (withinMs !== undefined) this.#limit(id, withinMs, answered);
    return answered;
  }

  #limit(id: number, withinMs: number, answered: Promise<unknown>): void {
    const late = setTimeout(() => {
      this.#pending.get(id)?.reject(this.#error(`it was not ready within ${withinMs} ms`));
    }, withinMs);
    const stop = (): void => clearTimeout(late);
    answered.then(stop, stop);
  }

  #heard(line: string): void {
    if (!line.startsWith("{")) return;
    const answer = JSON.parse(line) as Answer;
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("error" in answer) pending?.reject(new Error(`${this.name}: ${answer.error}`));
    else pending?.resolve(answer.value);
  }

  #end(why: string, resolve: () => void): void {
    alive.delete(this);
    for (const { reject } of this.#pending.values()) reject(this.#error(why));
    this.#pending.clear();
    resolve();
  }

  #error(why: string): Error {
    const words = this.#lastWords.trim();
    return new Error(`${this.name}: ${why}.${words === "" ? "" : `\n${words}`}`);
  }
}
