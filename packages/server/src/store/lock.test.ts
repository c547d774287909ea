import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeFiles } from "./files.ts";
import { holderOf, lockDirectory } from "./lock.ts";
import { Log } from "./log.ts";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fanwire-lock-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const locked = expect.objectContaining({ code: "locked" }) as Error;

/** Where there is no such program, the lock is a file that names its holder. */
const NONE = "fanwire-no-such-program";

describe.each([
  ["flock", "flock"],
  ["the name of its holder", NONE],
])("a lock by %s", (_, command) => {
  test("Z10 is one process's, and free when it is let go", () => {
    const unlock = lockDirectory(directory, command);
    expect(() => lockDirectory(directory, command)).toThrow(locked);
    expect(() => lockDirectory(directory, command)).toThrow(`pid ${process.pid}`);
    unlock();
    lockDirectory(directory, command)();
  });

  test("Z10 has a holder that can be asked for, and nothing is written by that", () => {
    expect(holderOf(directory, command)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
    const unlock = lockDirectory(directory, command);
    expect(holderOf(directory, command)).toBe(`${process.pid}`);
    unlock();
    expect(holderOf(directory, command)).toBeUndefined();
    lockDirectory(directory, command)();
  });

  test("Z10 lets a store be made, closed and opened", () => {
    for (let run = 1; run <= 2; run++) {
      const log = new Log(nodeFiles, directory, {
        segmentBytes: 4096,
        lock: (path) => lockDirectory(path, command),
      });
      const opened = log.open().next();
      expect(opened).toMatchObject({ done: true, value: { run } });
      log.close();
    }
  });
});

describe("the name of a holder", () => {
  const holder = (): string => join(directory, "lock.holder");

  test("Z10 blocks nobody when that process is gone", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(holder(), `${pid} 1\n`);
    lockDirectory(directory, NONE)();
    expect(readdirSync(directory)).toEqual(["lock"]);
  });

  test.runIf(process.platform === "linux")(
    "Z10 blocks nobody when its pid is that of another process now",
    () => {
      writeFileSync(holder(), `${process.pid} 1\n`);
      const unlock = lockDirectory(directory, NONE);
      expect(readFileSync(holder(), "latin1")).not.toBe(`${process.pid} 1\n`);
      unlock();
    },
  );
});
