import { expect, test } from "vitest";
import { progressNote } from "../../jobs.ts";
import type { Report } from "./report.ts";
import { LostWorkers } from "./lost-workers.ts";
import { WorkerRows } from "./worker-rows.ts";

const report = (id: string, state: string, progress?: number, note?: string): Report => ({
  id,
  seq: 7,
  state,
  failures: 0,
  progress,
  note,
});

test("a worker has the job of which it tells its progress, until that is done", () => {
  const rows = new WorkerRows();
  rows.told(report("a-1", "leased"));
  expect(rows.at(11)).toBeUndefined();
  rows.told(report("a-1", "leased", 0.25, progressNote(11, "doc/a file.gz")));
  expect(rows.at(11)).toEqual({ id: "a-1", seq: 7, file: "doc/a file.gz", progress: 0.25 });
  rows.told(report("a-1", "done"));
  expect(rows.at(11)).toBeUndefined();
});

test("a job has one worker: the last one", () => {
  const rows = new WorkerRows();
  rows.told(report("a-1", "leased", 0.5, progressNote(11, "f")));
  rows.told(report("a-1", "leased", 0, progressNote(12, "f")));
  expect([rows.at(11), rows.at(12)?.progress]).toEqual([undefined, 0]);
  rows.told(report("a-2", "leased", 0, progressNote(12, "g")));
  expect(rows.at(12)?.file).toBe("g");
});

test("who had a job last is known until it is done", () => {
  const rows = new WorkerRows();
  rows.told(report("a-1", "leased", 0.5, progressNote(11, "f")));
  rows.told(report("a-1", "failed"));
  expect([rows.holder("a-1"), rows.at(11)]).toEqual([11, undefined]);
  rows.told(report("a-1", "leased", 0, progressNote(12, "f")));
  expect(rows.holder("a-1")).toBe(12);
  rows.told(report("a-1", "done"));
  expect(rows.holder("a-1")).toBeUndefined();
});

test("who is not there any more has no job, and a strange note is nobody's", () => {
  const rows = new WorkerRows();
  rows.told(report("a-1", "leased", 0.5, progressNote(11, "f")));
  rows.keep([12]);
  expect(rows.at(11)).toBeUndefined();
  rows.told(report("a-1", "leased", 0.5, "half way"));
  expect(rows.at(11)).toBeUndefined();
});

const jobAt = () =>
  ({
    id: "a-1",
    priority: 4,
    seq: 757,
    stand: "leased",
    isConfirmed: true,
    failures: 0,
    dueAt: 0,
    progress: 0,
    times: 0,
    heardIn: 0,
  }) as const;

test("of a killed worker's job is told when it is ready again, once", () => {
  const lost = new LostWorkers();
  const job = jobAt();
  lost.add(11);
  // a job that it has just finished, its last word, another worker's job, and the wait
  expect(lost.changed({ ...job, id: "a-0", stand: "gone" }, 11)).toBeUndefined();
  expect(lost.changed(job, 11)).toBeUndefined();
  expect(lost.changed({ ...job, id: "a-2", stand: "delayed" }, 12)).toBeUndefined();
  expect(lost.changed({ ...job, stand: "delayed", failures: 1 }, 11)).toBeUndefined();
  expect(lost.changed({ ...job, stand: "ready", failures: 1 }, 11)).toBe(
    "Worker 11 was killed. Job 757 is ready again, first failure counted.",
  );
  expect(lost.changed({ ...job, stand: "ready", failures: 1 }, 11)).toBeUndefined();
  lost.add(12);
  expect(lost.changed({ ...job, stand: "dead", failures: 5 }, 12)).toContain("Job 757 is dead");
});

test("a job that was given to somebody else before the page looked is told too, and one that was done is not", () => {
  const lost = new LostWorkers();
  const job = jobAt();
  lost.add(11);
  expect(lost.changed({ ...job, stand: "delayed", failures: 1 }, 11)).toBeUndefined();
  expect(lost.changed({ ...job, stand: "leased", failures: 1 }, 11)).toContain("is ready again");
  lost.add(12);
  expect(lost.changed({ ...job, stand: "gone" }, 12)).toBeUndefined();
});
