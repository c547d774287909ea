import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import { type Mode, type Scenario, secondsOf, type Start } from "../scenario.ts";
import { rowsPerSecond, syncsPerSecond } from "../yardsticks.ts";
import { withData } from "./data-folder.ts";

const PAYLOAD_BYTES = 200;
const TOPICS = 8;
const PER_MESSAGE = 100;
const WINDOW = 16_000;

/** About what a record takes beside its payload. */
const RECORD_BYTES = PAYLOAD_BYTES + 40;

/** K: what is kept on disk. */
export const durable: Scenario = {
  id: "K",
  title: "Kept on disk",
  says: "Publications of 200 bytes to durable topics: each is on disk (fdatasync) before its subscriber gets it. As many as there may be at once, 100 a message; one at a time; and, in the same run, what write and fdatasync do alone, and what SQLite (WAL, synchronous FULL) does with the same batches.",
  shows: ["perSecond", "p50Ms", "p99Ms", "serverCpu", "generatorCpu"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "batched",
            peers: ["fanwire"],
            seconds: 2 + secondsOf(mode),
            async *measure(start) {
              yield batched(start, mode);
              yield alone("SQLite, 100 a transaction", () =>
                rowsPerSecond(PAYLOAD_BYTES, PER_MESSAGE, mode.ms),
              );
            },
          },
          {
            name: "one at a time",
            peers: ["fanwire"],
            seconds: 2 + secondsOf(mode),
            async *measure(start) {
              yield oneAtATime(start, mode);
              yield alone("write and fdatasync alone", () => syncsPerSecond(RECORD_BYTES, mode.ms));
            },
          },
        ],
};

/** A hub with a data directory of its own. */
function onDisk<T>(start: Start, task: (lab: Lab) => Promise<T>): Promise<T> {
  return withData(async (data) => {
    const lab = start({
      data,
      topics: [{ match: "t.**", durable: true }],
      limits: { pendingPerTopicMax: 100_000 },
    });
    try {
      return await task(lab);
    } finally {
      await lab.stop();
    }
  });
}

function batched(start: Start, mode: Mode): Promise<Measured> {
  return onDisk(start, async (lab) => {
    await lab.connect({
      topics: TOPICS,
      subscribers: 1,
      perMessage: PER_MESSAGE,
      payloadBytes: PAYLOAD_BYTES,
    });
    return lab.flood("batched", WINDOW, mode);
  });
}

function oneAtATime(start: Start, mode: Mode): Promise<Measured> {
  return onDisk(start, async (lab) => {
    await lab.connect({ topics: 1, subscribers: 1, payloadBytes: PAYLOAD_BYTES });
    return lab.flood("one at a time", 1, mode);
  });
}

function alone(name: string, perSecond: () => number): Measured {
  return { case: name, values: { perSecond: perSecond() }, failures: [] };
}
