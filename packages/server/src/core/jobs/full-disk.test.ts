import { client } from "@fanwire/testkit";
import { expect, test } from "vitest";
import {
  answersOf,
  ask,
  fill,
  type Given,
  goesOn,
  jobsOf,
  nextRun,
  queueHub,
  worker,
} from "./hub.testkit.ts";

test("QH10 an ack of a job that has expired meanwhile is answered when it is on disk that it is gone", () => {
  const hub = queueHub({ leaseMs: 1000, ttlMs: 1500, maxFailures: 0, backoffMs: 0 });
  fill(hub, 1);
  const w = worker(hub);
  const [{ seq, lease }] = jobsOf(w.take()) as unknown as [Given];
  hub.advance(1010); // the lease is lost, and the worker is given nothing
  hub.store();
  hub.advance(1000); // the job has expired
  w.take();
  w.send(client.settle(1, "q", ["ack", seq, lease]));
  expect(answersOf(w.take())).toEqual([]);
  hub.store();
  expect(answersOf(w.take())).toEqual([[34, 1, [0]]]);
  expect(jobsOf(worker(nextRun(hub)).take())).toEqual([]);
});

test("QH10 the same is storage-full when there is no room for it", () => {
  const hub = queueHub();
  fill(hub, 1);
  const w = worker(hub);
  const [{ seq, lease }] = jobsOf(w.take()) as unknown as [Given];
  w.send(client.settle(1, "q", ["ack", seq, lease]));
  hub.store();
  w.take();
  w.send(client.settle(2, "q", ["ack", seq, lease]));
  hub.refuse();
  expect(answersOf(w.take())).toEqual([[34, 2, [305]]]);
});

test("QH12 a job whose ack finds no room is held by its session, also when its consumer was over meanwhile", () => {
  const hub = queueHub();
  fill(hub, 1);
  const w = worker(hub, { pull: 1 });
  const [{ seq, lease }] = jobsOf(w.take()) as unknown as [Given];
  w.send(client.settle(1, "q", ["ack", seq, lease]));
  w.send(client.consume(2, "q"));
  hub.refuse();
  const next = goesOn(hub, w);
  next.take();
  next.send(client.settle(3, "q", ["ack", seq, lease]));
  hub.store();
  expect(answersOf(next.take())).toEqual([[34, 3, [0]]]);
});

test("QH9 what is said under a lease of an earlier queue of the same name concerns no job of this one", () => {
  const hub = queueHub({ durable: false });
  fill(hub, 1);
  const w = worker(hub);
  const [{ seq, lease }] = jobsOf(w.take()) as unknown as [Given];
  const next = nextRun(hub);
  ask(next, "declare", { durable: false });
  fill(next, 1);
  const other = worker(next);
  const [job] = jobsOf(other.take());
  expect(job).toMatchObject({ seq });
  other.send(client.settle(1, "q", ["release", seq, job!.lease]), client.cancel(2, 1, true));
  const late = next.join();
  late.send(client.settle(1, "q", ["ack", seq, lease]));
  expect(answersOf(late.take())).toEqual([[34, 1, [403]]]);
  expect(jobsOf(worker(next).take())).toHaveLength(1);
});

test("QH13 a job that is redriven while its death is being stored is one like others: what its next worker says holds", () => {
  const hub = queueHub({ deadLetter: null });
  fill(hub, 1);
  const w = worker(hub);
  const [{ seq, lease }] = jobsOf(w.take()) as unknown as [Given];
  w.send(client.settle(1, "q", ["reject", seq, lease]));
  hub.join().send(client.manage(1, "redrive", "q"));
  const [again] = jobsOf(w.take());
  w.send(client.settle(2, "q", ["ack", seq, again!.lease]));
  hub.store();
  expect(answersOf(w.take())).toEqual([
    [34, 1, [0]],
    [34, 2, [0]],
  ]);
  expect(jobsOf(worker(nextRun(hub)).take())).toEqual([]);
});
