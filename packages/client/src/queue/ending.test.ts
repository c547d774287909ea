import { errorCodes } from "@fanwire/protocol";
import { expect, test, vi } from "vitest";
import { hub, turn } from "../fake-hub.testkit.ts";
import { ACK, Hands, RELEASE, TOUCH, working } from "./hands.testkit.ts";
import { jobs, op, QueueBench } from "./queue-hub.testkit.ts";

test("QC13 what the hub refuses for now is asked for again, what it refuses for good ends the worker", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const hands = new Hands();
  const worker = bench.q.consume(hands.handler, { onError: hands.onError });
  await turn();
  bench.socket.say(hub.refused(bench.idOf(op.CONSUME), "rate-limited", 300));
  await bench.clock.pass(299);
  expect(bench.said(op.CONSUME)).toHaveLength(1);
  await bench.clock.pass(1);
  bench.socket.say(hub.refused(bench.idOf(op.CONSUME), "internal"));
  // half of 2 s, as it is the second time
  await bench.clock.pass(1000);
  expect(bench.said(op.CONSUME)).toHaveLength(3);
  bench.socket.say(hub.refused(bench.idOf(op.CONSUME), "not-found"));
  expect(await worker.closed).toMatchObject({ code: "not-found", message: "Because." });
  expect(hands.errors).toEqual([["not-found", undefined]]);
  expect(bench.said(op.CANCEL)).toEqual([]);
});

test("QC13 a worker that the hub stops takes no more, gives back what has not begun, and ends with its last job", async () => {
  const { bench, worker, hands } = await working({}, [1, 2]);
  bench.socket.say(jobs.stopped(7, "forbidden"), jobs.delivery(7, 3));
  await turn();
  expect(bench.settlements).toEqual([[RELEASE, 2]]);
  expect(worker.active.get()).toBe(false);
  expect(hands.jobs[0]!.signal.aborted).toBe(false);
  await bench.clock.pass(0);
  expect(bench.settlements.slice(1)).toEqual([[TOUCH, 1]]);
  bench.settle();
  await hands.end(0);
  expect(bench.settlements.slice(2)).toEqual([[ACK, 1, 0]]);
  bench.settle();
  expect(await worker.closed).toMatchObject({ code: "forbidden" });
  expect(bench.said(op.CANCEL)).toEqual([]);
});

test("QC13 what is at work when the hub stops the worker and is another's by then is given up", async () => {
  const { bench, worker, hands } = await working({}, [1]);
  bench.socket.say(jobs.stopped(7, "not-found"));
  await bench.clock.pass(0);
  bench.settle(errorCodes["lease-lost"].code);
  expect(hands.jobs[0]!.signal.reason).toMatchObject({ code: "lease-lost" });
  await hands.end(0);
  bench.settle(errorCodes["lease-lost"].code);
  expect(await worker.closed).toMatchObject({ code: "not-found" });
});

test("QC13 an answer that comes after its worker was closed is of no other, and what was given with it goes back", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const hands = new Hands();
  const first = bench.q.consume(hands.handler);
  await turn();
  const closed = first.close();
  const second = bench.q.consume(hands.handler);
  await turn();
  const [old, id] = bench.socket.framesOf(op.CONSUME).map(([, n]) => n as number);
  bench.socket.say(jobs.granted(old!, { consumer: 7 }), jobs.delivery(7, 1));
  bench.socket.say(jobs.granted(id!, { consumer: 8 }), jobs.delivery(8, 2), jobs.delivery(7, 3));
  await turn();
  expect(bench.said(op.CANCEL)).toEqual([[7, true]]);
  bench.socket.say(hub.ok(bench.idOf(op.CANCEL)), jobs.delivery(7, 4));
  await closed;
  expect(hands.begun).toEqual([2]);
  expect(bench.settlements).toEqual([
    [RELEASE, 1],
    [RELEASE, 3],
  ]);
  expect([first.active.get(), second.active.get()]).toEqual([false, true]);
});

test("QC14 whether it is served is told, also while it stands by", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const worker = bench.q.consume(() => {});
  const told: boolean[] = [];
  worker.active.subscribe((active) => told.push(active));
  await turn();
  await bench.serve({ active: false });
  bench.socket.say(jobs.active(7, true), jobs.active(8, false));
  bench.socket.end();
  expect(told).toEqual([false, true, false]);
});

test("QC15 drain takes no more, gives back what has not begun, and waits for what is at work and its answer", async () => {
  const { bench, worker, hands } = await working({ concurrency: 2 }, [1, 2, 3]);
  const drained = vi.fn();
  const drain = worker.drain().then(drained);
  await turn();
  expect(bench.said(op.CANCEL)).toEqual([[7, false]]);
  expect(bench.settlements).toEqual([[RELEASE, 3]]);
  // a job that was on its way goes back
  bench.socket.say(jobs.delivery(7, 4), hub.ok(bench.idOf(op.CANCEL)), jobs.delivery(7, 5));
  await turn();
  expect(bench.settlements.slice(1)).toEqual([[RELEASE, 4]]);
  await hands.end(0);
  await hands.end(1);
  await turn();
  expect(drained).not.toHaveBeenCalled();
  const [first, second] = bench.socket.framesOf(op.SETTLE).slice(-2);
  bench.socket.say(jobs.settled(first![1] as number, 0));
  await turn();
  expect(drained).not.toHaveBeenCalled();
  bench.socket.say(jobs.settled(second![1] as number, 0));
  await drain;
  expect(await worker.closed).toBeUndefined();
  expect(hands.begun).toEqual([1, 2]);
});

test("QC15 drain before the hub has answered CONSUME tells it when it has, and what it gave goes back", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const hands = new Hands();
  const worker = bench.q.consume(hands.handler);
  await turn();
  const drain = worker.drain();
  await bench.serve({}, jobs.delivery(7, 1));
  expect(bench.said(op.CANCEL)).toEqual([[7, false]]);
  expect(bench.settlements).toEqual([[RELEASE, 1]]);
  bench.socket.say(hub.ok(bench.idOf(op.CANCEL)));
  await drain;
  expect(hands.begun).toEqual([]);
});

test("QC15 a drain goes on over a cut, and asks for no jobs on the next link", async () => {
  const { bench, worker, hands } = await working({}, [1, 2]);
  const drain = worker.drain();
  await turn();
  bench.socket.end();
  await hands.end(0);
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.said(op.CONSUME)).toEqual([]);
  expect(bench.settlements).toEqual([
    [RELEASE, 2],
    [ACK, 1, 0],
  ]);
  bench.settle();
  await drain;
  await worker.drain();
});

test("QC15 drain ends at its time, and goes on; a client that is closed first makes it fail", async () => {
  const { bench, worker, hands } = await working({}, [1]);
  const late = expect(worker.drain({ timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
  await bench.clock.pass(50);
  await late;
  const closed = expect(worker.drain()).rejects.toMatchObject({ code: "closed" });
  await bench.client.close();
  await closed;
  expect(hands.jobs[0]!.signal.reason).toMatchObject({ code: "closed" });
  expect(await worker.closed).toBeUndefined();
});

test("QC15 without a job or a link drain is over at once", async () => {
  const bench = new QueueBench();
  await bench.q.consume(() => {}).drain();
  expect(bench.client.status.get().state).toBe("connecting");
  await bench.client.close();
  await expect(bench.q.consume(() => {}).drain()).resolves.toBeUndefined();
});

test("QC16 close gives all back and aborts what is at work", async () => {
  const { bench, worker, hands } = await working({}, [1, 2]);
  const closed = worker.close();
  expect(hands.jobs[0]!.signal.reason).toMatchObject({ code: "closed" });
  await turn();
  expect(bench.said(op.CANCEL)).toEqual([[7, true]]);
  expect(bench.settlements).toEqual([
    [RELEASE, 1],
    [RELEASE, 2],
  ]);
  bench.socket.say(jobs.delivery(7, 3), hub.ok(bench.idOf(op.CANCEL)));
  await closed;
  expect(await worker.closed).toBeUndefined();
  await hands.end(0, new Error("given up"));
  expect(hands.errors).toEqual([]);
  expect(hands.begun).toEqual([1]);
});

test("QC16 close within a handler is as good as any", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const seqs: number[] = [];
  const worker = bench.q.consume(({ seq, signal }) => {
    seqs.push(seq);
    void worker.close();
    expect(signal.aborted).toBe(true);
  });
  await turn();
  await bench.serve({}, jobs.delivery(7, 1), jobs.delivery(7, 2));
  expect(seqs).toEqual([1]);
  expect(bench.settlements).toEqual([
    [RELEASE, 1],
    [RELEASE, 2],
  ]);
  expect(bench.said(op.CANCEL)).toEqual([[7, true]]);
  bench.socket.say(hub.ok(bench.idOf(op.CANCEL)));
  expect(await worker.closed).toBeUndefined();
});

test("QC16 close without a link is over at once, and what is held goes back when there is one", async () => {
  const { bench, worker } = await working({}, [1, 2]);
  bench.socket.end();
  await worker.close();
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(bench.settlements).toEqual([
    [RELEASE, 1],
    [RELEASE, 2],
  ]);
  expect(bench.said(op.CONSUME)).toEqual([]);
});

test("QC16 the signal closes, `using` closes, `await using` drains, and a drain may be hastened", async () => {
  const controller = new AbortController();
  const first = await working({ signal: controller.signal }, [1]);
  controller.abort();
  await turn();
  expect(first.bench.said(op.CANCEL)).toEqual([[7, true]]);
  const second = await working({}, [1]);
  second.worker[Symbol.dispose]();
  await turn();
  expect(second.bench.said(op.CANCEL)).toEqual([[7, true]]);
  const third = await working({}, [1]);
  const drained = third.worker[Symbol.asyncDispose]();
  await turn();
  expect(third.bench.said(op.CANCEL)).toEqual([[7, false]]);
  third.bench.socket.say(hub.ok(third.bench.idOf(op.CANCEL)));
  const closed = third.worker.close();
  await Promise.all([drained, closed]);
  expect(third.hands.jobs[0]!.signal.aborted).toBe(true);
  const fourth = new QueueBench();
  expect(await fourth.q.consume(() => {}, { signal: AbortSignal.abort() }).closed).toBeUndefined();
});
