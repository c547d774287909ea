// The load generator: a process of its own that does what the benchmark tells it.

import { passed } from "../in-turn.ts";
import { answerQuestions } from "../control.ts";
import { Fleet } from "./fleet.ts";
import { flood, pace } from "./load.ts";
import type { ConnectOrder, FloodOrder, PaceOrder, SlowOutcome } from "./orders.ts";

/** How long slow clients may take to catch up once they read again, in milliseconds. */
const CATCH_UP_MS = 30_000;

let fleet: Fleet | undefined;

answerQuestions(null, {
  async connect(order: ConnectOrder) {
    fleet = await Fleet.connect(order);
  },
  flood: (order: FloodOrder) => flood(the(fleet), order),
  pace: (order: PaceOrder) => pace(the(fleet), order),
  slowDown: () => the(fleet).slowDown(),
  async speedUp(): Promise<SlowOutcome> {
    the(fleet).speedUp();
    await caughtUp(the(fleet), performance.now() + CATCH_UP_MS);
    return slowOutcome(the(fleet));
  },
  close() {
    the(fleet).close();
    fleet = undefined;
  },
});

function the(connected: Fleet | undefined): Fleet {
  if (connected === undefined) throw new TypeError("Nobody is connected.");
  return connected;
}

async function caughtUp(all: Fleet, until: number): Promise<void> {
  const isDone = all.slow.every(
    ({ client }) => client.closed !== 0 || all.slowLedger.behind(client) <= 0,
  );
  if (isDone || performance.now() > until) return;
  await passed(20);
  await caughtUp(all, until);
}

function slowOutcome({ slow, slowLedger }: Fleet): SlowOutcome {
  return {
    clients: slow.length,
    closed: slow.filter(({ client }) => client.closed !== 0).length,
    atHead: slow.filter(({ client }) => slowLedger.behind(client) === 0).length,
    faults: slowLedger.faults,
  };
}
