// The built command, as a shell runs it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("dist/main.js", import.meta.resolve("fanwire/package.json")));

/** A running command. */
export class Running {
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  out = "";
  err = "";
  #changed: (() => void)[] = [];

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#grew("out", text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#grew("err", text));
    this.exited = once(child, "close").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /** Resolves when what it printed matches. Rejects when it ends before that. */
  async until(stream: "out" | "err", pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this[stream]);
      if (found !== null) return found[0];
      const ended = await Promise.race([
        this.exited,
        new Promise<void>((resolve) => {
          this.#changed.push(resolve);
        }),
      ]);
      if (ended !== undefined && !pattern.test(this[stream]))
        throw new Error(`ended with ${ended.code}, and ${stream} is: ${this[stream]}${this.err}`);
    }
  }

  #grew(stream: "out" | "err", text: string): void {
    this[stream] += text;
    for (const changed of this.#changed.splice(0)) changed();
  }
}

/**
 * `fanwire` with arguments. `input`: all of its standard input; null: it stays open; left out: it has none. `wrapper`: a command that runs
 * it.
 */
export function fanwire(
  args: readonly string[],
  {
    env = {},
    input,
    wrapper = [],
  }: { env?: NodeJS.ProcessEnv; input?: string | null; wrapper?: readonly string[] } = {},
): Running {
  const [command = "", ...rest] = [...wrapper, process.execPath, main, ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  if (typeof input === "string") child.stdin?.end(input);
  return new Running(child);
}

/** A line for `sh`, in which `fanwire` stands for the built command. */
export function sh(line: string, env: NodeJS.ProcessEnv): Running {
  const withCommand = `fanwire() { "${process.execPath}" "${main}" "$@"; }; ${line}`;
  return new Running(
    spawn("sh", ["-c", withCommand], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    }),
  );
}

/** A hub that was started by `fanwire serve`. */
export async function serve(...args: readonly string[]): Promise<{ hub: Running; url: string }> {
  const hub = fanwire(["serve", "--port", "0", ...args]);
  const [url] = /ws:\S+/u.exec(await hub.until("out", /listens on ws:\S+\n/u))!;
  return { hub, url };
}
