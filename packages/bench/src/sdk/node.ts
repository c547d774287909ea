// A client in a Node of its own, that does what the benchmark tells it.

import { answerQuestions } from "../control.ts";
import { cpuSeconds } from "../cpu-seconds.ts";
import { passed } from "../in-turn.ts";
import { Profiler } from "../peers/profiler.ts";
import { collectTwice, sampling } from "../peers/sample.ts";
import { Meter, type Taken } from "./meter.ts";
import type { SdkName } from "./sdks.ts";
import { Ticker, type TickerOrder } from "./ticker.ts";

/** Whose client, and where its server is. */
export interface OpenOrder {
  readonly name: SdkName;
  readonly port: number;
}

let meter: Meter | undefined;
let ticker: Ticker | undefined;
const profiler = new Profiler();

answerQuestions(null, {
  ...sampling(collectTwice),
  async open({ name, port }: OpenOrder) {
    meter = await Meter.open(name, port);
  },
  follow: (topics: readonly string[]) => the(meter).follow(topics),
  async measure(ms: number): Promise<Taken> {
    const { taken } = the(meter);
    const [begun, cpu] = [performance.now(), cpuSeconds()];
    await passed(ms);
    const seconds = (performance.now() - begun) / 1000;
    return { publications: the(meter).taken - taken, seconds, cpuSeconds: cpuSeconds() - cpu };
  },
  taken: () => the(meter).taken,
  worth: () => the(meter).worth,
  live: () => the(meter).client.live(),
  close: () => the(meter).client.close(),
  async tick(order: TickerOrder) {
    ticker = await Ticker.begin(order);
  },
  endTicks: () => the(ticker).end(),
  profile: () => profiler.start(),
  profiled: () => profiler.stop(),
});

function the<T>(present: T | undefined): T {
  if (present === undefined) throw new TypeError("Nobody is connected.");
  return present;
}
