import type {
  AuditOrder,
  AuditOutcome,
  Filled,
  FillOrder,
  FillOutcome,
} from "../generator/orders.ts";
import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import { count, type Scenario, type Start } from "../scenario.ts";
import { settled } from "./settled.ts";

/** How much of it there is. */
export interface KeptMemorySize {
  readonly topics: number;
  /** Publications that each topic keeps. */
  readonly kept: number;
  readonly payloadBytes: number;
  /** Topics of which all publications are read. */
  readonly sample: number;
}

const SIZE: KeptMemorySize = { topics: 10_000, kept: 1000, payloadBytes: 200, sample: 500 };

/** So many more are published, as a share of what is kept: histories have let go of their oldest for a while, as those of an old hub. */
const MORE = 0.3;

/** To some topics as many more again as fit into a piece of memory of a history, so that not all let go of one at the same time. */
const EXTRA = 99;

/** Filled before the baseline is taken, so that what the first publications load is not counted. */
const rehearsed: Filled = { firstLevel: "rehearsed", topics: 10, perTopic: 1000 };

const PER_MESSAGE = 100;

/** H: what history takes. */
export const keptMemory: Scenario = {
  id: "H",
  title: "Memory of histories",
  says: "10,000 topics keep 1,000 publications of 200 bytes each; each has had 300 to 399 more, so that what was oldest was let go. Resident memory of the server after a forced collection, less what it was before they were filled, as a share of the bytes of the payloads alone that are kept (100 % would be the payloads and nothing else: no length, offset, time or topic). Then 500 of the topics, chosen by chance, are read, and each publication is checked.",
  shows: ["memoryShare", "growthMiB", "memoryMiB", "perSecond"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: keptCase(SIZE),
            peers: ["fanwire"],
            roundsMax: 2,
            seconds: 50,
            async *measure(start) {
              yield measureKept(start, SIZE);
            },
          },
        ],
};

/** What is called so in the rows. */
const keptCase = ({ topics, kept, payloadBytes }: KeptMemorySize): string =>
  `${count(topics)} topics × ${count(kept)} × ${payloadBytes} bytes`;

/** Fills topics and looks at what that took. */
export async function measureKept(start: Start, size: KeptMemorySize): Promise<Measured> {
  const { topics, kept, payloadBytes, sample } = size;
  const lab = start({
    topics: [{ match: "**", history: { count: kept, ageMs: 86_400_000 } }],
    limits: { keptBytesMax: 8 * 2 ** 30 },
  });
  const filled: Filled = {
    firstLevel: "filled",
    topics,
    perTopic: kept * (1 + MORE),
    extra: EXTRA,
  };
  await fill(lab, rehearsed, payloadBytes);
  const before = await settled(lab);
  const done = await fill(lab, filled, payloadBytes);
  const after = await settled(lab);
  const audited = await lab.tell<AuditOrder, AuditOutcome>("audit", { ...filled, kept, sample });
  const growth = after.rssBytes - before.rssBytes;
  return {
    case: keptCase(size),
    values: {
      memoryShare: (growth / (topics * kept * payloadBytes)) * 100,
      growthMiB: growth / 2 ** 20,
      memoryMiB: before.rssBytes / 2 ** 20,
      perSecond: done.publications / done.seconds,
    },
    failures: [...answersOf(done), ...auditOf(audited, sample * kept)],
  };
}

function fill(lab: Lab, filled: Filled, payloadBytes: number): Promise<FillOutcome> {
  const order = { ...filled, payloadBytes, perMessage: PER_MESSAGE };
  return lab.tell<FillOrder, FillOutcome>("fill", order);
}

/** What is wrong with the answers to publications, in sentences. */
export function answersOf({ wrong, publications }: FillOutcome): string[] {
  return wrong > 0
    ? [`${wrong} answers to ${publications} publications told another offset than was due.`]
    : [];
}

/** What is wrong with what is kept, in sentences. `expected`: how many publications there must be. */
export function auditOf({ wrong, publications }: AuditOutcome, expected: number): string[] {
  return wrong > 0 || publications !== expected
    ? [`Of ${expected} publications that are kept ${publications} came, ${wrong} of them wrong.`]
    : [];
}
