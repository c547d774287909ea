import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { Workers } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "fanwire-workers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const script = join(folder, "worker.mjs");
// says that it is at work, and ends when it is told to
writeFileSync(
  script,
  "process.on('SIGTERM', () => process.exit(0)); console.log('at work'); setInterval(() => {}, 1000);",
);

let workers: Workers;
let lists: string[] = [];
afterEach(() => workers.end());

function newWorkers(): Workers {
  lists = [];
  workers = new Workers({ script }, () =>
    lists.push(workers.list.map(({ pid, is }) => `${pid} ${is}`).join(", ")),
  );
  return workers;
}
const until = (list: string) => expect.poll(() => lists.at(-1)).toBe(list);

test("a worker is started, is at work, and stops when it is told to", async () => {
  const pid = newWorkers().start()!;
  expect(lists).toEqual([`${pid} starting`]);
  await until(`${pid} running`);
  expect(workers.stop(pid)).toBe(true);
  expect(lists.at(-1)).toBe(`${pid} stopping`);
  await until("");
});

test("a worker that is killed stays gone, and the others go on", async () => {
  const [first, second] = [newWorkers().start()!, workers.start()!];
  await until(`${first} running, ${second} running`);
  expect(workers.kill(first)).toBe(true);
  await until(`${second} running`);
  expect([workers.kill(first), workers.stop(first)]).toEqual([false, false]);
});

test("nobody ends a process that was not started here", () => {
  newWorkers();
  expect([workers.kill(process.pid), workers.stop(process.pid)]).toEqual([false, false]);
});

test("all end together", async () => {
  newWorkers().start();
  workers.start();
  await workers.end();
  await until("");
});
