import type { JsonWebKey } from "node:crypto";
import { newKey, publicKeyOf, signToken } from "@fanwire/server";
import type { LogInOrder, LogInOutcome } from "../generator/orders.ts";
import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import { count, type Scenario, type Start } from "../scenario.ts";

const MANY = 10_000;
const WITHIN_MS = 1000;

/** Beside publications. */
const BESIDE = 5000;
const BESIDE_WITHIN_MS = 3000;
const PER_SECOND = 100;
const SUBSCRIBERS = 100;
const LEAD_MS = 2000;
const MEASURED_MS = 5000;

const rights = { sub: ["t.**", "user.{sub}.**"], pub: ["user.{sub}.**"] };

/** As fast as they come: by default a hub spreads them, 500 a second. */
const limits = { connectPerSecond: 100_000, connectBurst: 100_000 };

/** J: many log in at once. */
export const logIns: Scenario = {
  id: "J",
  title: "Logins",
  says: "10,000 clients, each with a token of its own (EdDSA), connect within one second to a hub whose pace of admission was raised for it: how long until the last is welcomed, how long the event loop stood still at worst, and is anybody kept out? And 100 publications a second to 100 subscribers while 5,000 others log in within 3 s: what do the subscribers notice (pairs with and without, in both orders)?",
  shows: [
    "allInMs",
    "worstStallMs",
    "refusedClients",
    "p50Ms",
    "p99Ms",
    "maxMs",
    "serverCpu",
    "generatorCpu",
  ],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "10,000 in a second",
            peers: ["fanwire"],
            roundsMax: 3,
            seconds: 20,
            async *measure(start) {
              yield storm(start);
            },
          },
          {
            name: "5,000 log in",
            peers: ["fanwire"],
            roundsMax: 4,
            seconds: (2 * (LEAD_MS + MEASURED_MS)) / 1000 + 8,
            async *measure(start, _peer, round) {
              for (const isStormy of round % 2 === 1 ? [false, true] : [true, false])
                yield beside(start, isStormy);
            },
          },
        ],
};

async function storm(start: Start): Promise<Measured> {
  const key = await newKey();
  const lab = keyed(start, key);
  await prepare(lab, key, MANY, WITHIN_MS);
  await lab.server.ask("watchLoop");
  const name = `${count(MANY)} in a second`;
  const { done, ...used } = await lab.observe(name, () => lab.generator.ask<LogInOutcome>("logIn"));
  const worstStallMs = await lab.server.ask<number>("worstStallMs");
  const { tookMs, admitted, p50Ms, p99Ms, maxMs } = done;
  return {
    case: name,
    values: {
      allInMs: tookMs,
      worstStallMs,
      refusedClients: MANY - admitted,
      p50Ms,
      p99Ms,
      maxMs,
      serverCpu: (used.cpuSeconds / (tookMs / 1000)) * 100,
      ...(used.othersCpu !== undefined && { othersCpu: used.othersCpu }),
    },
    failures: done.reasons.map((reason) => `Not let in: ${reason}`),
  };
}

async function beside(start: Start, isStormy: boolean): Promise<Measured> {
  const key = await newKey();
  const lab = keyed(start, key);
  const service = {
    publishPerSecond: 100_000,
    publishBytesPerSecond: 1_000_000,
    connections: 1000,
  };
  const token = await signToken(key, {
    sub: "service",
    fanwire: { sub: ["**"], pub: ["**"], limits: service },
  });
  await prepare(lab, key, BESIDE, BESIDE_WITHIN_MS);
  await lab.connect({ topics: 1, subscribers: SUBSCRIBERS, token });
  await lab.pace("warm-up", PER_SECOND, { ms: LEAD_MS, warmUpMs: 0 });
  const name = `${count(BESIDE)} log in: ${isStormy ? "with" : "without"}`;
  const coming = isStormy ? lab.generator.ask<LogInOutcome>("logIn") : undefined;
  const measured = await lab.pace(name, PER_SECOND, { ms: MEASURED_MS, warmUpMs: 0 });
  const outcome = await coming;
  await lab.stop();
  return {
    ...measured,
    failures: [
      ...measured.failures,
      ...(outcome?.reasons ?? []).map((reason) => `Not let in: ${reason}`),
    ],
  };
}

function keyed(start: Start, key: JsonWebKey): Lab {
  return start({ auth: { keys: [publicKeyOf(key)] }, limits });
}

async function prepare(
  lab: Lab,
  key: JsonWebKey,
  clients: number,
  withinMs: number,
): Promise<void> {
  await lab.tell<LogInOrder>("prepareLogIns", { clients, withinMs, key, rights });
}
