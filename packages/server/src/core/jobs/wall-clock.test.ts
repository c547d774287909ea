import { client } from "@fanwire/testkit";
import { expect, test } from "vitest";
import { fill, jobsOf, nextRun, queueHub, worker } from "./hub.testkit.ts";
import { snapshotOf } from "../records.testkit.ts";

const HOUR_MS = 3_600_000;

/** Payloads of what a worker of the next run is given. */
function givenNext(hub: ReturnType<typeof queueHub>): number[] {
  return jobsOf(worker(nextRun(hub)).take()).map(({ payload }) => payload);
}

test("QH7 jobs that wait when the clock is set back wait no longer for that, also after a restart", () => {
  const hub = queueHub();
  fill(hub, 2);
  hub.clock.time -= HOUR_MS;
  expect(givenNext(hub)).toEqual([1, 2]);
});

test("QH7 one that has waited for its time is not delayed by the clock either", () => {
  const hub = queueHub();
  const p = hub.join();
  p.send(client.job(1, "q", 1, { options: { delayMs: 1000 } }), client.job(2, "q", 2));
  hub.store();
  expect(givenNext(hub)).toEqual([2]);
  hub.advance(1000);
  expect(givenNext(hub)).toEqual([2, 1]);
});

test("QH6 jobs of a group have their order when the clock was set back between runs", () => {
  const hub = queueHub({ groupConcurrency: 1 });
  fill(hub, 2, { options: { group: "g" } });
  hub.clock.time -= HOUR_MS;
  const next = nextRun(hub);
  fill(next, 3, { options: { group: "g" } });
  const w = worker(next);
  const order: number[] = [];
  for (let jobs = jobsOf(w.take()); jobs.length > 0; jobs = jobsOf(w.take()))
    for (const { seq, lease } of jobs) {
      order.push(seq);
      w.send(client.settle(1, "q", ["ack", seq, lease]));
      next.store();
    }
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test("QH6 jobs of a group have their order behind a snapshot, though the two clocks do not tick together", () => {
  const hub = queueHub({ groupConcurrency: 1 });
  const { clock } = hub;
  const { now, time } = clock;
  clock.now = now + 0.2;
  fill(hub, 1, { options: { group: "g" } });
  clock.now = now + 0.9;
  fill(hub, 1, { options: { group: "g" } });
  const from = hub.stored.length + 1;
  for (let late = 0; late < 8; late++) {
    let slices = 0;
    const set = (): void =>
      void Object.assign(clock, { now: now + (slices++ < late ? 5 : 5.95), time: time + 5 });
    set();
    const next = nextRun(hub, {}, snapshotOf(hub, 1, set), from);
    expect(jobsOf(worker(next).take())).toMatchObject([{ seq: 1 }]);
  }
});
