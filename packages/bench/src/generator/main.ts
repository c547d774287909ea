// The load generator: a process of its own that does what the benchmark tells it.

import { answerQuestions } from "../control.ts";
import { Crowd } from "./crowd.ts";
import { Fleet } from "./fleet.ts";
import { flood, pace } from "./load.ts";
import { LogIns } from "./log-ins.ts";
import type {
  ConnectOrder,
  CrowdOrder,
  CrowdPart,
  FloodOrder,
  LogInOrder,
  PaceOrder,
  StormOrder,
} from "./orders.ts";
import { recover } from "./recovery.ts";
import { Storm } from "./storm.ts";

let fleet: Fleet | undefined;
let crowd: Crowd | undefined;
let storm: Storm | undefined;
let logIns: LogIns | undefined;

answerQuestions(null, {
  async connect(order: ConnectOrder) {
    fleet = await Fleet.connect(order);
  },
  flood: (order: FloodOrder) => flood(the(fleet), order),
  pace: (order: PaceOrder) => pace(the(fleet), order),
  slowDown: () => the(fleet).slowDown(),
  speedUp: () => recover(the(fleet)),
  async raiseStorm(order: StormOrder) {
    storm = await Storm.raise(order);
  },
  calmStorm: () => the(storm).calm(),
  async prepareLogIns(order: LogInOrder) {
    logIns = await LogIns.prepare(order);
  },
  logIn: () => the(logIns).come(),
  async gather(order: CrowdOrder) {
    crowd = await Crowd.open(order);
  },
  subscribeCrowd: (part: CrowdPart) => the(crowd).subscribe(part),
  unsubscribeCrowd: (part: CrowdPart) => the(crowd).unsubscribe(part),
  publishToCrowd: ({ part, count }: { part: CrowdPart; count: number }) =>
    the(crowd).publish(part, count),
  cpuSeconds,
  close() {
    fleet?.close();
    crowd?.close();
    logIns?.close();
    fleet = undefined;
    crowd = undefined;
  },
});

function the<T>(present: T | undefined): T {
  if (present === undefined) throw new TypeError("Nobody is connected.");
  return present;
}

/** What this process has used of its core. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}
