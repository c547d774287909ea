// Our hub, with its default options: what a person gets who embeds it.

import { createHub } from "@fanwire/server";
import { answerQuestions } from "../control.ts";
import { Profiler } from "./profiler.ts";
import { collectTwice, sampling } from "./sample.ts";

const hub = createHub({ port: 0 });
await hub.listen();
const profiler = new Profiler();

answerQuestions(
  { port: hub.port },
  {
    ...sampling(collectTwice),
    stats: () => hub.stats(),
    profile: () => profiler.start(),
    profiled: () => profiler.stop(),
  },
);
