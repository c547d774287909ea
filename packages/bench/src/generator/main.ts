// The load generator: a process of its own that does what the benchmark tells it.

import { answerQuestions } from "../control.ts";
import { cpuSeconds } from "../cpu-seconds.ts";
import { audit } from "./audit.ts";
import { Beside } from "./beside.ts";
import { Crowd } from "./crowd.ts";
import { Filler } from "./filler.ts";
import { Fleet } from "./fleet.ts";
import type { JobFillOrder, JobFloodOrder, JobOrder } from "./jobs/job-client.ts";
import { JobLoad } from "./jobs/job-load.ts";
import { flood, pace } from "./load.ts";
import { LogIns } from "./log-ins.ts";
import type {
  AuditOrder,
  ConnectOrder,
  CrowdOrder,
  CrowdPart,
  FillOrder,
  FloodOrder,
  LogInOrder,
  PaceOrder,
  ReturnOrder,
  StormOrder,
} from "./orders.ts";
import { recover } from "./recovery.ts";
import { Returners } from "./returners.ts";
import { Storm } from "./storm.ts";

let fleet: Fleet | undefined;
let crowd: Crowd | undefined;
let storm: Storm | undefined;
let logIns: LogIns | undefined;
let beside: Beside | undefined;
const fillers = new Map<string, Filler>();
let returners: Returners | undefined;
let jobs: JobLoad | undefined;

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
  async openJobs(order: JobOrder) {
    jobs = await JobLoad.open(order);
  },
  takeJobs: (credit: number) => the(jobs).take(credit),
  fillJobs: (order: JobFillOrder) => the(jobs).fill(order),
  floodJobs: (order: JobFloodOrder) => the(jobs).flood(order),
  finishJobs: () => the(jobs).finish(),
  async gather(order: CrowdOrder) {
    crowd = await Crowd.open(order);
  },
  subscribeCrowd: (part: CrowdPart) => the(crowd).subscribe(part),
  unsubscribeCrowd: (part: CrowdPart) => the(crowd).unsubscribe(part),
  publishToCrowd: ({ part, count }: { part: CrowdPart; count: number }) =>
    the(crowd).publish(part, count),
  async connectBeside(order: ConnectOrder) {
    beside = await Beside.connect(order);
  },
  beginBeside: (perSecond: number) => the(beside).begin(perSecond),
  endBeside: () => the(beside).end(),
  async fill(order: FillOrder) {
    const filler = fillers.get(order.firstLevel) ?? (await Filler.open(order));
    fillers.set(order.firstLevel, filler);
    return filler.fill(order);
  },
  audit: (order: AuditOrder) => audit(order),
  async prepareReturn(order: ReturnOrder) {
    returners = await Returners.prepare(order);
  },
  arrive: () => the(returners).arrive(),
  cut: () => the(returners).cut(),
  comeBack: () => the(returners).comeBack(),
  lookAtReturners: () => the(returners).look(the(beside).next),
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
