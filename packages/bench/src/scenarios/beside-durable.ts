import { failuresOf } from "../measured.ts";
import type { Measured } from "../result.ts";
import { count, type Scenario, type Start } from "../scenario.ts";
import { withData } from "./data-folder.ts";

/** How much of it there is. */
export interface BesideDurableSize {
  readonly subscribers: number;
  readonly perSecond: number;
  /** Of durable publications. */
  readonly durablePerSecond: number;
  readonly leadMs: number;
  readonly measuredMs: number;
}

const SIZE: BesideDurableSize = {
  subscribers: 500,
  perSecond: 100,
  durablePerSecond: 20_000,
  leadMs: 1500,
  measuredMs: 6000,
};

/** Durable publications: what a publisher sends in one message, their topics and their size in bytes. */
const PER_MESSAGE = 100;
const TOPICS = 8;
const PAYLOAD_BYTES = 200;

/** F: what is not stored beside what is. */
export const besideDurable: Scenario = {
  id: "F",
  title: "Fan-out beside the disk",
  says: "100 publications a second to 500 subscribers of a topic that nothing keeps, while 20,000 publications of 200 bytes a second (100 a message) go to durable topics of the same hub, each to one subscriber after it is on disk. What do the 500 notice (pairs with and without, in both orders)?",
  shows: ["p99Ms", "p50Ms", "p999Ms", "maxMs", "serverCpu", "generatorCpu"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: besideCase(SIZE),
            peers: ["fanwire"],
            seconds: (2 * (SIZE.leadMs + SIZE.measuredMs)) / 1000 + 5,
            async *measure(start, _peer, round) {
              for (const isBeside of round % 2 === 1 ? [false, true] : [true, false])
                yield measureBeside(start, SIZE, isBeside);
            },
          },
        ],
};

/** What is called so in the rows, with `: with` or `: without` behind it. */
const besideCase = ({ durablePerSecond }: BesideDurableSize): string =>
  `${count(durablePerSecond)}/s durable`;

/** With the durable load, or without it. */
export function measureBeside(
  start: Start,
  size: BesideDurableSize,
  isBeside: boolean,
): Promise<Measured> {
  const { subscribers, perSecond, durablePerSecond, leadMs, measuredMs } = size;
  return withData(async (data) => {
    const lab = start({
      data,
      topics: [{ match: "kept.**", durable: true }],
      limits: { pendingPerTopicMax: 100_000 },
    });
    try {
      await lab.connect({ topics: 1, subscribers });
      await lab.connectBeside({
        firstLevel: "kept",
        topics: TOPICS,
        subscribers: 1,
        perMessage: PER_MESSAGE,
        payloadBytes: PAYLOAD_BYTES,
      });
      if (isBeside) await lab.beginBeside(durablePerSecond);
      const name = `${besideCase(size)}: ${isBeside ? "with" : "without"}`;
      const measured = await lab.pace(name, perSecond, { ms: measuredMs, warmUpMs: leadMs });
      const failures = isBeside ? failuresOf(await lab.endBeside()) : [];
      return { ...measured, failures: [...measured.failures, ...failures] };
    } finally {
      await lab.stop();
    }
  });
}
