import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import type { Scenario } from "../scenario.ts";
import { settled } from "./settled.ts";

const TOPICS = 1000;
const PER_TOPIC = 10;
const CONNECTIONS = TOPICS * PER_TOPIC;

/** Connections that come and go before the baseline is taken, so that what a first connection loads is not counted. */
const REHEARSAL = 50;

/** What is called so in the rows. */
export const idleCase = "10,000 idle connections";

/** D: what a connection costs that does nothing. */
export const memory: Scenario = {
  id: "D",
  title: "Memory of idle connections",
  says: "10,000 connections with one subscription each (1,000 topics with ten subscribers), each has been sent one publication. Resident memory of the server after a forced collection, less what it was before they came.",
  shows: ["bytesPerConnection", "heapPerConnection"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "10,000 connections",
            peers: ["fanwire", "naive", "bun", "socket.io", "aedes"],
            roundsMax: 2,
            seconds: 15,
            async *measure(start) {
              yield connections(start());
            },
          },
        ],
};

async function connections(lab: Lab): Promise<Measured> {
  await lab.connect({ topics: 1, subscribers: REHEARSAL });
  await lab.disconnect();
  const before = await settled(lab);
  await lab.connect({ topics: TOPICS, subscribers: PER_TOPIC });
  const { failures } = await lab.pace("one each", TOPICS, { ms: 1000, warmUpMs: 0 });
  const after = await settled(lab);
  return {
    case: idleCase,
    values: {
      bytesPerConnection: (after.rssBytes - before.rssBytes) / CONNECTIONS,
      heapPerConnection: (after.heapBytes - before.heapBytes) / CONNECTIONS,
      memoryMiB: before.rssBytes / 2 ** 20,
    },
    failures,
  };
}
