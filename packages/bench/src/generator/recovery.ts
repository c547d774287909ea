// What becomes of slow clients once they read as fast as they can again.

import { passed } from "../in-turn.ts";
import type { Fleet } from "./fleet.ts";
import type { SlowOutcome } from "./orders.ts";

/** How long they may take to catch up, in milliseconds. */
const CATCH_UP_MS = 30_000;

/** They read again. When they are at the head, each topic is published once more, which shows whether they were told right what comes next. */
export async function recover(fleet: Fleet): Promise<SlowOutcome> {
  const { slow, slowLedger, source } = fleet;
  const begun = performance.now();
  fleet.speedUp();
  await caughtUp(fleet, begun + CATCH_UP_MS);
  const tookMs = performance.now() - begun;
  source?.publish(fleet.topics, performance.now());
  await caughtUp(fleet, performance.now() + CATCH_UP_MS);
  return {
    clients: slow.length,
    closed: slow.filter(({ client }) => client.closed !== 0).length,
    atHead: slow.filter(({ client }) => slowLedger.behind(client) === 0).length,
    tookMs,
    faults: slowLedger.faults,
  };
}

async function caughtUp(fleet: Fleet, until: number): Promise<void> {
  const { slow, slowLedger } = fleet;
  const isDone = slow.every(({ client }) => client.closed !== 0 || slowLedger.behind(client) <= 0);
  if (isDone || performance.now() > until) return;
  await passed(20);
  await caughtUp(fleet, until);
}
