import type { Client } from "@fanwire/client";
import type { Queue, QueueStats } from "@fanwire/client/queue";
import type { Command } from "../../command.ts";
import { failureOf } from "../../connect.ts";
import { countOf, shown } from "../../count.ts";
import { exit, type Failure } from "../../failure.ts";
import { endWithReader, jsonOf, print } from "../../output.ts";
import { hubFlags, operandsOf, withQueue } from "./words.ts";

const NAME = "queue stats";

export const stats: Command = {
  name: NAME,
  operands: "<queue> [flags]",
  summary: "Print the numbers of a queue.",
  description: [
    "Prints how many jobs are where, how fast they come and go, how long they wait and take, and how many workers it needs. With --watch again each second, until Ctrl-C.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        ...hubFlags,
        { name: "watch", short: "w", sentence: "Go on, each second." },
        { name: "json", sentence: "Print a JSON object, with --watch one a second." },
      ],
    },
  ],
  examples: [
    ["fanwire queue stats thumbnails", "What is there now."],
    ["fanwire queue stats thumbnails --watch", "The same, always fresh."],
    [
      "fanwire queue stats thumbnails --json | jq .recommendedWorkers",
      "How many workers it should have, for a script.",
    ],
  ],
  run(given) {
    const [name] = operandsOf(given, NAME);
    return withQueue(given, name!, NAME, async (q, client) => {
      const now = await q.manage.stats();
      const show = given.has("json") ? (each: QueueStats) => print(jsonOf(each)) : screen(q.name);
      show(now);
      return given.has("watch") ? watch(q, client, show) : exit.ok;
    });
  },
};

/** Shows what the hub tells, until a signal comes or whoever reads has enough. */
function watch(
  { name }: Queue,
  client: Client,
  show: (stats: QueueStats) => void,
): Promise<number> {
  return new Promise((resolve, reject: (failure: Failure) => void) => {
    const end = (): void => resolve(exit.ok);
    endWithReader(end);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
    const told = client.topic<QueueStats>("$queue.{name}.stats", { name });
    const subscription = told.subscribe(({ data }) => show(data), { lag: "latest" });
    subscription.on("ended", (error) => error && reject(failureOf(error)));
  });
}

/** On a terminal each is written over the one before. */
function screen(name: string): (stats: QueueStats) => void {
  let isFirst = true;
  return (told) => {
    const all = lines(name, told);
    if (!isFirst && process.stdout.isTTY) process.stdout.write(`\u001B[${all.length}A\u001B[J`);
    isFirst = false;
    for (const line of all) print(line);
  };
}

function lines(name: string, told: QueueStats): string[] {
  const { totals, rates, wait, processing } = told;
  const age = told.oldestReadyMs === null ? "" : `, the oldest for ${span(told.oldestReadyMs)}`;
  const rate = (kind: keyof typeof rates): string => per(rates[kind].over1m);
  return [
    `${name}${told.isPaused ? " (paused)" : ""}`,
    `  waiting     ${shown(told.ready)} ready${age}; ${shown(told.delayed)} delayed`,
    `  at work     ${shown(told.leased)} of ${countOf(told.concurrency, "place")}, ${countOf(told.consumers, "worker")}`,
    `  dead        ${shown(told.dead)} here`,
    `  a second    ${rate("sent")} sent, ${rate("done")} done, ${rate("failed")} failed`,
    `  in all      ${shown(totals.sent)} sent, ${shown(totals.done)} done, ${shown(totals.failed)} failed, ${shown(totals.dead)} dead, ${shown(totals.expired)} too late`,
    `  wait        ${times(wait)}`,
    `  processing  ${times(processing)}`,
    `  workers     ${advice(told)}`,
  ];
}

function times({ p50Ms, p95Ms, p99Ms }: QueueStats["wait"]): string {
  if (p50Ms === null || p95Ms === null || p99Ms === null) return "nothing lately";
  return `half within ${span(p50Ms)}, 95 % ${span(p95Ms)}, 99 % ${span(p99Ms)}`;
}

function advice({ recommendedWorkers, drainMs, ready }: QueueStats): string {
  const wanted = `${shown(recommendedWorkers)} recommended`;
  if (ready === 0) return wanted;
  return drainMs === null
    ? `${wanted}; what waits is not worked off by those that there are`
    : `${wanted}; what waits is worked off in ${span(drainMs)}`;
}

/** A time as people read it. */
function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

const per = (rate: number): string => (rate < 10 ? rate.toFixed(1) : shown(rate));
