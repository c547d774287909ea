import { newKey, publicKeyOf, signToken } from "@fanwire/server";
import type { Outcome, ReturnOrder, ReturnOutcome } from "../generator/orders.ts";
import { passed } from "../in-turn.ts";
import type { Lab } from "../lab.ts";
import { failuresOf } from "../measured.ts";
import type { Measured, Values } from "../result.ts";
import { count, type Scenario, type Start } from "../scenario.ts";

/** How much of it there is. */
export interface ReturningSize {
  readonly clients: number;
  readonly topics: number;
  /** Publications of all topics a second while they are away … */
  readonly missedPerSecond: number;
  readonly awayMs: number;
  /** They come back spread evenly over this time, in milliseconds. */
  readonly withinMs: number;
  /** … and when they come back. */
  readonly perSecond: number;
}

const SIZE: ReturningSize = {
  clients: 10_000,
  topics: 100,
  missedPerSecond: 5000,
  awayMs: 1000,
  withinMs: 1000,
  perSecond: 500,
};

const rights = { sub: ["t.**"], pub: [] };

/** The pace of admission, raised to what a core can take: by default it is 500 a second. */
const limits = { connectPerSecond: 2500, connectBurst: 500 };

/** W: everybody comes back. */
export const returning: Scenario = {
  id: "W",
  title: "All come back",
  says: "10,000 clients, each with a token of its own, follow one of 100 topics that keep a history; all connections are cut. While they are away each topic gets 50 publications; then all connect within one second (they are admitted at 2,500 a second, five times the default) and go on from the position that they had, while 500 publications a second go on. How long until the last has all that it missed, how long did the event loop stand still at worst, and is anything missing, doubled or told as a gap?",
  shows: [
    "tookMs",
    "worstStallMs",
    "slowAtHead",
    "gaps",
    "unexplained",
    "perSecond",
    "p99Ms",
    "serverCpu",
    "generatorCpu",
  ],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: returningCase(SIZE),
            peers: ["fanwire"],
            roundsMax: 3,
            seconds: 25,
            async *measure(start) {
              yield measureReturning(start, SIZE);
            },
          },
        ],
};

/** What is called so in the rows. */
const returningCase = ({ clients }: ReturningSize): string => `${count(clients)} in a second`;

/** They come, are cut off, and come back. */
export async function measureReturning(start: Start, size: ReturningSize): Promise<Measured> {
  const { generator, lab } = await prepare(start, size);
  await generator.ask("arrive");
  await generator.ask("cut");
  await lab.beginBeside(size.missedPerSecond);
  await passed(size.awayMs);
  const missed = await lab.endBeside();
  await lab.server.ask("watchLoop");
  const name = returningCase(size);
  const { done, ...used } = await lab.observe(name, async () => {
    await lab.beginBeside(size.perSecond);
    await generator.ask("comeBack");
    return lab.endBeside();
  });
  const worstStallMs = await lab.server.ask<number>("worstStallMs");
  const back = await generator.ask<ReturnOutcome>("lookAtReturners");
  await lab.stop();
  return {
    case: name,
    values: {
      ...valuesOf(back, done, used.cpuSeconds),
      worstStallMs,
      ...(used.othersCpu !== undefined && { othersCpu: used.othersCpu }),
    },
    failures: [
      ...failuresOf(missed),
      ...failuresOf(done),
      ...back.reasons.map((reason) => `Not let in again: ${reason}`),
      ...lossesOf(back, size),
    ],
  };
}

async function prepare(
  start: Start,
  { clients, withinMs, topics }: ReturningSize,
): Promise<{ lab: Lab; generator: Lab["generator"] }> {
  const key = await newKey();
  const lab = start({
    auth: { keys: [publicKeyOf(key)] },
    limits,
    topics: [{ match: "t.**", history: true }],
  });
  const service = {
    publishPerSecond: 100_000,
    publishBytesPerSecond: 10_000_000,
    connections: 1000,
  };
  const token = await signToken(key, {
    sub: "service",
    fanwire: { sub: ["**"], pub: ["**"], limits: service },
  });
  await lab.connectBeside({ topics, subscribers: 1, token });
  await lab.tell<ReturnOrder>("prepareReturn", {
    clients,
    withinMs,
    topics,
    key,
    rights,
  });
  return { lab, generator: lab.generator };
}

function valuesOf(back: ReturnOutcome, stayed: Outcome, cpuSeconds: number): Values {
  const { tookMs, deliveries, atHead, gaps, wrong } = back;
  return {
    tookMs,
    perSecond: deliveries / (tookMs / 1000),
    slowAtHead: atHead,
    gaps,
    unexplained: wrong,
    p99Ms: stayed.latency.p99,
    serverCpu: (cpuSeconds / stayed.seconds) * 100,
    generatorCpu: (stayed.cpuSeconds / stayed.seconds) * 100,
  };
}

function lossesOf({ wrong, gaps, atHead }: ReturnOutcome, { clients }: ReturningSize): string[] {
  return wrong > 0 || gaps > 0 || atHead !== clients
    ? [
        `${atHead} of ${clients} had everything in the end; ${wrong} publications were wrong, ${gaps} gaps told.`,
      ]
    : [];
}
