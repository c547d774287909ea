import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Child } from "./child.ts";

const folder = mkdtempSync(join(tmpdir(), "fanwire-child-"));
function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const lives = script("lives.mjs", "console.log(process.pid); setInterval(() => {}, 1000);");
const deaf = script(
  "deaf.mjs",
  "process.on('SIGTERM', () => process.exit(7)); console.log(process.pid); setInterval(() => {}, 1000);",
);

/** The numbers of a child's processes, one after the other. */
function pids() {
  const waiting: ((pid: number) => void)[] = [];
  const said: number[] = [];
  return {
    says: (words: string) => {
      const pid = Number(words);
      const next = waiting.shift();
      if (next) next(pid);
      else said.push(pid);
    },
    next: () =>
      new Promise<number>((done) => {
        const pid = said.shift();
        if (pid === undefined) waiting.push(done);
        else done(pid);
      }),
  };
}

test("a child that is killed is started again, and stop leaves none behind", async () => {
  const { says, next } = pids();
  const child = new Child({ script: lives, says });
  await child.start();
  const first = await next();
  process.kill(first, "SIGKILL");
  const second = await next();
  expect(second).not.toBe(first);
  await child.stop();
  expect(isRunning(second)).toBe(false);
});

test("a child that is killed by order is started again", async () => {
  const { says, next } = pids();
  const child = new Child({ script: lives, says });
  expect(child.kill()).toBe(false);
  await child.start();
  const first = await next();
  expect(child.kill()).toBe(true);
  expect(await next()).not.toBe(first);
  await child.stop();
  expect(child.kill()).toBe(false);
});

test("a child that ends by itself when it is told to is not started again", async () => {
  const { says, next } = pids();
  const child = new Child({ script: deaf, says });
  await child.start();
  const pid = await next();
  await child.stop();
  await child.stop();
  expect(isRunning(pid)).toBe(false);
});
