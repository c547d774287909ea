import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { expect, test } from "vitest";
import { answersOf, fill, jobsOf, queueHub, sentenceOf, worker } from "./hub.testkit.ts";

const payloads = (frames: Parameters<typeof jobsOf>[0]): number[] =>
  jobsOf(frames).map(({ payload }) => payload);

test("QH8 a consumer holds no more than its credit, and settling gives a place back", () => {
  const hub = queueHub();
  const w = worker(hub, { credit: 2 });
  fill(hub, 4);
  const [one, two, ...more] = jobsOf(w.take());
  expect([one!.payload, two!.payload, more]).toEqual([1, 2, []]);
  w.send(client.settle(5, "q", ["ack", one!.seq, one!.lease]));
  hub.store();
  expect(payloads(w.take())).toEqual([3]);
});

test("QH8 credit may be raised, lowered and be none", () => {
  const hub = queueHub();
  const w = worker(hub, { credit: 0 });
  fill(hub, 4);
  expect(w.take()).toEqual([[down.OK, 900, 1, true, 30_000, 0]]);
  w.send(client.credit(5, 1, 2));
  const frames = w.take();
  expect(payloads(frames)).toEqual([1, 2]);
  expect(answersOf(frames)).toEqual([[down.OK, 5]]);
  w.send(client.credit(6, 1, 1));
  const [job] = jobsOf(frames);
  w.send(client.settle(7, "q", ["ack", job!.seq, job!.lease]));
  hub.store();
  expect(payloads(w.take())).toEqual([]);
});

test.each([
  [null, 2],
  [{ concurrency: 3 }, 6],
  [{ concurrency: 100 }, 64],
])("QH8 unless it says a credit, a consumer with %j holds %i", (options, count) => {
  const hub = queueHub();
  const w = hub.join();
  w.send(client.consume(1, "q", options));
  fill(hub, 70);
  expect(jobsOf(w.take())).toHaveLength(count);
});

test("QH8 those that have a place free take turns", () => {
  const hub = queueHub();
  const workers = [worker(hub), worker(hub), worker(hub)];
  fill(hub, 6);
  expect(workers.map((w) => payloads(w.take()))).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
});

test("QH8 a session may take the same queue twice: each consumer has a number", () => {
  const hub = queueHub();
  const w = hub.join();
  w.send(client.consume(1, "q", { credit: 1 }), client.consume(2, "q", { credit: 1 }));
  fill(hub, 3);
  expect(jobsOf(w.take())).toMatchObject([
    { consumer: 1, payload: 1 },
    { consumer: 2, payload: 2 },
  ]);
});

test("QH8 a pull gets what there is, then its OK says how much that was", () => {
  const hub = queueHub();
  fill(hub, 2);
  const w = worker(hub, { pull: 3 });
  const frames = w.take();
  expect(frames.map(([op]) => op)).toEqual([down.DELIVERY, down.DELIVERY, down.OK]);
  expect(frames[2]).toEqual([down.OK, 900, 1, true, 30_000, 2]);
  fill(hub, 1);
  expect(w.take()).toEqual([]);
});

test("QH8 a pull gets no more than it asked for, and may settle it afterwards", () => {
  const hub = queueHub();
  fill(hub, 3);
  const w = worker(hub, { pull: 2 });
  const jobs = jobsOf(w.take());
  expect(jobs).toHaveLength(2);
  w.send(client.settle(5, "q", ...jobs.map(({ seq, lease }) => ["ack", seq, lease] as const)));
  hub.store();
  expect(answersOf(w.take())).toEqual([[down.OK, 5, [0, 0]]]);
  expect(payloads(worker(hub).take())).toEqual([3]);
});

test("QH8 a pull of an empty queue is answered at once, or when its time is over", () => {
  const hub = queueHub();
  const w = worker(hub, { pull: 2 });
  hub.advance(10);
  expect(answersOf(w.take())).toMatchObject([[down.OK, 900, 1, true, 30_000, 0]]);
  w.send(client.consume(901, "q", { pull: 2, waitMs: 5000 }));
  hub.advance(4900);
  expect(w.take()).toEqual([]);
  hub.advance(200);
  expect(answersOf(w.take())).toMatchObject([[down.OK, 901, 2, true, 30_000, 0]]);
  fill(hub, 1);
  expect(w.take()).toEqual([]);
});

test("QH8 a pull that waits gets the job that comes, and is over", () => {
  const hub = queueHub();
  const w = worker(hub, { pull: 2, waitMs: 5000 });
  hub.advance(1000);
  fill(hub, 1);
  const frames = w.take();
  expect(payloads(frames)).toEqual([1]);
  expect(answersOf(frames)).toMatchObject([[down.OK, 900, 1, true, 30_000, 1]]);
  fill(hub, 1);
  hub.advance(10_000);
  expect(payloads(w.take())).toEqual([]);
});

test("QH8 a pull that is cancelled has its own answer first", () => {
  const hub = queueHub();
  const w = worker(hub, { pull: 2, waitMs: 5000 });
  w.send(client.cancel(5, 1));
  expect(answersOf(w.take()).map(([op, id]) => [op, id])).toEqual([
    [down.OK, 900],
    [down.OK, 5],
  ]);
  hub.advance(10_000);
  expect(w.take()).toEqual([]);
});

test("QH8 after the OK of CANCEL nothing is delivered, and what is held may still be settled", () => {
  const hub = queueHub();
  const w = worker(hub, { credit: 1 });
  fill(hub, 3);
  const [job] = jobsOf(w.take());
  w.send(client.cancel(5, 1));
  expect(w.take()).toEqual([[down.OK, 5]]);
  w.send(client.settle(6, "q", ["ack", job!.seq, job!.lease]));
  hub.store();
  expect(w.take()).toEqual([[down.OK, 6, [0]]]);
  w.send(client.cancel(7, 1));
  expect(w.take()).toEqual([[down.OK, 7]]);
});

test("QH8 CANCEL with release gives back what was held, uncounted, and others have it at once", () => {
  const hub = queueHub();
  const w = worker(hub, { credit: 2 });
  fill(hub, 2);
  const other = worker(hub);
  w.send(client.cancel(5, 1, true));
  expect(jobsOf(other.take())).toMatchObject([
    { payload: 1, attempt: 2 },
    { payload: 2, attempt: 2 },
  ]);
});

test("QH8 a session that is behind is given nothing, until it has seen what it was sent", () => {
  const hub = queueHub({}, { payloadBytesMax: 65_536 });
  const w = hub.join("slow", true);
  w.send(client.consume(1, "q", { credit: 100 }));
  const p = hub.join();
  for (let i = 1; i <= 20; i++) p.send(client.job(i, "q", new Uint8Array(60_000)));
  hub.store();
  const before = jobsOf(w.take()).length;
  expect(before).toBeGreaterThan(2);
  expect(before).toBeLessThan(9);
  const other = worker(hub, { pull: 1 });
  expect(jobsOf(other.take())).toHaveLength(1);
  let all = before;
  for (let i = 0; i < 20 && all < 19; i++) {
    w.see();
    all += jobsOf(w.take()).length;
  }
  expect(all).toBe(19);
});

test("QH8 a pull whose session is behind waits, and is answered in time", () => {
  const hub = queueHub();
  const w = hub.join("slow", true);
  w.send(client.consume(1, "q", { credit: 100 }));
  const p = hub.join();
  for (let i = 1; i <= 20; i++) p.send(client.job(i, "q", new Uint8Array(60_000)));
  hub.store();
  w.take();
  w.send(client.consume(2, "q", { pull: 1, waitMs: 1000 }));
  expect(w.take()).toEqual([]);
  hub.advance(1100);
  expect(answersOf(w.take())).toMatchObject([[down.OK, 2, 2, true, 30_000, 0]]);
});

test("QH8 what is given in one turn is sent in messages that a client can take", () => {
  const hub = queueHub();
  const p = hub.join();
  for (let i = 1; i <= 20; i++) p.send(client.job(i, "q", new Uint8Array(10_000)));
  hub.store();
  const w = worker(hub, { credit: 100 });
  const messages = w.writes.flat();
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
  expect(jobsOf(w.take())).toHaveLength(20);
});

test.each([
  [{ credit: 4097 }, "credit"],
  [{ concurrency: 0 }, "concurrency"],
  [{ concurrency: 1001 }, "concurrency"],
  [{ pull: 1001 }, "pull"],
  [{ pull: 0 }, "pull"],
  [{ pull: 1, waitMs: 60_001 }, "waitMs"],
  [{ waitMs: 5 }, "pull"],
  [{ credit: "many" }, "credit"],
  [{ colour: 1 }, "colour"],
  [{ constructor: 1 }, "constructor"],
])("QH8 CONSUME with %j is refused with a sentence", (options, word) => {
  const hub = queueHub();
  const w = hub.join();
  w.send(client.consume(1, "q", options));
  const frames = w.take();
  expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 105]]);
  expect(sentenceOf(frames, 1)).toContain(word);
});

test("QH8 credit of one too many is refused, and so is that of a consumer that is not there", () => {
  const hub = queueHub();
  const w = worker(hub);
  w.take();
  w.send(client.credit(1, 1, 4096), client.credit(2, 1, 4097), client.credit(3, 2, 1));
  w.send(client.cancel(4, 1), client.credit(5, 1, 1), client.cancel(6, 77));
  expect(answersOf(w.take())).toEqual([
    [down.OK, 1],
    [down.REFUSED, 2, 105],
    [down.REFUSED, 3, 400],
    [down.OK, 4],
    [down.REFUSED, 5, 400],
    [down.OK, 6],
  ]);
});

test("QH8 a queue that is not there has no consumers", () => {
  const w = queueHub().join();
  w.send(client.consume(1, "other"), client.settle(2, "other", ["ack", 1, 1]));
  expect(answersOf(w.take())).toEqual([
    [down.REFUSED, 1, 400],
    [down.REFUSED, 2, 400],
  ]);
});

test("QH21 a session has as many consumers as the hub allows, and one more when it gave one up", () => {
  const hub = queueHub({}, { consumersMax: 2 });
  const w = hub.join();
  w.send(client.consume(1, "q"), client.consume(2, "q"), client.consume(3, "q"));
  expect(answersOf(w.take()).map((answer) => answer.slice(0, 3))).toEqual([
    [down.OK, 1, 1],
    [down.OK, 2, 2],
    [down.REFUSED, 3, 301],
  ]);
  expect(hub.broker.counts.limited["consumersMax"]).toBe(1);
  w.send(client.cancel(4, 1), client.consume(5, "q"));
  expect(answersOf(w.take()).map((answer) => answer.slice(0, 3))).toEqual([
    [down.OK, 4],
    [down.OK, 5, 3],
  ]);
});

test("QH16 one consumer is served, the next one stands by and is told when it is its turn", () => {
  const hub = queueHub({ singleActive: true });
  const first = worker(hub);
  const second = worker(hub);
  const third = worker(hub);
  expect([first, second, third].map((w) => w.take()[0]![3])).toEqual([true, false, false]);
  fill(hub, 2);
  expect(payloads(first.take())).toEqual([1, 2]);
  first.send(client.cancel(5, 1, true));
  first.take();
  const frames = second.take();
  expect(frames[0]).toEqual([down.ACTIVE, 1, true]);
  expect(payloads(frames)).toEqual([1, 2]);
  expect(third.take()).toEqual([]);
  second.disconnect();
  hub.flush();
  expect(third.take()).toEqual([[down.ACTIVE, 1, true]]);
});

test("QH16 the next one is given nothing while the one before it may be at work", () => {
  const hub = queueHub({ singleActive: true, backoffMs: 0 });
  const first = worker(hub, { credit: 1 });
  const second = worker(hub);
  fill(hub, 2);
  const [job] = jobsOf(first.take());
  first.send(client.cancel(5, 1));
  second.take();
  expect(jobsOf(second.take())).toEqual([]);
  first.send(client.settle(6, "q", ["ack", job!.seq, job!.lease]));
  hub.store();
  expect(payloads(second.take())).toEqual([2]);
});

test("QH16 when a queue begins to serve one alone, and when it no longer does, its consumers are told", () => {
  const hub = queueHub();
  const c = hub.join();
  const first = worker(hub);
  const second = worker(hub);
  first.take();
  second.take();
  c.send(client.manage(1, "declare", "q", { singleActive: true, alter: true }));
  hub.store();
  expect([first.take(), second.take()]).toEqual([[], [[down.ACTIVE, 1, false]]]);
  c.send(client.manage(2, "declare", "q", { singleActive: false, alter: true }));
  hub.store();
  expect([first.take(), second.take()]).toEqual([[], [[down.ACTIVE, 1, true]]]);
});

test("QH17 no more jobs are out at a time than the queue allows, whoever has them", () => {
  const hub = queueHub({ concurrency: 2 });
  const a = worker(hub);
  const b = worker(hub);
  fill(hub, 5);
  const [one] = jobsOf(a.take());
  expect([one!.payload, payloads(b.take())]).toEqual([1, [2]]);
  a.send(client.settle(5, "q", ["ack", one!.seq, one!.lease]));
  hub.store();
  expect(payloads(a.take()).length + payloads(b.take()).length).toBe(1);
});

test("QH17 a queue gives out no more a second than it allows, and all of it in the end", () => {
  const hub = queueHub({ ratePerSecond: 10 });
  const w = worker(hub, { credit: 100 });
  fill(hub, 40);
  let all = jobsOf(w.take()).length;
  expect(all).toBeLessThanOrEqual(10);
  for (let second = 0; second < 2; second++) {
    hub.advance(1000);
    const { length } = jobsOf(w.take());
    expect(length).toBeGreaterThanOrEqual(9);
    expect(length).toBeLessThanOrEqual(11);
    all += length;
  }
  hub.advance(3000);
  expect(all + jobsOf(w.take()).length).toBe(40);
});
