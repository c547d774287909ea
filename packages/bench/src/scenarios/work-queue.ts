import type { HubOptions } from "@fanwire/server";
import type { JobFloodOrder, JobOrder, JobOutcome } from "../generator/jobs/job-client.ts";
import { collect, inTurn } from "../in-turn.ts";
import type { Lab } from "../lab.ts";
import { others, type Used } from "../measured.ts";
import type { PeerName } from "../peers.ts";
import type { Measured, Values } from "../result.ts";
import { count, type Group, type Mode, type Scenario, secondsOf, type Start } from "../scenario.ts";
import { syncsPerSecond } from "../yardsticks.ts";
import { withData } from "./data-folder.ts";
import { measureWaiting, WAITING } from "./waiting-jobs.ts";

const PAYLOAD_BYTES = 200;
const PER_MESSAGE = 100;
const WINDOW = 16_000;
const CREDIT = 4096;

/** About what a job takes on disk beside its payload. */
const RECORD_BYTES = PAYLOAD_BYTES + 60;

/** RabbitMQ, and how long it takes to start, in seconds. */
const OTHERS: readonly PeerName[] = ["rabbitmq-classic", "rabbitmq-quorum"];
const START_S = 10;

/** What is done with one queue. */
interface Case {
  readonly name: string;
  readonly perMessage: number;
  readonly window: number;
  readonly until: JobFloodOrder["until"];
}

const alone = { perMessage: 1, window: 1, until: "done" } as const;
const batched = { perMessage: PER_MESSAGE, window: WINDOW } as const;
const memoryCases: readonly Case[] = [
  { ...alone, name: "memory, one at a time" },
  { ...batched, name: "memory, through", until: "done" },
];
const durableCases: readonly Case[] = [
  { ...alone, name: "durable, one at a time" },
  { ...batched, name: "durable, through", until: "done" },
  { ...batched, name: "durable, sent", until: "confirmed" },
];

/** L: jobs, from whoever sends them to whoever does them. */
export const workQueue: Scenario = {
  id: "L",
  title: "A work queue",
  says: `Jobs of ${PAYLOAD_BYTES} bytes from one client to another by a queue in memory, and by one on disk: one at a time, from sending a job until its acknowledgement is confirmed; through, ${PER_MESSAGE} a request and ${count(WINDOW)} under way, with a credit of ${count(CREDIT)}; and sent, until they are confirmed to be on disk, while nobody takes them. Each job must come once, also those that were only sent: they are taken afterwards. Beside it what write and fdatasync do alone, and RabbitMQ, with persistent messages but where it says memory; it gives jobs out before they are on disk, and does not confirm acknowledgements, so that these count when they are written. And ${count(WAITING.jobs)} jobs of ${WAITING.payloadBytes} bytes that wait in memory: what the hub's process has resident after forced collections, less what it had before they were sent, beside their payloads; then each is taken.`,
  shows: [
    "perCpuSecond",
    "perSecond",
    "p50Ms",
    "p99Ms",
    "bytesPerJob",
    "heapPerJob",
    "serverCpu",
    "generatorCpu",
  ],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          group("a queue in memory", ["rabbitmq-classic"], memoryCases, mode),
          group("a queue on disk", OTHERS, durableCases, mode),
          {
            name: "waiting in memory",
            peers: ["fanwire"],
            roundsMax: 2,
            seconds: 35,
            async *measure(start) {
              yield measureWaiting(start, WAITING);
            },
          },
        ],
};

function group(
  name: string,
  besides: readonly PeerName[],
  cases: readonly Case[],
  mode: Mode,
): Group {
  return {
    name,
    peers: ["fanwire", ...besides],
    briefly: besides,
    seconds: START_S + cases.length * (1 + secondsOf(mode)),
    async *measure(start, peer) {
      const isDurable = cases === durableCases;
      yield* await withData((data) => {
        const lab = peer === "fanwire" ? hub(start, cases, isDurable ? { data } : {}) : start();
        return withLab(lab, () =>
          collect(inTurn(cases, (one) => measure(lab, one, orderFor(peer, one, isDurable), mode))),
        );
      });
      if (isDurable && peer === "fanwire") yield disk(mode);
    },
  };
}

/** A hub with a queue for each case. */
function hub(start: Start, cases: readonly Case[], options: HubOptions): Lab {
  const queues = cases.map((one) => ({ name: queueOf(one), jobsMax: 10_000_000 }));
  return start({ ...options, queues });
}

/** Its data may be taken away afterwards. */
async function withLab<T>(lab: Lab, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } finally {
    await lab.stop();
  }
}

function queueOf({ name }: Case): string {
  return name.replaceAll(/\W+/gu, "-");
}

function orderFor(peer: PeerName, one: Case, isDurable: boolean): Omit<JobOrder, "port" | "seed"> {
  const onDisk = peer === "rabbitmq-quorum" ? "quorum" : "disk";
  return {
    speaks: peer === "fanwire" ? "fanwire" : "amqp",
    queue: queueOf(one),
    kept: isDurable ? onDisk : "memory",
    payloadBytes: PAYLOAD_BYTES,
    perMessage: one.perMessage,
  };
}

async function measure(
  lab: Lab,
  { name, window, until }: Case,
  order: Omit<JobOrder, "port" | "seed">,
  { ms, warmUpMs }: Mode,
): Promise<Measured> {
  const flood = (length: number): Promise<JobOutcome> =>
    lab.generator.ask("floodJobs", { window, ms: length, until } satisfies JobFloodOrder);
  await lab.tell<JobOrder>("openJobs", order);
  if (until === "done") await lab.generator.ask("takeJobs", CREDIT);
  await flood(warmUpMs);
  const { done, ...used } = await lab.observe(name, () => flood(ms));
  if (until !== "done") await lab.generator.ask("takeJobs", CREDIT);
  const failures = await lab.generator.ask<string[]>("finishJobs");
  return { case: name, values: valuesOf(done, used), failures };
}

function valuesOf(
  { jobs, seconds, cpuSeconds, p50Ms, p99Ms, maxMs }: JobOutcome,
  used: Used,
): Values {
  return {
    perCpuSecond: jobs / used.cpuSeconds,
    perSecond: jobs / seconds,
    ...(maxMs > 0 && { p50Ms, p99Ms, maxMs }),
    serverCpu: (used.cpuSeconds / seconds) * 100,
    generatorCpu: (cpuSeconds / seconds) * 100,
    ...others(used),
  };
}

function disk({ ms }: Mode): Measured {
  const perSecond = syncsPerSecond(RECORD_BYTES, ms);
  return { case: "write and fdatasync alone", values: { perSecond }, failures: [] };
}
