import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { Histogram } from "./histogram.ts";
import { TestQueue } from "./queue.testkit.ts";
import { scalingFor } from "./scaling.ts";

describe("histograms", () => {
  test("percentiles are right to a sixteenth, from a fraction of a millisecond to days", () => {
    for (const scale of [1, 1000, 1_000_000, 400_000_000]) {
      const all = new Histogram();
      for (let i = 1; i <= 1000; i++) all.add((i * scale) / 1000 + 1);
      for (const [share, exact] of [
        [0.5, scale / 2],
        [0.95, scale * 0.95],
        [0.99, scale * 0.99],
      ] as const)
        expect(Math.abs(all.quantileMs(share)! / (exact + 1) - 1)).toBeLessThan(1 / 15);
    }
  });

  test("without anything there are none", () => {
    expect(new Histogram().times).toEqual({
      count: 0,
      meanMs: null,
      p50Ms: null,
      p95Ms: null,
      p99Ms: null,
    });
  });

  test("what came before the last two turns is forgotten", () => {
    const all = new Histogram();
    all.add(1000);
    all.turn();
    all.add(10);
    expect(all.times).toMatchObject({ count: 2, meanMs: 505 });
    all.turn();
    expect(all.times).toMatchObject({ count: 1, meanMs: 10 });
  });
});

describe("scaling", () => {
  const demand = {
    sentPerSecond: 10,
    retryRatio: 0,
    processingMs: 300,
    waiting: 0,
    concurrency: 4,
  };

  test("workers to keep up are busy three quarters of their time", () => {
    expect(scalingFor(demand).workersToKeepUp).toBe(4); // 10/s × 0.3 s / 0.75
    expect(scalingFor({ ...demand, retryRatio: 0.5 }).workersToKeepUp).toBe(6);
  });

  test("workers to drain take a minute for what waits, beside what comes", () => {
    const scaling = scalingFor({ ...demand, waiting: 1200 });
    expect(scaling).toMatchObject({ workersToDrain: 9, recommendedWorkers: 9 }); // 0.3 s × (10/s + 20/s)
  });

  test("the time to drain is what waits over what is left of the workers", () => {
    const { drainMs } = scalingFor({ ...demand, waiting: 100 });
    expect(drainMs).toBeCloseTo(100_000 / (4 / 0.3 - 10), 6);
    expect(scalingFor({ ...demand, concurrency: 3, waiting: 1 }).drainMs).toBeNull();
    expect(scalingFor({ ...demand, concurrency: 0, waiting: 1 }).drainMs).toBeNull();
    expect(scalingFor(demand).drainMs).toBe(0);
  });

  test("as long as nobody has done a job, one worker is recommended for those that wait", () => {
    const unknown = { ...demand, processingMs: null };
    expect(scalingFor(unknown)).toMatchObject({ workersToKeepUp: null, recommendedWorkers: 0 });
    expect(scalingFor({ ...unknown, waiting: 5 })).toMatchObject({
      recommendedWorkers: 1,
      drainMs: null,
    });
  });
});

describe("figures", () => {
  /** Jobs come evenly, and each takes so long, for so many seconds. */
  function steady(perSecond: number, processingMs: number, seconds: number): TestQueue {
    const q = new TestQueue({}, 0);
    q.join("w", 50, 50);
    const ends: [number, string][] = [];
    for (let i = 0; i < seconds * perSecond; i++) {
      const at = (i * 1000) / perSecond;
      while (ends.length > 0 && ends[0]![0] <= at) {
        const [end, name] = ends.shift()!;
        q.now = end;
        q.ack(name);
      }
      q.now = at;
      q.send(`j${i}`);
      for (const name of q.give()) ends.push([at + processingMs, name]);
    }
    q.now = seconds * 1000;
    return q;
  }

  test("rates are what happened over 10 seconds, a minute and five", () => {
    const q = steady(20, 100, 60);
    const { rates, totals } = q.queue.stats(q.now);
    expect(rates.sent).toEqual({ over10s: 20, over1m: 20, over5m: 20 });
    expect(totals).toMatchObject({ sent: 1200, given: 1200, failed: 0 });
    q.now += 30_000;
    const later = q.queue.stats(q.now).rates.sent;
    expect([later.over10s, later.over1m]).toEqual([0, 10]);
    q.now += 300_000;
    expect(q.queue.stats(q.now).rates.sent).toEqual({ over10s: 0, over1m: 0, over5m: 0 });
  });

  test("under a steady load Little's law holds, and the recommendation follows from it", () => {
    const q = steady(20, 500, 120);
    const stats = q.queue.stats(q.now);
    expect(stats.residual).toBeLessThan(0.02);
    expect(stats.processing.meanMs).toBe(500);
    expect(stats).toMatchObject({ workersToKeepUp: 14, recommendedWorkers: 14, drainMs: 0 }); // 20/s × 0.5 s / 0.75
  });

  test("a worker's own measure of a job counts instead of ours", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.give();
    q.now += 5000;
    q.queue.ack(q.find("a"), q.now, 40);
    expect(q.queue.stats(q.now).processing).toMatchObject({ count: 1, meanMs: 40 });
  });

  test("waiting is from when a job begins to wait until it is given out for the first time", () => {
    const q = new TestQueue();
    q.join("w");
    q.send("a");
    q.send("b", { notBefore: q.now + 1000 });
    q.pass(1000);
    q.give();
    q.release("a");
    q.give();
    expect(q.queue.stats(q.now).wait).toMatchObject({ count: 2, meanMs: 500 });
  });

  test("jobs that fail make more work than is sent", () => {
    const q = new TestQueue({ backoffMs: 0, maxFailures: 0 });
    q.join("w");
    for (let i = 0; i < 100; i++) {
      const name = `j${i}`;
      q.send(name);
      for (const verb of ["fail", "ack"] as const) {
        q.give();
        q.now += 100;
        q[verb](name);
      }
    }
    const { rates, offeredPerSecond } = q.queue.stats(q.now);
    expect(rates.sent.over10s).toBe(5);
    expect(offeredPerSecond).toBe(10);
  });

  test("what there is is told by state, priority and age", () => {
    const q = new TestQueue({ groupConcurrency: 1 });
    q.join("w", 3, 1);
    q.send("held old", { group: "g" });
    q.give();
    q.now += 700;
    q.send("x", { priority: 9 });
    q.send("later", { notBefore: q.now + 1 });
    expect(q.queue.stats(q.now)).toMatchObject({
      ready: 2,
      readyByPriority: [0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      delayed: 1,
      leased: 1,
      bytes: 13,
      oldestReadyMs: 700, // though its group is closed
      consumers: 1,
      concurrency: 3,
      groups: 1,
      isPaused: false,
    });
  });

  test("counts are what they should be after anything", () => {
    const random = new SeededRandom(1);
    const q = new TestQueue({ maxFailures: 2, backoffMs: 0 });
    q.join("w", 4, 8);
    for (let i = 0; i < 500; i++) {
      q.send(`j${i}`, { priority: random.below(10) });
      for (const name of q.give(random.below(3)))
        if (random.below(3) === 0) q.fail(name);
        else q.ack(name);
      q.pass(random.below(100));
    }
    const { totals, ready, leased, delayed, dead } = q.queue.stats(q.now);
    expect(totals.sent).toBe(totals.done + ready + leased + delayed + dead);
    expect(totals.dead).toBe(dead);
  });
});
