// A script of ours as a process of its own, which does not outlive this one.
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Ends the child when this process is gone, however it went: the hub itself would go on serving, as a hub should. */
const preload = new URL("end-child-with-parent.ts", import.meta.url).href;

export interface Script {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ScriptProcess extends ChildProcess {
  readonly stdout: NonNullable<ChildProcess["stdout"]>;
  readonly stderr: NonNullable<ChildProcess["stderr"]>;
}

export function spawnScript({ script, args = [], env = {} }: Script): ScriptProcess {
  const flags = ["--conditions=@fanwire/source", "--import", preload];
  return spawn(process.execPath, [...flags, script, ...args], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C reaches a whole group of processes; ours end in their order
    detached: true,
  });
}

export const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** SIGTERM, and SIGKILL for who takes longer than that. */
export async function endScript(child: ChildProcess, patienceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(timer);
}
