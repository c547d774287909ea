import type {
  AuditOrder,
  AuditOutcome,
  Filled,
  FillOrder,
  FillOutcome,
  Outcome,
} from "../generator/orders.ts";
import { passed } from "../in-turn.ts";
import type { Lab } from "../lab.ts";
import { failuresOf, valuesOf } from "../measured.ts";
import type { Measured } from "../result.ts";
import type { Scenario, Start } from "../scenario.ts";
import { withData } from "./data-folder.ts";
import { answersOf, auditOf } from "./kept-memory.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { settled } from "./settled.ts";
import { SnapshotWatch } from "./snapshot-watch.ts";

/** How much of it there is. */
export interface SnapshotSize {
  /** Topics with a state. */
  readonly topics: number;
  /** Keys of each. */
  readonly keys: number;
  readonly payloadBytes: number;
  /** How long the same is measured without a snapshot, in milliseconds. */
  readonly withoutMs: number;
}

const SIZE: SnapshotSize = { topics: 8, keys: 32_768, payloadBytes: 4096, withoutMs: 4000 };

/** Who asks how long the hub takes, a thousand times a second. */
const ASKS_PER_SECOND = 1000;

/** Values of one message: together they stay below what a message may hold. */
const PER_MESSAGE = 40;

/** The state is published again in parts of about so many bytes, until the hub begins a snapshot. */
const PART_BYTES = 33_554_432;

/** G: a snapshot of much. */
export const snapshot: Scenario = {
  id: "G",
  title: "A snapshot of 1 GiB",
  says: "Eight durable topics with a state of 32,768 keys each, 4 KiB a value: 1 GiB. While the hub writes a snapshot of it, a client publishes to itself 1,000 times a second on a topic that nothing keeps: how long does that take at worst, how long is it without a snapshot, and how does the memory of the hub grow? Then the hub is killed, another one reads what was written, and every value is checked.",
  shows: ["p999Ms", "maxMs", "p50Ms", "tookMs", "growthMiB", "memoryMiB", "serverCpu"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "1 GiB of state",
            peers: ["fanwire"],
            roundsMax: 2,
            seconds: 60,
            async *measure(start) {
              yield* await measureSnapshot(start, SIZE);
            },
          },
        ],
};

/** Without a snapshot, and while one is written. */
export function measureSnapshot(start: Start, size: SnapshotSize): Promise<readonly Measured[]> {
  const { topics, keys } = size;
  return withData(async (data) => {
    const options = {
      data,
      topics: [{ match: "state.**", durable: true, state: true }],
      limits: { pendingPerTopicMax: 100_000, keptBytesMax: 8 * 2 ** 30 },
    };
    const lab = start(options);
    await lab.connectBeside({ topics: 1, subscribers: 1 });
    const state = new State(lab, size);
    await state.fill(keys);
    const watch = new SnapshotWatch(data);
    await watch.idle();
    const without = await measure(lab, "without", () => passed(size.withoutMs));
    const before = await settled(lab);
    await state.untilSnapshot(watch);
    const memory = new MemoryWatch(lab);
    const written = await measure(lab, "while it is written", () => watch.idle());
    const peak = await memory.stop();
    lab.server.kill();
    await lab.stop();
    const faults = [...state.faults, ...smallness(watch, size)];
    const audited = await reread(start(options), { ...state.filled, kept: keys, sample: topics });
    return [
      without,
      {
        ...written,
        values: {
          ...written.values,
          growthMiB: (peak - before.rssBytes) / 2 ** 20,
          memoryMiB: before.rssBytes / 2 ** 20,
        },
        failures: [...written.failures, ...faults, ...auditOf(audited, topics * keys)],
      },
    ];
  });
}

/** The state, as far as it was published. */
class State {
  readonly faults: string[] = [];
  readonly #lab: Lab;
  readonly #size: SnapshotSize;
  #perTopic = 0;

  constructor(lab: Lab, size: SnapshotSize) {
    this.#lab = lab;
    this.#size = size;
  }

  get filled(): Filled {
    const { topics, keys } = this.#size;
    return { firstLevel: "state", topics, keys, perTopic: this.#perTopic };
  }

  /** Publishes so many of the values of each topic, from where it was left. */
  async fill(perTopic: number): Promise<void> {
    const { payloadBytes } = this.#size;
    const order = { ...this.filled, perTopic, payloadBytes, perMessage: PER_MESSAGE };
    const done = await this.#lab.tell<FillOrder, FillOutcome>("fill", order);
    this.#perTopic += perTopic;
    this.faults.push(...answersOf(done));
  }

  /** Publishes values again until the hub has begun a snapshot. */
  async untilSnapshot(watch: SnapshotWatch, last: number = watch.newest): Promise<void> {
    if (watch.isBeingWritten || watch.newest > last) return;
    const { topics, payloadBytes } = this.#size;
    await this.fill(Math.ceil(PART_BYTES / topics / payloadBytes));
    await this.untilSnapshot(watch, last);
  }
}

async function measure(lab: Lab, name: string, task: () => Promise<void>): Promise<Measured> {
  const begun = performance.now();
  const { done, ...used } = await lab.observe(name, async (): Promise<Outcome> => {
    await lab.beginBeside(ASKS_PER_SECOND);
    await task();
    return lab.endBeside();
  });
  const values = { ...valuesOf(done, used), tookMs: performance.now() - begun };
  return { case: name, values, failures: failuresOf(done) };
}

function smallness({ newestBytes }: SnapshotWatch, size: SnapshotSize): string[] {
  const wanted = size.topics * size.keys * size.payloadBytes;
  return newestBytes < wanted
    ? [`The snapshot has ${newestBytes} bytes, and the state ${wanted}.`]
    : [];
}

async function reread(lab: Lab, order: Omit<AuditOrder, "port" | "seed">): Promise<AuditOutcome> {
  const audited = await lab.tell<AuditOrder, AuditOutcome>("audit", order);
  await lab.stop();
  return audited;
}
