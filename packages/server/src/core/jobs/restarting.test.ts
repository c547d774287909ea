import { down, type EnvelopeValue } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import type { TestHub } from "../hub.testkit.ts";
import { defaultsFor } from "../queues/queue-settings.ts";
import { ask, fill, jobsOf, look, nextRun, queueHub, worker } from "./hub.testkit.ts";
import { snapshotOf } from "../records.testkit.ts";

/** What happened, as clients were told, and the records with what was confirmed behind each. */
interface Story {
  readonly hub: TestHub;
  /** Payloads of jobs whose ack was confirmed, by how many records were stored then. */
  readonly acked: Map<number, number>;
  /** Of jobs that were confirmed. */
  readonly sent: Map<number, number>;
}

/** A hub to which all happens that may happen to a job. Every record is stored by itself. */
function story(): Story {
  const hub = queueHub({ maxFailures: 2, backoffMs: 0, resumeMs: 0 });
  const acked = new Map<number, number>();
  const sent = new Map<number, number>();
  const storeEach = (told: () => void): void => {
    while (hub.appended.length > 0) {
      hub.store(1);
      told();
    }
  };
  const p = hub.join();
  for (let payload = 1; payload <= 8; payload++) {
    p.send(client.job(payload, "q", payload, { options: { id: `id-${payload}` } }));
    storeEach(() => {
      for (const [op] of p.take()) if (op === down.OK) sent.set(payload, hub.stored.length);
    });
  }
  const take = (queue: string): void => {
    const w = hub.join();
    w.send(client.consume(1, queue, { pull: 20 }));
    for (const { seq, lease, payload } of jobsOf(w.take())) {
      const verb = (["ack", "fail", "reject"] as const)[payload % 3]!;
      w.send(client.settle(2, queue, [verb, seq, lease, null, "why"]));
      storeEach(() => {
        for (const [op, , codes] of w.take())
          if (op === down.OK && verb === "ack" && (codes as number[])[0] === 0)
            acked.set(payload, hub.stored.length);
      });
    }
    hub.advance(10);
  };
  take("q");
  take("q");
  hub.join().send(client.manage(1, "redrive", "q~dead"));
  storeEach(() => {});
  take("q");
  hub.join().send(client.manage(1, "bind", "q", { pattern: "a.*" }));
  storeEach(() => {});
  return { hub, acked, sent };
}

/** Payloads of all jobs that are anywhere, in whatever state. */
function everywhere(hub: TestHub): number[] {
  const found: number[] = [];
  for (const queue of Object.keys(ask(hub, "list") as object))
    for (const state of ["ready", "delayed", "leased", "dead", "storing", "settling"])
      for (const { tail } of look(hub, state, queue)) found.push((tail as Uint8Array).at(-1)!);
  return found.toSorted((a, b) => a - b);
}

describe("QH22", () => {
  test("QH22 at whatever record the process ends, each confirmed job is there once or acked, and none that was acked is there", () => {
    const { hub, acked, sent } = story();
    expect(acked.size).toBeGreaterThan(1);
    for (let end = 1; end <= hub.stored.length; end++) {
      const cut = queueHub();
      cut.stored.splice(0, Infinity, ...hub.stored.slice(0, end));
      const there = everywhere(nextRun(cut));
      const isDone = (payload: number): boolean => (acked.get(payload) ?? Infinity) <= end;
      const confirmed = [...sent].filter(([, at]) => at <= end).map(([payload]) => payload);
      expect({ end, there: new Set(there) }).toEqual({
        end,
        there: new Set(confirmed.filter((payload) => !isDone(payload))),
      });
      expect({ end, count: there.length }).toEqual({ end, count: new Set(there).size });
    }
  });

  test("QH22 the same, when a snapshot was taken at any record and the rest is read behind it", () => {
    const { hub } = story();
    const expected = everywhere(nextRun(hub));
    for (let end = 1; end <= hub.stored.length; end++) {
      const cut = queueHub();
      cut.stored.splice(0, Infinity, ...hub.stored.slice(0, end));
      const snapshot = snapshotOf(nextRun(cut));
      expect({ end, there: everywhere(nextRun(hub, {}, snapshot, end + 1)) }).toEqual({
        end,
        there: expected,
      });
    }
  });

  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "QH22 world %i: a snapshot in slices while jobs are sent, acked, moved and bound, and a restart from it",
    (seed) => {
      const random = new SeededRandom(seed);
      const hub = queueHub({ maxFailures: 2, backoffMs: 0, resumeMs: 0 });
      ask(hub, "declare", { deadLetter: null }, "r");
      const w = hub.join();
      w.send(client.consume(1, "q", { credit: 20 }), client.consume(2, "r", { credit: 20 }));
      let payload = 0;
      const live = new Map<number, readonly [queue: string, seq: number, lease: number]>();
      const act = (): void => {
        const c = hub.join();
        const jobs = jobsOf(w.take());
        for (const { payload: of, consumer, seq, lease } of jobs)
          live.set(of, [consumer === 1 ? "q" : "r", seq, lease]);
        const [one] = live;
        switch (random.below(9)) {
          case 0:
          case 1:
          case 2:
            c.send(client.job(1, random.of(["q", "r"]), ++payload));
            break;
          case 3:
          case 4:
          case 5:
            if (one === undefined) break;
            live.delete(one[0]);
            w.send(
              client.settle(9, one[1][0], [
                random.of(["ack", "fail", "reject", "release"] as const),
                one[1][1],
                one[1][2],
              ]),
            );
            break;
          case 6:
            c.send(client.manage(1, "redrive", random.of(["q~dead", "r"])));
            break;
          case 7:
            c.send(client.manage(1, random.of(["bind", "unbind"]), "q", { pattern: "a.*" }));
            break;
          default:
            c.send(client.publish(0, "a.x", ++payload));
        }
        c.disconnect();
        hub.advance(random.of([0, 0, 10]));
      };
      for (let i = 0; i < 30; i++) {
        act();
        hub.store(random.below(hub.appended.length + 1));
      }
      hub.store();
      const from = hub.stored.length + 1;
      const snapshot = snapshotOf(hub, random.of([1, 60, 200]), () => {
        for (let i = random.below(3); i > 0; i--) act();
        hub.store(random.below(hub.appended.length + 1));
      });
      for (let i = 0; i < 5; i++) act();
      const cut = hub.stored.length + random.below(hub.appended.length + 1);
      hub.store(cut - hub.stored.length);
      const whole = everywhere(nextRun(hub));
      expect(everywhere(nextRun(hub, {}, snapshot, from))).toEqual(whole);
    },
  );

  test("QH22 leases of one job never overlap, and failures never fall, through crashes and losses", () => {
    let hub = queueHub({ leaseMs: 1000, maxFailures: 0, backoffMs: 0, resumeMs: 0 });
    fill(hub, 3);
    const failures = new Map<number, number>();
    let highest = 0;
    for (let round = 0; round < 12; round++) {
      const w = worker(hub, { concurrency: 3 });
      const jobs = jobsOf(w.take());
      expect(jobs).toHaveLength(3);
      for (const { seq, lease } of jobs) {
        expect(lease).toBeGreaterThan(highest);
        highest = lease;
        if (round % 3 === 0) w.send(client.settle(seq, "q", ["fail", seq, lease]));
      }
      hub.store();
      if (round % 3 === 1) hub.advance(1100);
      hub.store();
      for (const { seq, failures: now } of [...look(hub, "ready"), ...look(hub, "leased")]) {
        expect(now).toBeGreaterThanOrEqual(failures.get(seq as number) ?? 0);
        failures.set(seq as number, now as number);
      }
      if (round % 4 === 3) hub = nextRun(hub);
      else w.disconnect();
      hub.advance(200);
      hub.store();
    }
    expect(Math.min(...failures.values())).toBeGreaterThanOrEqual(6);
  });
});

describe("QH18", () => {
  test("QH18 jobs, failures, delays, settings and bindings are there again", () => {
    const hub = queueHub({ backoffMs: 60_000, backoffJitterPercent: 0, leaseMs: 7000 });
    fill(hub, 2, { options: { id: "one", group: "g", priority: 6 } });
    hub
      .join()
      .send(client.job(1, "q", 9, { options: { delayMs: 120_000 }, meta: { ttl: 600_000 } }));
    hub.store();
    const w = worker(hub, { credit: 1 });
    const [job] = jobsOf(w.take());
    w.send(client.settle(1, "q", ["fail", job!.seq, job!.lease, null, "no"]));
    hub.store();
    ask(hub, "bind", { pattern: "a.*", priority: 2, group: "x" });
    const shown = (each: TestHub): unknown =>
      ["ready", "delayed", "leased"].flatMap((state) =>
        look(each, state).map(
          ({ seq, failures, error, priority, group, id, dueAt, expiresAt }) => ({
            seq,
            failures,
            error,
            priority,
            group,
            id,
            dueAt,
            expiresAt,
          }),
        ),
      );
    const next = nextRun(hub);
    expect(shown(next)).toEqual(shown(hub));
    expect(shown(nextRun(hub, {}, snapshotOf(hub), hub.stored.length + 1))).toEqual(shown(hub));
    const bound = (each: TestHub): unknown =>
      (ask(each, "stats") as Record<string, EnvelopeValue>)["bindings"];
    expect(bound(next)).toEqual(bound(hub));
    expect(ask(next, "declare", { leaseMs: 7000 })).toMatchObject({});
  });

  test("QH18 what was leased is ready, and each job says that it may have been given out", () => {
    const hub = queueHub();
    fill(hub, 3);
    worker(hub, { credit: 2 });
    const next = nextRun(hub);
    expect(jobsOf(worker(next).take())).toMatchObject([
      { seq: 1, attempt: 2 },
      { seq: 2, attempt: 2 },
      { seq: 3, attempt: 2 },
    ]);
  });

  test("QH18 the wall clock may have been set meanwhile: nothing is lost", () => {
    const hub = queueHub();
    fill(hub, 1);
    hub.join().send(client.job(1, "q", 2, { options: { delayMs: 5000 } }));
    hub.store();
    hub.clock.time -= 3_600_000;
    const next = nextRun(hub);
    next.advance(3_610_000);
    expect(jobsOf(worker(next).take())).toHaveLength(2);
  });

  test("QH18 a number is not used again", () => {
    const hub = queueHub();
    fill(hub, 2);
    const w = worker(hub);
    for (const { seq, lease } of jobsOf(w.take()))
      w.send(client.settle(1, "q", ["ack", seq, lease]));
    hub.store();
    for (const next of [nextRun(hub), nextRun(hub, {}, snapshotOf(hub), hub.stored.length + 1)]) {
      fill(next, 1);
      expect(look(next, "ready")).toMatchObject([{ seq: 3 }]);
    }
  });

  test("QH18 a queue that is not durable is not there after a restart", () => {
    const hub = queueHub({ durable: false });
    fill(hub, 1);
    expect(ask(nextRun(hub), "list")).toEqual({});
  });

  test("QH18 queues of the configuration are declared at the start, hold what was in them, and follow it", () => {
    const as = (maxFailures: number) => ({
      queues: new Map([["c", { ...defaultsFor("c"), maxFailures }]]),
    });
    const hub = queueHub({}, as(3));
    hub.store();
    hub.join().send(client.job(1, "c", 7));
    hub.store();
    const next = nextRun(hub, as(4));
    next.store();
    expect(look(next, "ready", "c")).toHaveLength(1);
    expect(ask(next, "declare", { maxFailures: 4 }, "c")).toMatchObject({});
    expect(ask(nextRun(next), "declare", { maxFailures: 4 }, "c")).toMatchObject({});
  });
});
