import { expect, test } from "vitest";
import type { Account } from "./account.ts";
import {
  backSentence,
  cameSentence,
  killedSentence,
  leftSentence,
  noWorkersSentence,
  readyAgainSentence,
  sentSentence,
  settledSentence,
} from "./words.ts";

const account = (more: Partial<Account> = {}): Account => ({
  sent: 1_000,
  done: 1_000,
  inWork: 0,
  ready: 0,
  waiting: 0,
  dead: 0,
  unaccounted: 0,
  twice: 0,
  ...more,
});

test("a kill is told, and what becomes of the job", () => {
  expect(killedSentence(20418, true, 2_000)).toBe(
    "Worker 20418 was killed. The hub keeps its job for it another 2 s.",
  );
  expect(killedSentence(20418, false, 2_000)).toBe("Worker 20418 was killed. It had no job.");
  expect(readyAgainSentence(20418, 757, 0)).toBe(
    "Worker 20418 was killed. Job 757 is ready again.",
  );
  expect(readyAgainSentence(20418, 757, 1)).toBe(
    "Worker 20418 was killed. Job 757 is ready again, first failure counted.",
  );
  expect(readyAgainSentence(20418, 757, 2)).toContain("2 failures counted");
});

test("what was sent, and what was refused, in the hub's words", () => {
  expect(sentSentence(1_000, undefined, 412)).toBe("1,000 jobs confirmed on disk in 0.4 s.");
  expect(sentSentence(0, "The queue is full.", 412)).toBe("Nothing was sent: The queue is full.");
  expect(sentSentence(1, "The queue is full.", 412)).toBe(
    "1 job confirmed on disk, others were refused: The queue is full.",
  );
});

test("the end says how often, and never hides what is missing", () => {
  expect(settledSentence(account())).toBe(
    "All 1,000 jobs are done, none of them twice, 0 unaccounted for.",
  );
  expect(settledSentence(account({ twice: 2 }))).toContain("2 of them more than once");
  expect(settledSentence(account({ done: 998, dead: 1, unaccounted: 1 }))).toBe(
    "998 jobs done, 1 dead, none of them twice, 1 UNACCOUNTED FOR.",
  );
});

test("after a restart of the hub the queue is told from disk", () => {
  expect(backSentence(account({ done: 400, ready: 598, inWork: 2 }))).toBe(
    "The queue is back from disk: 400 done, 600 to do, 0 unaccounted for.",
  );
  expect(backSentence(account())).toContain("All 1,000 jobs are done");
});

test("without workers the table says what to do", () => {
  const waiting = account({ done: 742, ready: 257, waiting: 1 });
  expect(noWorkersSentence([], waiting, false)).toBe(
    "No worker is running. 258 jobs wait. Start one and they begin at once.",
  );
  expect(noWorkersSentence([], waiting, true)).toContain("Resume the queue, and start one.");
  expect(noWorkersSentence([], account({ done: 999, ready: 1 }), false)).toBe(
    "No worker is running. 1 job waits. Start one and it begins at once.",
  );
  expect(noWorkersSentence([], undefined, false)).toBe("No worker is running.");
  expect(noWorkersSentence([], account(), false)).toBe(
    "No worker is running, and nothing is to be done.",
  );
  expect(noWorkersSentence([{ pid: 1, is: "running" }], waiting, false)).toBeUndefined();
});

test("who comes and goes among the workers is told", () => {
  const at = (pid: number, is: "starting" | "running" | "stopping") => ({ pid, is });
  const nobody = new Set<number>();
  expect(cameSentence([], [at(1, "starting")])).toBeUndefined();
  expect(cameSentence([at(1, "starting")], [at(1, "running")])).toBe("Worker 1 is at work.");
  expect(cameSentence([at(1, "running")], [at(1, "running")])).toBeUndefined();
  expect(leftSentence([at(1, "running")], [at(1, "stopping")], nobody)).toBeUndefined();
  expect(leftSentence([at(1, "stopping")], [], nobody)).toBe(
    "Worker 1 stopped after finishing its job.",
  );
  expect(leftSentence([at(1, "running")], [], nobody)).toBe("Worker 1 has ended.");
  // that is told already
  expect(leftSentence([at(1, "running")], [], new Set([1]))).toBeUndefined();
});
