import { errorCodes } from "@fanwire/protocol";
import { expect, test, vi } from "vitest";
import { hub, turn } from "../fake-hub.testkit.ts";
import { ACK, FAIL, Hands, PROGRESS, REJECT, RELEASE, TOUCH, working } from "./hands.testkit.ts";
import { Fatal, Release, Retry } from "./outcomes.ts";
import { queue } from "./queue.ts";
import { jobs, op, QueueBench, recordOf } from "./queue-hub.testkit.ts";

const LEASE_LOST = errorCodes["lease-lost"].code;
const STORAGE_FULL = errorCodes["storage-full"].code;

test("QC7 a worker asks for jobs, and so many are at work at a time; the others wait in their order", async () => {
  const { bench, worker, hands } = await working({ concurrency: 2, credit: 5 }, [1, 2, 3, 4]);
  expect(bench.said(op.CONSUME)).toEqual([
    ["q", new Map(Object.entries({ concurrency: 2, credit: 5 }))],
  ]);
  expect(hands.begun).toEqual([1, 2]);
  expect(worker.running).toBe(2);
  await hands.end(1);
  expect(hands.begun).toEqual([1, 2, 3]);
  await hands.end(0);
  expect(hands.begun).toEqual([1, 2, 3, 4]);
});

test("QC7 jobs that come before or right behind the answer are taken", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const hands = new Hands();
  bench.q.consume(hands.handler, { concurrency: 9 });
  await turn();
  bench.socket.say(jobs.delivery(7, 1));
  await bench.serve({}, jobs.delivery(7, 2));
  expect(hands.begun).toEqual([1, 2]);
});

test("QC7 a job is read: data, number, id, attempt, time, sender, headers, priority, group", async () => {
  const { bench, hands } = await working({ concurrency: 9 });
  const meta = { h: new Map([["x", "1"]]) };
  const info = { id: "i", priority: 9, group: "g" };
  bench.socket.say(
    jobs.delivery(7, 1, { attempt: 3, time: 99, from: "ada", meta, info }),
    jobs.delivery(7, 2),
    jobs.delivery(7, 3, {
      info: { dead: "failures", deadFrom: "a", failures: 5, error: "no", deadAt: 8 },
    }),
    jobs.delivery(7, 4, { info: { topic: "lights.a", epoch: 5, offset: 8 } }),
  );
  expect(hands.jobs[0]).toMatchObject({
    data: 1,
    queue: "q",
    seq: 1,
    id: "i",
    attempt: 3,
    time: 99,
    from: "ada",
    headers: { x: "1" },
    priority: 9,
    group: "g",
    dead: undefined,
    topic: undefined,
  });
  expect(hands.jobs[1]).toMatchObject({ id: undefined, from: undefined, priority: 4 });
  expect(hands.jobs[2]!.dead).toEqual({
    reason: "failures",
    queue: "a",
    failures: 5,
    error: "no",
    time: 8,
  });
  expect(hands.jobs[3]).toMatchObject({ topic: "lights.a", position: "5:8" });
});

test("QC8 returning acknowledges, with the time that it took", async () => {
  const { bench, hands } = await working({}, [1]);
  await bench.clock.pass(250);
  await hands.end(0);
  expect(bench.settlements).toEqual([[ACK, 1, 250]]);
});

test("QC8 throwing fails, with a time of its own, gives back, or rejects; onError hears of all but Release", async () => {
  const { bench, hands } = await working({ concurrency: 9 }, [1, 2, 3, 4, 5, 6]);
  await hands.end(0, new Error("broken"));
  await hands.end(1, new Retry(1500.2, "later"));
  await hands.end(2, new Release());
  await hands.end(3, new Fatal("never"));
  await hands.end(4, "text");
  await hands.end(5, new TypeError());
  expect(bench.settlements).toEqual([
    [FAIL, 1, "broken"],
    [FAIL, 2, 1501, "later"],
    [RELEASE, 3],
    [REJECT, 4, "never"],
    [FAIL, 5, "text"],
    [FAIL, 6, "TypeError"],
  ]);
  expect(hands.errors).toEqual([
    ["broken", 1],
    ["later", 2],
    ["never", 4],
    [undefined, 5],
    ["", 6],
  ]);
});

test("QC8 a handler that throws before it returns a promise has failed as any other", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  bench.q.consume(() => {
    throw new Error("at once");
  });
  await turn();
  await bench.serve({}, jobs.delivery(7, 1), jobs.delivery(7, 2));
  expect(bench.settlements).toEqual([
    [FAIL, 1, "at once"],
    [FAIL, 2, "at once"],
  ]);
});

test("QC8 the hub is told 1,024 bytes of an error, cut between characters", async () => {
  const { bench, hands } = await working({}, [1]);
  await hands.end(0, new Error(`x${"€".repeat(400)}`));
  expect(bench.settlements).toEqual([[FAIL, 1, `x${"€".repeat(341)}`]]);
});

test("QC8 a job that cannot be read has failed, and is told by onError", async () => {
  const { bench, hands } = await working();
  bench.socket.say(jobs.delivery(7, 1, { encoding: 14 }));
  await turn();
  expect(bench.settlements).toEqual([[FAIL, 1, "undecodable: unknown encoding 14"]]);
  expect(hands.errors).toEqual([["undecodable", undefined]]);
  expect(hands.begun).toEqual([]);
});

test("QC9 what is said in a turn leaves in one frame for each queue, 1,000 in each at most", async () => {
  const { bench, worker, hands } = await working();
  const other = queue(bench.client, "other").consume(hands.handler);
  await turn();
  await bench.serve({ consumer: 8 });
  bench.socket.say(
    ...Array.from({ length: 1201 }, (_, i) => jobs.delivery(7, i + 1)),
    ...Array.from({ length: 4 }, (_, i) => jobs.delivery(8, i + 2001)),
  );
  void other.drain();
  void worker.drain();
  await turn();
  const rows = bench.said(op.SETTLE).map(([name, each]) => [name, (each as unknown[]).length]);
  expect(rows).toEqual([
    ["other", 3],
    ["q", 1000],
    ["q", 200],
  ]);
});

test("QC9 what a lost link left unanswered is said again on the next, and its outcome counts", async () => {
  const { bench, hands } = await working({ concurrency: 2 }, [1, 2]);
  await hands.end(0);
  await hands.end(1, new Error("no"));
  await bench.comeBack();
  expect(bench.settlements.slice(0, 2)).toEqual([
    [ACK, 1, 0],
    [FAIL, 2, "no"],
  ]);
  bench.settle();
  await bench.comeBack();
  expect(bench.settlements).toEqual([]);
});

test("QC9 what happens while there is no link is said when there is one", async () => {
  const { bench, hands } = await working({}, [1, 2]);
  bench.socket.end();
  await hands.end(0);
  expect(hands.begun).toEqual([1]);
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.settlements).toEqual([
    [ACK, 1, 0],
    [TOUCH, 2],
  ]);
});

test("QC9 an outcome for now is said again later, a refusal for good is told by onError", async () => {
  const { bench, hands } = await working({ concurrency: 2 }, [1, 2]);
  await Promise.all([hands.end(0), hands.end(1)]);
  bench.settle(STORAGE_FULL, LEASE_LOST);
  expect(hands.errors).toEqual([["lease-lost", 2]]);
  await bench.clock.pass(499);
  expect(bench.settlements).toHaveLength(2);
  await bench.clock.pass(1);
  expect(bench.settlements.slice(2)).toEqual([[ACK, 1, 0]]);
  bench.socket.say(hub.refused(bench.idOf(op.SETTLE), "rate-limited", 40));
  await bench.clock.pass(40);
  expect(bench.settlements.slice(3)).toEqual([[ACK, 1, 0]]);
  bench.socket.say(hub.refused(bench.idOf(op.SETTLE), "forbidden"));
  expect(hands.errors.slice(1)).toEqual([["forbidden", 1]]);
});

test("QC10 each third of a lease all leases are touched in one frame, as long as the handlers are at work", async () => {
  const { bench, hands } = await working({}, [1, 2, 3]);
  await bench.clock.pass(9999);
  expect(bench.settlements).toEqual([]);
  await bench.clock.pass(1);
  expect(bench.said(op.SETTLE)).toHaveLength(1);
  expect(bench.settlements).toEqual([
    [TOUCH, 1],
    [TOUCH, 2],
    [TOUCH, 3],
  ]);
  bench.settle();
  await bench.clock.pass(100_000);
  expect(bench.said(op.SETTLE)).toHaveLength(11);
  await hands.end(0);
  await hands.end(1);
  await hands.end(2);
  const before = bench.said(op.SETTLE).length;
  for (const [, id] of bench.socket.framesOf(op.SETTLE).slice(-3))
    bench.socket.say(jobs.settled(id as number, 0));
  await bench.clock.pass(20_000);
  expect(bench.said(op.SETTLE)).toHaveLength(before);
});

test("QC10 a handler that never ends keeps its lease until the hub says that it is enough", async () => {
  const { bench, hands } = await working({}, [1]);
  for (let i = 0; i < 100; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one touch after the other
    await bench.clock.pass(10_000);
    bench.settle();
  }
  expect(bench.settlements).toHaveLength(100);
  bench.socket.say(jobs.lost(7, 1));
  expect(hands.jobs[0]!.signal.aborted).toBe(true);
  await bench.clock.pass(100_000);
  expect(bench.settlements).toHaveLength(100);
});

test("QC10 a job that asks for more time has it, and is not touched before that is due", async () => {
  const { bench, hands } = await working({ concurrency: 2 }, [1, 2]);
  hands.jobs[0]!.touch(3_600_000);
  await turn();
  expect(bench.settlements).toEqual([[TOUCH, 1, 3_600_000]]);
  bench.settle();
  await bench.clock.pass(10_000);
  expect(bench.settlements.slice(1)).toEqual([[TOUCH, 2]]);
  // and the next link is told how much of it is left
  bench.client.reconnect();
  await bench.welcome();
  expect(bench.settlements).toEqual([
    [TOUCH, 1, 3_590_000],
    [TOUCH, 2],
  ]);
  expect(() => hands.jobs[0]!.touch(0)).toThrow(/ms must be a number of at least 1/u);
});

test("QC11 a lost lease aborts the signal with the reason, and of the job only its success is said", async () => {
  const { bench, hands } = await working({}, [1, 2]);
  const { signal } = hands.jobs[0]!;
  const aborted = vi.fn();
  signal.addEventListener("abort", aborted);
  bench.socket.say(jobs.lost(7, 1));
  expect(aborted).toHaveBeenCalledOnce();
  expect(signal.reason).toMatchObject({ code: "lease-lost", message: "Because." });
  expect(hands.errors).toEqual([["lease-lost", 1]]);
  // until it ends it is one of those at work
  expect(hands.begun).toEqual([1]);
  await bench.clock.pass(10_000);
  expect(bench.settlements).toEqual([[TOUCH, 2]]);
  await hands.end(0);
  expect(hands.begun).toEqual([1, 2]);
  expect(bench.settlements).toEqual([
    [TOUCH, 2],
    [ACK, 1, 10_000],
  ]);
});

test("QC11 work that was finished after the hub had died is acknowledged on the next link, whatever was said of its lease", async () => {
  const { bench, worker, hands } = await working({ concurrency: 2 }, [1, 2]);
  bench.socket.end();
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.settle(LEASE_LOST, LEASE_LOST);
  expect(hands.errors).toEqual([
    ["lease-lost", 1],
    ["lease-lost", 2],
  ]);
  void hands.end(0);
  await hands.end(1);
  expect(bench.settlements.slice(-2)).toEqual([
    [ACK, 1, 1000],
    [ACK, 2, 1000],
  ]);
  const drained = vi.fn();
  void worker.drain().then(drained);
  await bench.serve();
  bench.socket.say(hub.ok(bench.idOf(op.CANCEL)));
  await turn();
  expect(drained).not.toHaveBeenCalled();
  // the hub takes the one; the other job somebody has by now, as was told before
  bench.settle(0, LEASE_LOST);
  await turn();
  expect(drained).toHaveBeenCalledOnce();
  expect(hands.errors).toHaveLength(2);
});

test("QC11 what a handler throws when its lease is lost is told to nobody", async () => {
  const { bench, hands } = await working({}, [1]);
  bench.socket.say(jobs.lost(7, 1, "not-found"));
  expect(hands.jobs[0]!.signal.reason).toMatchObject({ code: "not-found" });
  await hands.end(0, hands.jobs[0]!.signal.reason);
  expect(hands.errors).toEqual([["not-found", 1]]);
  expect(bench.settlements).toEqual([]);
});

test("QC11 a job that waits and is lost does not begin", async () => {
  const { bench, hands } = await working({}, [1, 2, 3]);
  bench.socket.say(jobs.lost(7, 2));
  await hands.end(0);
  expect(hands.begun).toEqual([1, 3]);
  expect(hands.errors).toEqual([]);
});

test("QC11 a touch that the hub refuses as lease-lost is as good as being told", async () => {
  const { bench, hands } = await working({}, [1, 2]);
  await bench.clock.pass(10_000);
  bench.settle(LEASE_LOST, LEASE_LOST);
  expect(hands.jobs[0]!.signal.aborted).toBe(true);
  await hands.end(0);
  expect(hands.begun).toEqual([1]);
});

test("QC11 what is lost while it is being settled has the outcome of that", async () => {
  const { bench, hands } = await working({}, [1]);
  await hands.end(0);
  bench.socket.say(jobs.lost(7, 1));
  expect(hands.errors).toEqual([]);
  bench.settle();
  expect(hands.errors).toEqual([]);
});

test("QC12 after a cut the handlers go on, and the next link hears what became of jobs, what is held, and who wants more", async () => {
  const { bench, worker, hands } = await working({ concurrency: 2 }, [1, 2, 3]);
  await hands.end(0);
  expect(hands.begun).toEqual([1, 2, 3]);
  bench.socket.end();
  expect(worker.active.get()).toBe(false);
  expect(hands.jobs.slice(1).map(({ signal }) => signal.aborted)).toEqual([false, false]);
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.socket.messages).toHaveLength(2);
  const ops = bench.socket.frames.map(([opcode]) => opcode);
  expect(ops.filter((opcode) => opcode === op.SETTLE || opcode === op.CONSUME)).toEqual([
    op.SETTLE,
    op.CONSUME,
  ]);
  expect(bench.settlements).toEqual([
    [ACK, 1, 0],
    [TOUCH, 2],
    [TOUCH, 3],
  ]);
  bench.settle(0, LEASE_LOST, 0);
  expect(hands.jobs.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  await bench.serve({ consumer: 9 }, jobs.delivery(9, 4));
  await hands.end(2);
  expect(hands.begun).toEqual([1, 2, 3, 4]);
  expect(worker.active.get()).toBe(true);
});

test("QC12 a job that waits does not begin before the hub has said that its lease stands", async () => {
  const { bench, hands } = await working({}, [1, 2, 3]);
  bench.socket.end();
  await hands.end(0);
  expect(hands.begun).toEqual([1]);
  await bench.clock.pass(1000);
  await bench.welcome();
  await bench.serve({ consumer: 9 });
  expect(hands.begun).toEqual([1]);
  bench.settle(0, LEASE_LOST, 0);
  expect(hands.begun).toEqual([1, 3]);
});

test("QC12 what is held of earlier links is part of the credit, however often the link is lost", async () => {
  const { bench, hands } = await working({ concurrency: 2 }, [1, 2, 3]);
  const credits = (): unknown[] =>
    bench.said(op.CONSUME).map(([, options]) => recordOf(options)["credit"]);
  expect(credits()).toEqual([4]);
  await bench.comeBack();
  expect(credits()).toEqual([1]);
  await bench.serve({ consumer: 8 }, jobs.delivery(8, 4));
  await bench.comeBack();
  expect(credits()).toEqual([0]);
  bench.settle();
  await bench.serve({ consumer: 9 });
  await Promise.all([hands.end(0), hands.end(1)]);
  expect(bench.said(op.CREDIT)).toEqual([]);
  bench.settle();
  await turn();
  expect(bench.said(op.CREDIT)).toEqual([[9, 2]]);
});

test("QC12 the hub is told the session and its secret, so that it keeps the leases", async () => {
  const { bench } = await working({}, [1]);
  bench.socket.end();
  await bench.clock.pass(1000);
  bench.socket.open();
  expect(bench.socket.frames[0]![4]).toEqual(["s1", "secret"]);
});

test("QC17 progress is told in hundredths of a percent, of several in a turn the last, and not over a cut", async () => {
  const { bench, hands } = await working({}, [1]);
  const [job] = hands.jobs;
  job!.progress(0.25);
  job!.progress(1 / 3, "a third");
  await turn();
  expect(bench.settlements).toEqual([[PROGRESS, 1, 3333, "a third"]]);
  expect(() => job!.progress(1.1)).toThrow(/fraction must be a number from 0 to 1/u);
  bench.socket.end();
  job!.progress(0.5);
  bench.client.reconnect();
  job!.progress(0.75);
  await bench.welcome();
  await hands.end(0);
  job!.progress(1);
  await turn();
  expect(bench.settlements).toEqual([
    [PROGRESS, 1, 7500],
    [TOUCH, 1],
    [ACK, 1, 0],
  ]);
});
