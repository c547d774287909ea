// The worker processes of the demo: started, stopped and killed by order of a page. One that has ended stays so.
import {
  endScript,
  hasEnded,
  type Script,
  type ScriptProcess,
  spawnScript,
} from "./spawn-script.ts";
import type { WorkerProcess } from "../jobs.ts";

/** Whoever presses the button all the time shall not fill the machine. */
const WORKERS_MAX = 32;
/** How long one may take for its job when the whole demo ends. */
const PATIENCE_MS = 3_000;

export class Workers {
  readonly #script: Script;
  readonly #changed: () => void;
  readonly #processes = new Map<
    number,
    { readonly child: ScriptProcess; is: WorkerProcess["is"] }
  >();

  /** `changed`: the list is another one. */
  constructor(script: Script, changed: () => void) {
    this.#script = script;
    this.#changed = changed;
  }

  /** In the order of their start. */
  get list(): readonly WorkerProcess[] {
    return [...this.#processes].map(([pid, { is }]) => ({ pid, is }));
  }

  /** Its pid; undefined: there are enough, or it could not be started. */
  start(): number | undefined {
    if (this.#processes.size >= WORKERS_MAX) return undefined;
    const child = spawnScript(this.#script);
    // what cannot be started has no pid, and tells an error
    child.once("error", () => this.#ended(child.pid));
    const { pid } = child;
    if (pid === undefined) return undefined;
    const started = { child, is: "starting" as WorkerProcess["is"] };
    this.#processes.set(pid, started);
    child.stdout.once("data", () => {
      if (started.is === "starting") started.is = "running";
      this.#changed();
    });
    child.stdout.resume();
    child.stderr.on("data", (words: Buffer) => process.stderr.write(words));
    child.once("exit", () => this.#ended(pid));
    this.#changed();
    return pid;
  }

  /** It finishes its job first. False: there is no such worker. */
  stop(pid: number): boolean {
    const found = this.#processes.get(pid);
    if (!found?.child.kill("SIGTERM")) return false;
    found.is = "stopping";
    this.#changed();
    return true;
  }

  /** As a crash would. False: there is no such worker. */
  kill(pid: number): boolean {
    return this.#processes.get(pid)?.child.kill("SIGKILL") ?? false;
  }

  /** All of them. */
  async end(): Promise<void> {
    const children = [...this.#processes.values()].map(({ child }) => child);
    await Promise.all(
      children.filter((child) => !hasEnded(child)).map((child) => endScript(child, PATIENCE_MS)),
    );
  }

  #ended(pid: number | undefined): void {
    if (pid !== undefined && this.#processes.delete(pid)) this.#changed();
  }
}
