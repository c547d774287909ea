// A disk whose power can be cut: ext4 in a file, on a loop device, and the call of ext4 that drops all that it has not written down. What was
// not synced is gone then; what was is there when it is mounted again.

import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32). Its argument 2 writes nothing of the journal, as a cut of power. */
const SHUTDOWN = 0x8004587d;
const NO_LOG_FLUSH = 2;

/** Node makes no such calls; one of these is on every machine that has an ext4. */
const CALLERS = [
  [
    "perl",
    "-e",
    `open(my $d, "<", $ARGV[0]) or sysopen($d, $ARGV[0], 0) or die "open: $!\\n"; my $how = pack("L", ${NO_LOG_FLUSH}); ioctl($d, ${SHUTDOWN}, $how) or die "ioctl(EXT4_IOC_SHUTDOWN): $!\\n"`,
  ],
  [
    "python3",
    "-c",
    `import fcntl, os, struct, sys\nfcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), ${SHUTDOWN}, struct.pack("I", ${NO_LOG_FLUSH}))`,
  ],
] as const;

/** How often an unmount is tried while somebody is still about to let go. */
const TRIES = 50;

export class LoopDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #image: string;

  /** Makes it and mounts it. Throws an Error that says which step could not be done, and why. */
  constructor(directory: string, bytes: number) {
    this.path = join(directory, "disk");
    this.#image = join(directory, "disk.ext4");
    mkdirSync(this.path, { recursive: true });
    const file = openSync(this.#image, "w");
    ftruncateSync(file, bytes);
    closeSync(file);
    run("mkfs.ext4", "-q", "-F", this.#image);
    this.mount();
  }

  mount(): void {
    run("mount", "-t", "ext4", "-o", "loop", this.#image, this.path);
  }

  /** From now on every call on it fails, and nothing more is written down. */
  cut(): void {
    const [caller, ...args] = CALLERS.find(([name]) => isThere(name)) ?? CALLERS[0];
    run(caller, ...args, this.path);
  }

  unmount(): void {
    for (let i = 1; ; i++)
      try {
        return run("umount", this.path);
      } catch (error) {
        if (i === TRIES) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      }
  }

  /** As {@link unmount}, whatever state it is in. */
  remove(): void {
    spawnSync("umount", ["--lazy", this.path]);
    rmSync(this.#image, { force: true });
  }
}

/** Why power cannot be cut here, as a sentence; undefined when it can. It is tried, with bytes that were synced and some that were not. */
export function whyNoPowerCut(): string | undefined {
  if (process.getuid?.() !== 0)
    return "a loop device can be mounted by root alone, and this is another user";
  const directory = mkdtempSync(join(tmpdir(), "fanwire-disk-"));
  let disk: LoopDisk | undefined;
  try {
    disk = new LoopDisk(directory, 16_777_216);
    return tryCut(disk);
  } catch (error) {
    return (error as Error).message;
  } finally {
    disk?.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

function tryCut(disk: LoopDisk): string | undefined {
  const synced = join(disk.path, "synced");
  const unsynced = join(disk.path, "unsynced");
  const file = openSync(synced, "w");
  writeSync(file, "kept");
  fsyncSync(file);
  closeSync(file);
  writeFileSync(unsynced, "lost");
  disk.cut();
  disk.unmount();
  disk.mount();
  if (!existsSync(synced)) return "a file that was synced is not there after a cut";
  if (existsSync(unsynced)) return "a file that was not synced is there after a cut";
  return undefined;
}

function isThere(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

function run(command: string, ...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw new Error(`there is no ${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.trim()}`);
}
