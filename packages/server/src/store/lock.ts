// One process has a store at a time. The lock is the kernel's, on an open file: it goes with the process, however that ends. flock(1) takes
// it on a descriptor that it inherits, and the lock stays with us when it has ended. Where there is no flock(1), a file names the holder
// by its pid and the time at which that was started, so that one which is gone, or whose pid is another's now, blocks nobody.

import { spawnSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { names } from "./layout.ts";
import { lockedBy } from "./sentences.ts";

/** Lets go of a directory. */
export type Unlock = () => void;

/** Throws a StoreError when another process, or another store of this one, has the directory. */
export function lockDirectory(directory: string, command = "flock"): Unlock {
  const path = join(directory, names.lock);
  const file = openSync(path, "a+", 0o600);
  const { status, error } = spawnSync(command, ["-n", "-x", "3"], {
    stdio: ["ignore", "ignore", "ignore", file],
  });
  if (error !== undefined || (status !== 0 && status !== 1)) {
    closeSync(file);
    return lockByName(directory);
  }
  if (status === 1) {
    closeSync(file);
    throw lockedBy(directory, readFileSync(path, "latin1").trim() || "unknown");
  }
  ftruncateSync(file);
  writeSync(file, `${process.pid}\n`);
  return () => closeSync(file);
}

/**
 * The pid of the process that has the directory, or "unknown"; undefined when none has it. Nothing is written. For as long as it takes to ask, a
 * process that wants to have it finds it locked.
 */
export function holderOf(directory: string, command = "flock"): string | undefined {
  const path = join(directory, names.lock);
  const holder = textOf(`${path}.holder`);
  if (holder !== undefined && isAlive(holder)) return holder.split(" ")[0]!;
  const text = textOf(path);
  if (text === undefined) return undefined;
  const file = openSync(path, "r");
  const { status } = spawnSync(command, ["-n", "-s", "3"], {
    stdio: ["ignore", "ignore", "ignore", file],
  });
  closeSync(file);
  return status === 1 ? text || "unknown" : undefined;
}

/** Of a file that is there. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined;
  }
}

/** The lock of places without flock(1). Linking a file to a name is done by one alone. */
function lockByName(directory: string): Unlock {
  const path = join(directory, `${names.lock}.holder`);
  const mine = `${path}.${process.pid}.${threadId}`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid) ?? ""}\n`, { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(mine, path);
        return () => unlinkSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = readFileSync(path, "latin1").trim();
      if (isAlive(holder)) throw lockedBy(directory, holder.split(" ")[0]!);
      unlinkSync(path);
    }
  } finally {
    unlinkSync(mine);
  }
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(" ");
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(Number(pid));
  return start === undefined || now === undefined || now === start;
}

/** When a process was started, in ticks since the machine was; undefined where that cannot be told. */
function startOf(pid: number): string | undefined {
  try {
    // behind the name of the program, which may hold anything
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ")[19];
  } catch {
    return undefined;
  }
}
