import type { SlowClients } from "../generator/orders.ts";
import { passed } from "../in-turn.ts";
import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import type { Group, Scenario } from "../scenario.ts";

const SUBSCRIBERS = 1000;
const PER_SECOND = 100;

/** Larger than elsewhere: the slow ones fall behind by 90 KB a second, and the others do not bring the server to its limit. */
const PAYLOAD = 1024;

/** How long the slow clients are slow before anything is measured, and for how long it is then; in milliseconds. */
const LEAD_MS = 5000;
const MEASURED_MS = 8000;

/** The server's memory is looked at this often, in milliseconds. */
const LOOK_MS = 250;

/** S: some clients stop reading, or read little. */
export const slowConsumers: Scenario = {
  id: "S",
  title: "Slow consumers",
  says: "100 publications of 1 KiB a second to 1,000 subscribers. One of them stops reading, or every second one takes 10 KB/s. What do the others notice (pairs with and without, in both orders), how does the server's memory grow, and are the slow ones told exactly what they did not get?",
  shows: [
    "p99Ms",
    "p50Ms",
    "growthMiB",
    "serverCpu",
    "slowClosed",
    "slowAtHead",
    "gaps",
    "missed",
    "unexplained",
    "generatorCpu",
  ],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          pair("one stalled", { count: 1, bytesPerSecond: 0 }),
          pair("500 at 10 KB/s", { count: 500, bytesPerSecond: 10_000 }),
        ],
};

function pair(name: string, slow: SlowClients): Group {
  return {
    name,
    peers: ["fanwire", "bun"],
    roundsMax: 4,
    seconds: (2 * (LEAD_MS + MEASURED_MS)) / 1000 + 8,
    async *measure(start, _peer, round) {
      const order = round % 2 === 1 ? [false, true] : [true, false];
      for (const isSlow of order)
        yield measureOne(`${name}: ${isSlow ? "with" : "without"}`, start(), slow, isSlow);
    },
  };
}

async function measureOne(
  name: string,
  lab: Lab,
  slow: SlowClients,
  isSlow: boolean,
): Promise<Measured> {
  await lab.connect({ topics: 1, subscribers: SUBSCRIBERS, payloadBytes: PAYLOAD, slow });
  await lab.pace("warm-up", PER_SECOND, { ms: 1000, warmUpMs: 0 });
  const before = (await lab.collect()).rssBytes;
  if (isSlow) await lab.slowDown();
  const watch = new MemoryWatch(lab);
  const { values, failures } = await lab.pace(name, PER_SECOND, {
    ms: MEASURED_MS,
    warmUpMs: LEAD_MS,
  });
  const peak = await watch.stop();
  const { closed, atHead, faults } = await lab.speedUp();
  await lab.stop();
  return {
    case: name,
    values: {
      ...values,
      memoryMiB: before / 2 ** 20,
      growthMiB: (peak - before) / 2 ** 20,
      slowClosed: closed,
      slowAtHead: atHead,
      gaps: faults.gaps,
      missed: faults.missed,
      unexplained: faults.holes + faults.offsets + faults.wrongGaps,
    },
    failures: [
      ...failures,
      ...(faults.disorder > 0
        ? [`${faults.disorder} deliveries to slow clients out of order.`]
        : []),
    ],
  };
}

/** The most memory that the server had. */
class MemoryWatch {
  readonly #watched: Promise<number>;
  #isOver = false;

  constructor(lab: Lab) {
    this.#watched = this.#watch(lab, 0);
  }

  stop(): Promise<number> {
    this.#isOver = true;
    return this.#watched;
  }

  async #watch(lab: Lab, most: number): Promise<number> {
    const { rssBytes } = await lab.sample();
    const peak = Math.max(most, rssBytes);
    if (this.#isOver) return peak;
    await passed(LOOK_MS);
    return this.#watch(lab, peak);
  }
}
