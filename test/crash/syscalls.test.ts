import { expect, test } from "vitest";
import { inFolder, notTested } from "./folder.testkit.ts";
import { whyNoStrace } from "./strace.ts";
import type { Ending, Target } from "./syscall-case.ts";
import { syscalls } from "./syscalls.ts";

type Case = readonly [
  found: Target["found"],
  call: string,
  injected: Target["injected"],
  isLasting: boolean,
  when: number,
  ending: Ending,
];

const cases: readonly Case[] = [
  ["nothing", "pwrite64", "EIO", false, 1, "not started"],
  ["nothing", "pwrite64", "EIO", false, 40, "failed"],
  ["nothing", "pwrite64", "ENOSPC", false, 40, "went on"],
  ["nothing", "pwrite64", "ENOSPC", true, 9, "read-only"],
  ["nothing", "fdatasync", "EIO", false, 30, "failed"],
  ["nothing", "rename", "KILL", false, 9, "killed"],
  ["a store", "openat", "EIO", false, 5, "not started"],
  ["a store", "openat", "KILL", false, 9, "killed"],
];

const why = whyNoStrace();
if (why !== undefined) notTested("a hub of which a system call fails", why);

test.skipIf(why !== undefined).each(cases)(
  "a hub that finds %s, and whose %s gets %s (from then on: %s) at call %s, ends or goes on as it must (%s), and what it has confirmed is there",
  async (found, call, injected, isLasting, when, ending) => {
    await inFolder(async (directory) => {
      const target = { found, call, injected, isLasting };
      const seed = 40;
      const { rows, wrong } = await syscalls({
        directory,
        targets: [target],
        ns: [when],
        jobs: 1,
        seed,
      });
      expect(wrong).toEqual([]);
      expect(rows).toEqual([{ ...target, cases: 1, endings: { [ending]: 1 }, wrong: 0 }]);
    });
  },
);
