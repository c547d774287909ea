import type { SlowClients, SlowOutcome } from "../generator/orders.ts";
import type { Connect, Lab } from "../lab.ts";
import type { PeerName } from "../peers.ts";
import type { Measured } from "../result.ts";
import type { Group, Scenario } from "../scenario.ts";
import { MemoryWatch } from "./memory-watch.ts";

const SUBSCRIBERS = 1000;
const PER_SECOND = 100;

/** Larger than elsewhere: the slow ones fall behind by 90 KB a second, and the others do not bring the server to its limit. */
const PAYLOAD = 1024;

/** How long the slow clients are slow before anything is measured, and for how long it is then; in milliseconds. */
const LEAD_MS = 5000;
const MEASURED_MS = 8000;

/** Topics of a pattern, which are published in turn. */
const TOPICS = 10;

const oneStalled: SlowClients = { count: 1, stalled: 1, bytesPerSecond: 0 };
const half: SlowClients = { count: 500, stalled: 0, bytesPerSecond: 10_000 };
const halfOfBoth: SlowClients = { ...half, stalled: 250 };

/** A hub that keeps what was published while anybody was slow. */
const keeping = {
  topics: [
    { match: "kept.**", history: { count: 1_000_000, bytes: 1_073_741_824, ageMs: 3_600_000 } },
  ],
};

/** S: some clients stop reading, or read little. */
export const slowConsumers: Scenario = {
  id: "S",
  title: "Slow consumers",
  says: "100 publications of 1 KiB a second to 1,000 subscribers. One of them stops reading, or every second one takes 10 KB/s, or stops (a quarter of all) and takes 10 KB/s (another quarter). They follow a topic that the hub does not keep, one that it keeps, or ten topics of either kind by one pattern. What do the others notice (pairs with and without, in both orders), how does the server's memory grow, and do the slow ones get everything that the hub keeps, and are told exactly what they did not get of the rest? When all are at the head, each topic is published once more, which shows whether they were told right.",
  shows: [
    "p99Ms",
    "p50Ms",
    "growthMiB",
    "serverCpu",
    "slowClosed",
    "slowAtHead",
    "caughtUpMs",
    "gaps",
    "missed",
    "unexplained",
    "generatorCpu",
  ],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          pair("one stalled", oneStalled, { topics: 1 }),
          pair("500 at 10 KB/s", half, { topics: 1 }),
          pair("kept topic, 500 slow", halfOfBoth, { topics: 1, firstLevel: "kept" }),
          pair("pattern, 500 slow", halfOfBoth, { ...byPattern, firstLevel: "sub" }),
          pair("pattern of kept topics, 500 slow", halfOfBoth, {
            ...byPattern,
            firstLevel: "kept",
          }),
        ],
};

const byPattern = { topics: TOPICS, byPattern: true } as const;

type Load = Pick<Connect, "topics" | "firstLevel" | "byPattern">;

/** Names without a first level of their own are also asked of another server. */
function pair(name: string, slow: SlowClients, load: Load): Group {
  const isOursAlone = load.firstLevel !== undefined;
  const peers: readonly PeerName[] = isOursAlone ? ["fanwire"] : ["fanwire", "bun"];
  return {
    name,
    peers,
    briefly: ["bun"],
    roundsMax: isOursAlone ? 2 : 4,
    seconds: (2 * (LEAD_MS + MEASURED_MS)) / 1000 + 8,
    async *measure(start, _peer, round) {
      const order = round % 2 === 1 ? [false, true] : [true, false];
      for (const isSlow of order) {
        const lab = start(load.firstLevel === "kept" ? keeping : undefined);
        yield measureOne(`${name}: ${isSlow ? "with" : "without"}`, lab, slow, isSlow, load);
      }
    },
  };
}

async function measureOne(
  name: string,
  lab: Lab,
  slow: SlowClients,
  isSlow: boolean,
  load: Load,
): Promise<Measured> {
  await lab.connect({ ...load, subscribers: SUBSCRIBERS, payloadBytes: PAYLOAD, slow });
  await lab.pace("warm-up", PER_SECOND, { ms: 1000, warmUpMs: 0 });
  const before = (await lab.collect()).rssBytes;
  if (isSlow) await lab.slowDown();
  const watch = new MemoryWatch(lab);
  const { values, failures } = await lab.pace(name, PER_SECOND, {
    ms: MEASURED_MS,
    warmUpMs: LEAD_MS,
  });
  const peak = await watch.stop();
  const outcome = await lab.speedUp();
  await lab.stop();
  const { closed, atHead, tookMs, faults } = outcome;
  return {
    case: name,
    values: {
      ...values,
      memoryMiB: before / 2 ** 20,
      growthMiB: (peak - before) / 2 ** 20,
      slowClosed: closed,
      slowAtHead: atHead,
      caughtUpMs: tookMs,
      gaps: faults.gaps,
      missed: faults.missed,
      unexplained: faults.holes + faults.offsets + faults.wrongGaps,
    },
    failures: [...failures, ...disorderOf(outcome)],
  };
}

function disorderOf({ faults: { disorder, foreign } }: SlowOutcome): string[] {
  const wrong = disorder + foreign;
  return wrong > 0 ? [`${wrong} deliveries to slow clients out of order or not published.`] : [];
}
