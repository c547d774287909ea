import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { expect, test } from "vitest";
import { answersOf, jobsOf, look, nextRun, queueHub, sentenceOf, worker } from "./hub.testkit.ts";

test("QH2 a job is confirmed and given out when it is on disk, and not before", () => {
  const hub = queueHub();
  const w = worker(hub);
  const p = hub.join();
  p.send(client.job(1, "q", 7));
  expect(p.take()).toEqual([]);
  expect(jobsOf(w.take())).toEqual([]);
  hub.store();
  expect(p.take()).toEqual([[down.OK, 1, 1, false]]);
  expect(jobsOf(w.take())).toMatchObject([{ seq: 1, payload: 7, attempt: 1, info: {} }]);
});

test("QH2 a queue that is not durable answers at once, and writes nothing", () => {
  const hub = queueHub({ durable: false });
  const w = worker(hub);
  const p = hub.join();
  p.send(client.job(1, "q", 7));
  expect(p.take()).toEqual([[down.OK, 1, 1, false]]);
  expect(jobsOf(w.take())).toMatchObject([{ seq: 1, payload: 7 }]);
  expect(hub.appended).toEqual([]);
});

test("QH2 SEND_MANY is answered once, with an outcome for each job", () => {
  const hub = queueHub();
  const p = hub.join();
  const jobs = [{ payload: 1 }, { options: { priority: 10 } }, { payload: 3 }];
  p.send(client.jobs(1, "q", jobs));
  expect(p.take()).toEqual([]);
  hub.store();
  expect(p.take()).toEqual([
    [
      down.OK,
      1,
      [
        [1, false, null, null],
        [0, false, 105, "priority must be 0 to 9, the highest first."],
        [2, false, null, null],
      ],
    ],
  ]);
});

test("QH2 what could not be stored is refused, and is not there", () => {
  const hub = queueHub();
  const w = worker(hub);
  const p = hub.join();
  p.send(client.job(1, "q", 7));
  hub.refuse();
  expect(answersOf(p.take())).toEqual([[down.REFUSED, 1, 305]]);
  hub.broker.storeIsFull(false);
  p.send(client.job(2, "q", 8));
  hub.store();
  expect(jobsOf(w.take())).toMatchObject([{ payload: 8 }]);
  expect(jobsOf(worker(nextRun(hub)).take())).toMatchObject([{ payload: 8 }]);
});

test("QH2 a queue that was not declared is not found", () => {
  const hub = queueHub();
  const p = hub.join();
  p.send(client.job(1, "other", 7));
  const frames = p.take();
  expect(answersOf(frames)).toEqual([[down.REFUSED, 1, 400]]);
  expect(sentenceOf(frames, 1)).toBe('There is no queue "other"; declare it first.');
});

test.each([
  ["$q", 102],
  ["a.b", 102],
  ["a b", 102],
  ["", 102],
])("QH1 %j is no name of a queue", (name, code) => {
  const hub = queueHub();
  const p = hub.join();
  p.send(client.job(1, name, 7), client.manage(2, "declare", name));
  expect(answersOf(p.take())).toEqual([
    [down.REFUSED, 1, code],
    [down.REFUSED, 2, code],
  ]);
});

test("QH3 the same id is the same job: while it is stored, afterwards, when it is done, and after a restart", () => {
  const hub = queueHub();
  const p = hub.join();
  const again = (id: number): Uint8Array => client.job(id, "q", 7, { options: { id: "a" } });
  p.send(again(1), again(2));
  expect(p.take()).toEqual([]);
  hub.store();
  expect(p.take()).toEqual([
    [down.OK, 1, 1, false],
    [down.OK, 2, 1, true],
  ]);
  const w = worker(hub);
  const [job] = jobsOf(w.take());
  w.send(client.settle(5, "q", ["ack", 1, job!.lease]));
  hub.store();
  p.send(again(3));
  expect(p.take()).toEqual([[down.OK, 3, 1, true]]);
  const next = nextRun(hub).join();
  next.send(again(4));
  expect(next.take()).toEqual([[down.OK, 4, 1, true]]);
});

test("QH3 the same id with another payload is a conflict, and after the window it is another job", () => {
  const hub = queueHub({ dedupeMs: 1000 });
  const p = hub.join();
  p.send(client.job(1, "q", 7, { options: { id: "a" } }));
  hub.store();
  p.send(client.job(2, "q", 8, { options: { id: "a" } }));
  expect(answersOf(p.take())[1]).toEqual([down.REFUSED, 2, 401]);
  hub.advance(1001);
  p.send(client.job(3, "q", 8, { options: { id: "a" } }));
  hub.store();
  expect(p.take()).toEqual([[down.OK, 3, 2, false]]);
});

test("QH3 who sent it again while it was being stored is refused with it, and may send it once more", () => {
  const hub = queueHub();
  const p = hub.join();
  p.send(client.job(1, "q", 7, { options: { id: "a" } }));
  p.send(client.job(2, "q", 7, { options: { id: "a" } }));
  hub.refuse();
  expect(answersOf(p.take())).toEqual([
    [down.REFUSED, 1, 305],
    [down.REFUSED, 2, 305],
  ]);
  hub.broker.storeIsFull(false);
  p.send(client.job(3, "q", 7, { options: { id: "a" } }));
  hub.store();
  expect(p.take()).toMatchObject([[down.OK, 3, expect.any(Number), false]]);
});

test("QH4 a full queue refuses one job more, by its count and by its bytes", () => {
  const hub = queueHub({ jobsMax: 2 });
  const p = hub.join();
  p.send(client.job(1, "q"), client.job(2, "q"), client.job(3, "q"));
  hub.store();
  expect(answersOf(p.take())).toEqual([
    [down.REFUSED, 3, 304],
    [down.OK, 1, 1, false],
    [down.OK, 2, 2, false],
  ]);
  expect(hub.broker.counts.limited["jobsMax"]).toBe(1);
  const small = queueHub({ bytesMax: 100 });
  const s = small.join();
  s.send(client.job(1, "q", new Uint8Array(80)), client.job(2, "q", new Uint8Array(80)));
  expect(answersOf(s.take())).toEqual([[down.REFUSED, 2, 304]]);
});

test("QH4 with drop-oldest the oldest job goes, for good", () => {
  const hub = queueHub({ jobsMax: 2, overflow: "drop-oldest" });
  const p = hub.join();
  p.send(client.job(1, "q", 1));
  hub.store();
  p.send(client.job(2, "q", 2), client.job(3, "q", 3));
  hub.store();
  expect(jobsOf(worker(nextRun(hub)).take()).map(({ payload }) => payload)).toEqual([2, 3]);
});

test.each([
  [{ options: { priority: 10 } }, 105, "priority"],
  [{ options: { delayMs: 9_467_085_600_000 } }, 105, "delayMs"],
  [{ options: { at: 9_007_199_254_740_991 } }, 105, "at"],
  [{ options: { at: 5, delayMs: 5 } }, 105, "not both"],
  [{ options: { id: "x".repeat(65) } }, 105, "id"],
  [{ options: { id: "" } }, 105, "id"],
  [{ options: { group: "g".repeat(129) } }, 105, "group"],
  [{ options: { color: "red" } }, 105, "color"],
  [{ meta: { key: "k" } }, 105, "key"],
  [{ meta: { ttl: 31_536_000_001 } }, 105, "ttl"],
  [{ meta: { what: 1 } }, 105, "what"],
  [{ encoding: 128 }, 100, "encoding"],
])("QH4 %j is refused with a sentence", (more, code, word) => {
  const hub = queueHub();
  const p = hub.join();
  p.send(client.job(1, "q", 1, more));
  const frames = p.take();
  expect(answersOf(frames)).toEqual([[down.REFUSED, 1, code]]);
  expect(sentenceOf(frames, 1)).toContain(word);
});

test("QH4 a payload of one byte too many is too large, and so is a SEND_MANY of one job too many", () => {
  const hub = queueHub({}, { payloadBytesMax: 1024 });
  const p = hub.join();
  p.send(client.job(1, "q", new Uint8Array(1025)));
  p.send(client.job(2, "q", new Uint8Array(1024)));
  p.send(
    client.jobs(
      3,
      "q",
      Array.from({ length: 1001 }, () => ({})),
    ),
  );
  hub.store();
  expect(answersOf(p.take())).toEqual([
    [down.REFUSED, 1, 104],
    [down.REFUSED, 3, 104],
    [down.OK, 2, 1, false],
  ]);
});

test("QH7 a job is not given out before its delay is over, whatever the clock on the wall does", () => {
  const hub = queueHub();
  const w = worker(hub);
  const p = hub.join();
  p.send(client.job(1, "q", 7, { options: { delayMs: 5000 } }));
  p.send(client.job(2, "q", 8, { options: { at: hub.clock.time + 6000 } }));
  hub.store();
  hub.clock.time += 3_600_000;
  hub.advance(4990);
  expect(jobsOf(w.take())).toEqual([]);
  hub.advance(20);
  expect(jobsOf(w.take())).toMatchObject([{ payload: 7 }]);
  hub.advance(1000);
  expect(jobsOf(w.take())).toMatchObject([{ payload: 8 }]);
});

test("QH7 what is left of a delay is waited for after a restart", () => {
  const hub = queueHub();
  hub.join().send(client.job(1, "q", 7, { options: { delayMs: 5000 } }));
  hub.store();
  hub.advance(3000);
  const next = nextRun(hub);
  const w = worker(next);
  next.advance(1900);
  expect(jobsOf(w.take())).toEqual([]);
  next.advance(200);
  expect(jobsOf(w.take())).toMatchObject([{ payload: 7 }]);
});

test("QH7 a job whose ttl is over is gone, and stays so", () => {
  const hub = queueHub();
  const p = hub.join();
  p.send(client.job(1, "q", 7, { meta: { ttl: 1000 } }), client.job(2, "q", 8));
  hub.store();
  hub.advance(1100);
  hub.store();
  expect(jobsOf(worker(hub).take())).toMatchObject([{ payload: 8 }]);
  expect(jobsOf(worker(nextRun(hub)).take())).toMatchObject([{ payload: 8 }]);
});

test("QH5 the more urgent come first, and those that wait long enough before them", () => {
  const hub = queueHub({ agingMs: 1000 });
  const p = hub.join();
  p.send(client.job(1, "q", 1, { options: { priority: 0 } }));
  hub.store();
  hub.advance(10_000);
  p.send(client.job(2, "q", 2, { options: { priority: 4 } }));
  p.send(client.job(3, "q", 3, { options: { priority: 9 } }));
  hub.store();
  expect(jobsOf(worker(hub).take()).map(({ payload }) => payload)).toEqual([1, 3, 2]);
});

test("QH6 a group is done strictly in order, retries included, and others go on meanwhile", () => {
  const hub = queueHub({ groupConcurrency: 1, backoffMs: 1000, backoffJitterPercent: 0 });
  const w = worker(hub);
  const p = hub.join();
  const group = (name: string) => ({ options: { group: name } });
  p.send(client.job(1, "q", 1, group("a")), client.job(2, "q", 2, group("a")));
  p.send(client.job(3, "q", 3, group("b")));
  hub.store();
  const first = jobsOf(w.take());
  expect(new Set(first.map(({ payload }) => payload))).toEqual(new Set([1, 3]));
  const one = first.find(({ payload }) => payload === 1)!;
  w.send(client.settle(5, "q", ["fail", one.seq, one.lease]));
  hub.store();
  expect(jobsOf(w.take())).toEqual([]);
  hub.advance(1100);
  const [again] = jobsOf(w.take());
  expect(again).toMatchObject({ payload: 1, attempt: 2, info: { group: "a" } });
  w.send(client.settle(6, "q", ["ack", again!.seq, again!.lease]));
  hub.store();
  expect(jobsOf(w.take())).toMatchObject([{ payload: 2 }]);
});

test("QH6 groups of many jobs that wait come into force a little at a time, and before that nothing is given out", () => {
  const hub = queueHub();
  const p = hub.join();
  const one = { options: { group: "g" } };
  for (let i = 1; i <= 3; i++)
    p.send(
      client.jobs(
        i,
        "q",
        Array.from({ length: 1000 }, () => one),
      ),
    );
  hub.store();
  const w = hub.join();
  const declare = client.manage(1, "declare", "q", { groupConcurrency: 1, alter: true });
  w.say(declare, client.consume(2, "q", { credit: 10 }));
  let slices = 0;
  for (; hub.isFlushScheduled && jobsOf(w.take()).length === 0; slices++) hub.slice(10);
  expect(slices).toBeGreaterThan(5);
  hub.flush();
  expect(look(hub, "leased").map(({ seq }) => seq)).toEqual([1]);
});
