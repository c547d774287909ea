import type { HubOptions } from "@fanwire/server";
import type {
  AuditOrder,
  AuditOutcome,
  Filled,
  FillOrder,
  FillOutcome,
} from "../generator/orders.ts";
import type { Measured } from "../result.ts";
import { count, type Scenario, type Start } from "../scenario.ts";
import { secondsToRead } from "../yardsticks.ts";
import { withData } from "./data-folder.ts";
import { answersOf, auditOf } from "./kept-memory.ts";

/** How much of it there is. */
export interface RecoverySize {
  readonly topics: number;
  readonly perTopic: number;
}

const MANY: RecoverySize = { topics: 1000, perTopic: 1000 };
const FEW: RecoverySize = { topics: 100, perTopic: 1000 };
const PAYLOAD_BYTES = 200;
const PER_MESSAGE = 100;

/** V: a start from what is on disk. */
export const recovery: Scenario = {
  id: "V",
  title: "A start from the disk",
  says: "Publications of 200 bytes to durable topics that keep 1,000 each, confirmed on disk; then the hub is killed. How many records a second does the next one read (snapshot and log, up to the moment at which it can serve)? And how long does it take, with 100,000 retained publications, from the start of the process to its first answer to a client? Beside it, in the same run: reading the same files and their checksums alone. Everything that was confirmed is read afterwards, and each publication checked.",
  shows: ["perSecond", "tookMs", "memoryMiB"],
  groups: (mode) =>
    mode.quick
      ? []
      : [MANY, FEW].map((size) => ({
          name: recoveryCase(size),
          peers: ["fanwire"],
          roundsMax: 3,
          seconds: size === MANY ? 20 : 6,
          async *measure(start: Start) {
            yield* await measureRecovery(start, size);
          },
        })),
};

/** What is called so in the rows. */
const recoveryCase = ({ topics, perTopic }: RecoverySize): string =>
  `${count(topics * perTopic)} retained`;

/** Fills a store, kills its hub, and starts another on it. */
export async function measureRecovery(
  start: Start,
  size: RecoverySize,
): Promise<readonly Measured[]> {
  const filled: Filled = { ...size, firstLevel: "kept" };
  return withData(async (data) => {
    const options: HubOptions = {
      data,
      topics: [{ match: "**", durable: true, history: { count: size.perTopic } }],
      limits: { pendingPerTopicMax: 100_000 },
    };
    const answers = answersOf(await fill(start, options, filled));
    const seconds = secondsToRead(data);
    const { measured, replayed } = await restart(start, options, filled);
    return [
      { ...measured, failures: [...answers, ...measured.failures] },
      {
        case: `${measured.case}, reading alone`,
        values: { perSecond: replayed / seconds, tookMs: seconds * 1000 },
        failures: [],
      },
    ];
  });
}

async function fill(start: Start, options: HubOptions, filled: Filled): Promise<FillOutcome> {
  const lab = start(options);
  const order = { ...filled, payloadBytes: PAYLOAD_BYTES, perMessage: PER_MESSAGE };
  const done = await lab.tell<FillOrder, FillOutcome>("fill", order);
  lab.server.kill();
  await lab.stop();
  return done;
}

async function restart(
  start: Start,
  options: HubOptions,
  filled: Filled,
): Promise<{ measured: Measured; replayed: number }> {
  const begun = performance.now();
  const lab = start(options);
  const first = { ...filled, topics: 1, kept: 1, perTopic: 0, sample: 1 };
  await lab.tell<AuditOrder, AuditOutcome>("audit", first);
  const tookMs = performance.now() - begun;
  const { opening } = await lab.server.ready;
  const { replayed, ms } = opening!;
  const { rssBytes } = await lab.sample();
  const kept = filled.perTopic;
  const order = { ...filled, kept, sample: filled.topics };
  const audited = await lab.tell<AuditOrder, AuditOutcome>("audit", order);
  await lab.stop();
  return {
    replayed,
    measured: {
      case: recoveryCase(filled),
      values: { perSecond: replayed / (ms / 1000), tookMs, memoryMiB: rssBytes / 2 ** 20 },
      failures: auditOf(audited, filled.topics * kept),
    },
  };
}
