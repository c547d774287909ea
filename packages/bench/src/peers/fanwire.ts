// Our hub, with its default options: what a person gets who embeds it. Where a scenario is about an option, it is in the argument.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { createHub, type HubOptions, type Logger } from "@fanwire/server";
import { answerQuestions } from "../control.ts";
import { Profiler } from "./profiler.ts";
import { collectTwice, sampling } from "./sample.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as HubOptions;
const opening = { replayed: 0, ms: 0 };
const hub = createHub({ ...options, port: 0, logger: loggerOf(opening) });
const begun = performance.now();
await hub.open();
opening.ms = performance.now() - begun;
await hub.listen();
const profiler = new Profiler();
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();

answerQuestions(
  { port: hub.port, opening },
  {
    ...sampling(collectTwice),
    stats: () => hub.stats(),
    watchLoop: () => stalls.reset(),
    worstStallMs: () => stalls.max / 1e6,
    profile: () => profiler.start(),
    profiled: () => profiler.stop(),
  },
);

/** Warnings and errors go where they always go; how many records were read at the start stands in what the hub says then. */
function loggerOf(told: { replayed: number }): Logger {
  return {
    info(_sentence, fields = {}) {
      if (typeof fields["replayed"] === "number") told.replayed = fields["replayed"];
    },
    warn: (sentence, fields) => console.warn(sentence, fields),
    error: (sentence, fields) => console.error(sentence, fields),
  };
}
