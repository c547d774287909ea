// Our hub, with its default options: what a person gets who embeds it. Where a scenario is about an option, it is in the argument.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { createHub, type HubOptions } from "@fanwire/server";
import { answerQuestions } from "../control.ts";
import { Profiler } from "./profiler.ts";
import { collectTwice, sampling } from "./sample.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as HubOptions;
const hub = createHub({ ...options, port: 0 });
await hub.listen();
const profiler = new Profiler();
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();

answerQuestions(
  { port: hub.port },
  {
    ...sampling(collectTwice),
    stats: () => hub.stats(),
    watchLoop: () => stalls.reset(),
    worstStallMs: () => stalls.max / 1e6,
    profile: () => profiler.start(),
    profiled: () => profiler.stop(),
  },
);
