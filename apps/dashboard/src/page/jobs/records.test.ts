import { expect, test } from "vitest";
import { readCrew, readDone, readSending, readSent } from "./records.ts";
import { readReport } from "./report.ts";

test("records are read as they were written", () => {
  const sending = { batch: "a", mix: [1, 2, 3], anew: true };
  expect(readSending(sending)).toEqual(sending);
  expect(readSent({ batch: "a", refused: [[1, 2]] })).toEqual({ batch: "a", refused: [[1, 2]] });
  const done = { id: "a-1", seq: 1, pid: 2, attempt: 1, file: "f" };
  expect(readDone(done)).toEqual(done);
});

test.each([
  undefined,
  null,
  1,
  "text",
  {},
  { batch: "", mix: [1, 2, 3] },
  { batch: "a", mix: [1, 2] },
  { batch: "a", mix: [0, 0, 0] },
  { batch: "a", mix: [-1, 2, 3] },
  { batch: "a", mix: [0, 10_001, 0] },
  { batch: "a", refused: [[1]] },
  { batch: "a", refused: "all" },
  { id: 1, seq: 1, pid: 2, attempt: 1 },
  { id: "a", seq: "1", pid: 2, attempt: 1 },
  { id: "a", state: 1, seq: 1 },
])("%j is none", (data) => {
  expect(readSending(data)).toBeUndefined();
  expect(readSent(data)).toBeUndefined();
  expect(readDone(data)).toBeUndefined();
  expect(readReport(data)).toBeUndefined();
});

test("of the crew everything is taken that can be read", () => {
  const crew = readCrew({
    offers: [{ id: "a", title: "A", files: 3 }, { id: "b" }, null],
    workers: [{ pid: 1, is: "running" }, { pid: 2, is: "dancing" }, { pid: "3" }],
  });
  expect(crew.offers).toEqual([{ id: "a", title: "A", files: 3 }]);
  expect(crew.workers).toEqual([
    { pid: 1, is: "running" },
    { pid: 2, is: "starting" },
  ]);
  expect(readCrew("nothing")).toEqual({ offers: [], workers: [] });
});

test("a report of the hub may have progress", () => {
  expect(readReport({ id: "a", seq: 1, state: "leased", progress: 0.5, note: "4 f" })).toEqual({
    id: "a",
    seq: 1,
    state: "leased",
    failures: 0,
    progress: 0.5,
    note: "4 f",
  });
});
