import { errorCodes } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { hub, turn } from "../fake-hub.testkit.ts";
import { ACK, FAIL, REJECT, RELEASE, TOUCH } from "./hands.testkit.ts";
import type { PulledJob } from "./pull.ts";
import { jobs, op, QueueBench, recordOf } from "./queue-hub.testkit.ts";

const LEASE_LOST = errorCodes["lease-lost"].code;

type Jobs = AsyncGenerator<PulledJob, undefined>;

/** A pull that was asked for over a live link. */
async function pulling(options?: Parameters<QueueBench["q"]["pull"]>[0]): Promise<{
  bench: QueueBench;
  pulled: Jobs;
  first: Promise<IteratorResult<PulledJob, undefined>>;
}> {
  const bench = new QueueBench();
  await bench.welcome({ pingMs: 10_000_000 });
  const pulled = bench.q.pull(options);
  const first = pulled.next();
  await turn();
  return { bench, pulled, first };
}

/** Gives it jobs, then the answer. */
async function give(bench: QueueBench, ...seqs: readonly number[]): Promise<void> {
  const frames = seqs.map((seq) => jobs.delivery(7, seq));
  const ok = jobs.granted(bench.idOf(op.CONSUME), { jobs: seqs.length });
  bench.socket.say(...frames, ok);
  await turn();
}

test("QC20 a pull is given so many jobs, and ends behind the last", async () => {
  const { bench, pulled, first } = await pulling({ count: 3, waitMs: 2000.5 });
  expect(recordOf(bench.said(op.CONSUME)[0]![1])).toEqual({ pull: 3, waitMs: 2001 });
  await give(bench, 1, 2);
  const { value: job } = await first;
  expect(job).toMatchObject({ seq: 1, data: 1, queue: "q", attempt: 1 });
  expect((await pulled.next()).value).toMatchObject({ seq: 2 });
  expect(await pulled.next()).toEqual({ value: undefined, done: true });
  expect(bench.said(op.CANCEL)).toEqual([]);
});

test("QC20 a pull that brings nothing is a loop without a turn", async () => {
  const { bench, first } = await pulling();
  await give(bench);
  expect(await first).toEqual({ value: undefined, done: true });
});

test("QC20 what became of a job is said once, and resolves with the answer", async () => {
  const { bench, pulled, first } = await pulling({ count: 9 });
  await give(bench, 1, 2, 3, 4, 5);
  const all = [(await first).value!];
  for (let i = 0; i < 4; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one by one
    all.push((await pulled.next()).value!);
  }
  const [a, b, c, d, e] = all as [PulledJob, PulledJob, PulledJob, PulledJob, PulledJob];
  const done = [
    a.ack(),
    b.release(),
    c.fail(new Error("no"), 0.5),
    d.reject("never"),
    e.touch(7.5),
  ];
  await turn();
  expect(bench.said(op.SETTLE)).toHaveLength(1);
  expect(bench.settlements).toEqual([
    [ACK, 1],
    [RELEASE, 2],
    [FAIL, 3, 1, "no"],
    [REJECT, 4, "never"],
    [TOUCH, 5, 8],
  ]);
  bench.settle(0, 0, 0, LEASE_LOST);
  expect(await Promise.allSettled(done)).toMatchObject([
    { status: "fulfilled" },
    { status: "fulfilled" },
    { status: "fulfilled" },
    { reason: { code: "lease-lost", message: "the job is held by another, or gone" } },
    { status: "fulfilled" },
  ]);
  expect(() => a.ack()).toThrow(/what became of the job was said before/u);
  const failed = e.fail();
  await turn();
  expect(bench.settlements.slice(5)).toEqual([[FAIL, 5]]);
  bench.settle();
  await failed;
});

test("QC20 what is said of a job whose lease is lost is still said: nobody may have it", async () => {
  const { bench, first } = await pulling();
  await give(bench, 1);
  const job = (await first).value!;
  bench.socket.say(jobs.lost(7, 1));
  expect(job.signal.reason).toMatchObject({ code: "lease-lost" });
  const done = job.ack();
  await turn();
  expect(bench.settlements).toEqual([[ACK, 1]]);
  bench.settle();
  await done;
});

test("QC20 the client keeps the leases of jobs that the loop was not given yet, and no others", async () => {
  const { bench, first } = await pulling({ count: 3 });
  await give(bench, 1, 2, 3);
  await first;
  await bench.clock.pass(10_000);
  expect(bench.settlements).toEqual([
    [TOUCH, 2],
    [TOUCH, 3],
  ]);
});

test("QC20 what a loop that is left was not given goes back", async () => {
  const { bench, pulled, first } = await pulling({ count: 3 });
  await give(bench, 1, 2, 3);
  await first;
  await pulled.return(undefined);
  await turn();
  expect(bench.settlements).toEqual([
    [RELEASE, 2],
    [RELEASE, 3],
  ]);
});

test("QC20 a job that is lost before the loop was given it is left out", async () => {
  const { bench, pulled, first } = await pulling({ count: 3 });
  bench.socket.say(jobs.delivery(7, 1), jobs.delivery(7, 2), jobs.lost(7, 1), jobs.delivery(7, 3));
  await give(bench);
  expect((await first).value!.seq).toBe(2);
  bench.socket.say(jobs.lost(7, 3));
  expect((await pulled.next()).done).toBe(true);
});

test("QC20 a pull ends at its time beside what the hub waits, and jobs that come then go back", async () => {
  const { bench, first } = await pulling({ waitMs: 500, timeoutMs: 100 });
  const late = expect(first).rejects.toMatchObject({ code: "timeout" });
  await bench.clock.pass(600);
  await late;
  await give(bench, 1);
  expect(bench.settlements).toEqual([[RELEASE, 1]]);
});

test("QC20 its signal ends it while it waits and between jobs", async () => {
  const waiting = new AbortController();
  const { first } = await pulling({ signal: waiting.signal });
  waiting.abort();
  await expect(first).rejects.toMatchObject({ code: "aborted" });
  const between = new AbortController();
  const other = await pulling({ count: 2, signal: between.signal });
  await give(other.bench, 1, 2);
  await other.first;
  between.abort(new Error("enough"));
  await expect(other.pulled.next()).rejects.toMatchObject({ code: "aborted", message: "enough" });
  await turn();
  expect(other.bench.settlements).toEqual([[RELEASE, 2]]);
});

test("QC20 a pull that a lost link left unanswered is asked again, and what came of it goes back", async () => {
  const { bench, first } = await pulling({ count: 2 });
  bench.socket.say(jobs.delivery(7, 1));
  await bench.comeBack();
  expect(bench.settlements).toEqual([[RELEASE, 1]]);
  expect(bench.said(op.CONSUME)).toHaveLength(1);
  await give(bench, 2);
  expect((await first).value!.seq).toBe(2);
});

test("QC20 after a cut the loop waits until the hub has said which leases stand", async () => {
  const { bench, pulled, first } = await pulling({ count: 3 });
  await give(bench, 1, 2, 3);
  const job = (await first).value!;
  bench.socket.end();
  const next = pulled.next();
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.settlements).toEqual([
    [TOUCH, 1],
    [TOUCH, 2],
    [TOUCH, 3],
  ]);
  bench.settle(LEASE_LOST, LEASE_LOST, 0);
  expect((await next).value!.seq).toBe(3);
  expect(job.signal.aborted).toBe(true);
});

test("QC20 a refusal of the hub ends it", async () => {
  const { bench, first } = await pulling();
  bench.socket.say(hub.refused(bench.idOf(op.CONSUME), "not-found"));
  await expect(first).rejects.toMatchObject({ code: "not-found" });
});
