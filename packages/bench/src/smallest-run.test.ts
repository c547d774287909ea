import { describe, expect, test } from "vitest";
import type { JobFloodOrder, JobOrder, JobOutcome } from "./generator/jobs/job-client.ts";
import { Lab } from "./lab.ts";
import { findPeer, type Peer } from "./peers.ts";
import type { Measured } from "./result.ts";
import { measureBeside } from "./scenarios/beside-durable.ts";
import { withData } from "./scenarios/data-folder.ts";
import { measureKept } from "./scenarios/kept-memory.ts";
import { measureRecovery } from "./scenarios/recovery.ts";
import { measureReturning } from "./scenarios/returning.ts";
import { measureSnapshot } from "./scenarios/snapshot.ts";
import { measureWaiting } from "./scenarios/waiting-jobs.ts";
import { smallest } from "./smallest.testkit.ts";

test.each(["fanwire", "naive"] as const)(
  "%s brings every publication to 20 subscribers, and its processes end",
  { timeout: 60_000 },
  async (name) => {
    const lab = new Lab((await findPeer(name, false)) as Peer, 7);
    try {
      await lab.connect({ topics: 1, subscribers: 20 });
      const flooded = await lab.flood("flood", 16, { ms: 200, warmUpMs: 50 });
      expect(flooded.failures).toEqual([]);
      expect(flooded.values.perSecond).toBeGreaterThan(0);
      const paced = await lab.pace("pace", 200, { ms: 300, warmUpMs: 0 });
      expect(paced.failures).toEqual([]);
      expect(paced.values.p50Ms).toBeGreaterThan(0);
      await lab.disconnect();
    } finally {
      await lab.stop();
    }
    await expect(lab.sample()).rejects.toThrow();
  },
);

const faultsOf = (rows: readonly Measured[]): string[] => rows.flatMap(({ failures }) => failures);

describe("in a small way", { timeout: 120_000 }, () => {
  test.each([false, true])("F loses nothing (with a durable load: %s)", async (isBeside) => {
    const size = { subscribers: 10, perSecond: 50, leadMs: 0, measuredMs: 300 };
    const row = await smallest((start) =>
      measureBeside(start, { ...size, durablePerSecond: 2000 }, isBeside),
    );
    expect(row.failures).toEqual([]);
    expect(row.values.p99Ms).toBeGreaterThan(0);
  });

  test("G finds every value again in what was written while others went on", async () => {
    const size = { topics: 2, keys: 400, payloadBytes: 4096, withoutMs: 100 };
    const rows = await smallest((start) => measureSnapshot(start, size));
    expect(faultsOf(rows)).toEqual([]);
    expect(rows.map((row) => row.case)).toEqual(["without", "while it is written"]);
    expect(rows[1]!.values.p999Ms).toBeGreaterThan(0);
  });

  test("V finds every publication again after the hub was killed", async () => {
    const rows = await smallest((start) => measureRecovery(start, { topics: 5, perTopic: 100 }));
    expect(faultsOf(rows)).toEqual([]);
    expect(rows[0]!.values.perSecond).toBeGreaterThan(0);
  });

  test("W brings everybody what was published while they were away", async () => {
    const row = await smallest((start) =>
      measureReturning(start, {
        clients: 50,
        topics: 5,
        missedPerSecond: 200,
        awayMs: 300,
        withinMs: 100,
        perSecond: 50,
      }),
    );
    expect(row.failures).toEqual([]);
    expect(row.values).toMatchObject({ slowAtHead: 50, gaps: 0, unexplained: 0 });
  });

  test("H finds every publication that is kept", async () => {
    const size = { topics: 20, kept: 100, payloadBytes: 200, sample: 20 };
    const row = await smallest((start) => measureKept(start, size));
    expect(row.failures).toEqual([]);
    expect(row.values.perSecond).toBeGreaterThan(0);
  });

  test("L has every job done that waited in memory", async () => {
    const row = await smallest((start) => measureWaiting(start, { jobs: 2000, payloadBytes: 100 }));
    expect(row.failures).toEqual([]);
    expect(row.case).toBe("memory, 2,000 waiting");
    expect(row.values.perSecond).toBeGreaterThan(0);
  });
});

/** Sends jobs that nobody takes, then has them and others done. Returns how many were confirmed and how many done, and what was wrong. */
async function sendAndDo(lab: Lab, order: Omit<JobOrder, "port" | "seed">) {
  const flood = (until: JobFloodOrder["until"]): Promise<JobOutcome> =>
    lab.generator.ask("floodJobs", { window: 20, ms: 100, until } satisfies JobFloodOrder);
  await lab.tell<JobOrder>("openJobs", order);
  const { jobs: confirmed } = await flood("confirmed");
  await lab.generator.ask("takeJobs", 20);
  const { jobs: done, p50Ms } = await flood("done");
  const failures = await lab.generator.ask<string[]>("finishJobs");
  return { confirmed, done, p50Ms, failures };
}

const jobs = { queue: "jobs", payloadBytes: 200 } as const;

test.each([
  ["in memory", "memory", 1],
  ["on disk", "disk", 5],
] as const)(
  "every job of a queue %s is confirmed and done once",
  { timeout: 60_000 },
  async (_, kept, perMessage) => {
    const order = { ...jobs, speaks: "fanwire", kept, perMessage } as const;
    const { confirmed, done, p50Ms, failures } = await withData((data) => {
      const queues = [{ name: "jobs" }];
      const options = kept === "disk" ? { data, queues } : { queues };
      return smallest((start) => sendAndDo(start(options), order));
    });
    expect(failures).toEqual([]);
    expect(confirmed).toBeGreaterThan(0);
    expect(done).toBeGreaterThanOrEqual(confirmed);
    expect(p50Ms).toBeGreaterThan(0);
  },
);

const rabbit = await findPeer("rabbitmq-quorum", false);

test.skipIf(typeof rabbit === "string")(
  `RabbitMQ does every job once${typeof rabbit === "string" ? ` — skipped: ${rabbit}` : ""}`,
  { timeout: 180_000 },
  async () => {
    const order = { ...jobs, speaks: "amqp", kept: "quorum", perMessage: 5 } as const;
    await smallest(async (start) => {
      const lab = start();
      const { done, failures } = await sendAndDo(lab, order);
      expect(failures).toEqual([]);
      expect(done).toBeGreaterThan(0);
      expect((await lab.sample()).cpuSeconds).toBeGreaterThan(0);
    }, "rabbitmq-quorum");
  },
);
