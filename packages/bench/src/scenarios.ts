// All scenarios, in the order in which they run and are shown.

import type { Scenario } from "./scenario.ts";
import { besideDurable } from "./scenarios/beside-durable.ts";
import { client } from "./scenarios/client.ts";
import { distantClient } from "./scenarios/distant-client.ts";
import { durable } from "./scenarios/durable.ts";
import { fanOut } from "./scenarios/fan-out.ts";
import { keptMemory } from "./scenarios/kept-memory.ts";
import { moderate, rapid } from "./scenarios/latency.ts";
import { logIns } from "./scenarios/log-ins.ts";
import { manyTopics } from "./scenarios/many-topics.ts";
import { memory } from "./scenarios/memory.ts";
import { millionTopics } from "./scenarios/million-topics.ts";
import { oneToOne } from "./scenarios/one-to-one.ts";
import { patterns } from "./scenarios/patterns.ts";
import { recovery } from "./scenarios/recovery.ts";
import { returning } from "./scenarios/returning.ts";
import { queueCore } from "./scenarios/queue-core.ts";
import { slowConsumers } from "./scenarios/slow-consumers.ts";
import { snapshot } from "./scenarios/snapshot.ts";
import { subscribeStorm } from "./scenarios/subscribe-storm.ts";
import { workQueue } from "./scenarios/work-queue.ts";

/** Every scenario. */
export const scenarios: readonly Scenario[] = [
  fanOut,
  moderate,
  rapid,
  manyTopics,
  oneToOne,
  memory,
  patterns,
  millionTopics,
  slowConsumers,
  distantClient,
  subscribeStorm,
  logIns,
  durable,
  besideDurable,
  snapshot,
  recovery,
  returning,
  keptMemory,
  queueCore,
  workQueue,
  client,
];
