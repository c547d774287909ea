// The queues of the world of jobs: each is of another kind, and small enough that its bounds are met.

import type { EnvelopeValue } from "@fanwire/protocol";
import type { SeededRandom } from "@fanwire/testkit";

export interface QueueKind {
  readonly name: string;
  readonly isDurable: boolean;
  readonly leaseMs: number;
  readonly resumeMs: number;
  readonly maxProcessingMs: number;
  /** Jobs of a group one after the other. */
  readonly isOrdered: boolean;
  readonly isSingle: boolean;
  /** Jobs may be dropped, and may be dead where they are. */
  readonly isSmall: boolean;
  readonly ttlMs: number;
  readonly backoffMs: number;
  readonly concurrency: number;
  /** What is declared. */
  readonly said: Readonly<Record<string, EnvelopeValue>>;
}

/** Ids are never forgotten in a world. */
const WEEK_MS = 604_800_000;

const usual = { backoffMs: 500, backoffMaxMs: 2000, resumeMs: 5000, dedupeMs: WEEK_MS };

const all: Readonly<Record<string, Readonly<Record<string, EnvelopeValue>>>> = {
  work: { leaseMs: 10_000, resumeMs: 5000, maxFailures: 3, agingMs: 1000 },
  groups: { leaseMs: 5000, groupConcurrency: 1, maxFailures: 0, concurrency: 4 },
  small: { leaseMs: 8000, jobsMax: 6, deadLetter: null, maxFailures: 2, ttlMs: 20_000 },
  single: {
    leaseMs: 10_000,
    singleActive: true,
    maxProcessingMs: 15_000,
    maxFailures: 2,
    deadLetter: "morgue",
  },
  bound: { leaseMs: 10_000, maxFailures: 3, deadLetter: "morgue" },
  memory: { durable: false, leaseMs: 10_000, maxFailures: 2 },
};

/** Where dead jobs of some queues go: it is soon full. */
const morgue: QueueKind = kindOf("morgue", { jobsMax: 4, maxFailures: 0, deadLetter: null });

/** Some of them. */
export function queuesOf(random: SeededRandom): QueueKind[] {
  const overflow = random.of(["drop-oldest", "drop-lowest", "refuse"]);
  const names = Object.keys(all);
  const chosen = new Set([random.of(names), random.of(names), random.of(names)]);
  const kinds = [...chosen].map((name) =>
    kindOf(name, name === "small" ? { ...all[name]!, overflow } : all[name]!),
  );
  return kinds.some(({ said }) => said["deadLetter"] === "morgue") ? [...kinds, morgue] : kinds;
}

/** A queue that was made for the dead of another. */
export function graveOf({ name, isDurable }: QueueKind): QueueKind {
  return { ...kindOf(`${name}~dead`, {}), isDurable, backoffMs: 1000 };
}

function kindOf(name: string, more: Readonly<Record<string, EnvelopeValue>>): QueueKind {
  const said: QueueKind["said"] = { ...usual, ...more };
  const number = (key: string, otherwise: number): number =>
    typeof said[key] === "number" ? said[key] : otherwise;
  return {
    name,
    isDurable: said["durable"] !== false,
    leaseMs: number("leaseMs", 30_000),
    resumeMs: name.endsWith("~dead") ? 30_000 : number("resumeMs", 0),
    maxProcessingMs: number("maxProcessingMs", Infinity),
    isOrdered: said["groupConcurrency"] === 1,
    isSingle: said["singleActive"] === true,
    isSmall: "jobsMax" in said,
    ttlMs: number("ttlMs", Infinity),
    backoffMs: number("backoffMs", 0),
    concurrency: number("concurrency", Infinity),
    said,
  };
}
