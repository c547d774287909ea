import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { Fatal, type WorkerJob } from "@fanwire/client/queue";
import { afterAll, expect, test } from "vitest";
import type { DoneRecord } from "../jobs.ts";
import type { Work } from "../server/work-list.ts";
import { makeHandler } from "./handler.ts";
import { perform } from "./perform.ts";

const folder = mkdtempSync(join(tmpdir(), "fanwire-worker-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = Buffer.from("what a worker reads, again and again. ".repeat(3_000));
const path = join(folder, "file.txt");
writeFileSync(path, bytes);
const work: Work[] = [
  { id: "sum", title: "Sums", kind: "sha256", folder, files: ["file.txt", "gone.txt"] },
];

function jobOf(data: unknown, signal = new AbortController().signal) {
  const told: [number, string | undefined][] = [];
  const job = {
    data,
    id: "a-1",
    seq: 3,
    attempt: 2,
    signal,
    progress: (part: number, note?: string) => told.push([part, note]),
  } as unknown as WorkerJob;
  return { job, told };
}

function handlerOf(clock = () => 0) {
  const records: DoneRecord[] = [];
  const record = (done: DoneRecord) => Promise.resolve(records.push(done));
  return { records, handle: makeHandler({ work, pid: 11, record, now: clock }) };
}

test("a file is hashed, and its progress goes to the end", async () => {
  const parts: number[] = [];
  const { signal } = new AbortController();
  const hash = await perform({ kind: "sha256", path, signal, progress: (p) => parts.push(p) });
  expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(parts.length).toBeGreaterThan(3);
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(parts.at(-1)).toBe(1);
});

test("a file is compressed, piece by piece", async () => {
  const parts: number[] = [];
  const { signal } = new AbortController();
  const size = await perform({ kind: "brotli", path, signal, progress: (p) => parts.push(p) });
  expect(size).toBeGreaterThanOrEqual(brotliCompressSync(bytes).length);
  expect(size).toBeLessThan(bytes.length / 10);
  expect(parts.length).toBeGreaterThan(3);
});

test("what was done is put on record, with the job and the worker", async () => {
  const { records, handle } = handlerOf();
  const { job, told } = jobOf({ work: "sum", n: 2 });
  await handle(job);
  expect(records).toEqual([{ id: "a-1", seq: 3, pid: 11, attempt: 2, file: "file.txt" }]);
  expect(told).toEqual([[0, "11 file.txt"]]);
});

test("progress is told at most ten times a second", async () => {
  let now = 0;
  const { handle } = handlerOf(() => (now += 60));
  const { job, told } = jobOf({ work: "sum", n: 0 });
  await handle(job);
  const pieces = Math.ceil(bytes.length / 16_384);
  expect(told.length).toBeGreaterThan(1);
  expect(told.length).toBeLessThan(pieces);
});

test("what belongs to somebody else by now is not put on record", async () => {
  const { records, handle } = handlerOf();
  const lost = new AbortController();
  lost.abort(new Error("lease lost"));
  await expect(handle(jobOf({ work: "sum", n: 0 }, lost.signal).job)).rejects.toThrow();
  expect(records).toEqual([]);
});

test("a file that cannot be read is a failure, which may be tried again", async () => {
  const { records, handle } = handlerOf();
  await expect(handle(jobOf({ work: "sum", n: 1 }).job)).rejects.toThrow("ENOENT");
  expect(records).toEqual([]);
});

test.each([
  null,
  "sum",
  { work: "other", n: 0 },
  { work: "sum", n: -1 },
  { work: "sum", n: 0.5 },
  { work: "sum", n: "../../etc/passwd" },
  { work: "__proto__", n: 0 },
])("%j is no work of the list, and never will be", async (data) => {
  const { records, handle } = handlerOf();
  await expect(handle(jobOf(data).job)).rejects.toBeInstanceOf(Fatal);
  expect(records).toEqual([]);
});
