// How a queue is configured: keys, defaults and bounds in one table, from which the check and the comparison are made.

import { limits } from "@fanwire/protocol";
import { quoted } from "../refusal.ts";

/** What makes room in a full queue: nothing, so that jobs are refused; the oldest jobs; or the oldest of the least urgent. */
type Overflow = "refuse" | "drop-oldest" | "drop-lowest";

/** What may be set of a queue. Times in milliseconds; null: none, or without a bound. */
export interface QueueSettings {
  /** Jobs are on disk before they are confirmed and given out. Default true; cannot be changed. */
  readonly durable: boolean;
  /** How long a worker holds a job unless it says that it still works. Default 30,000; from 1,000 to 43,200,000. */
  readonly leaseMs: number;
  /** How long the leases of a session that is gone wait for it. Default 30,000; up to 300,000. */
  readonly resumeMs: number;
  /** How long a worker may work at a job, whatever it says. Default null; from 1,000 to a week. */
  readonly maxProcessingMs: number | null;
  /** Failures after which a job is dead; 0: never. Default 5; up to 1,000. */
  readonly maxFailures: number;
  /** The pause after the first failure, … Default 1,000; up to a day. */
  readonly backoffMs: number;
  /** … how many times as long the next one is, … Default 2; from 1 to 10. */
  readonly backoffFactor: number;
  /** … up to this. Default 300,000; up to a week. */
  readonly backoffMaxMs: number;
  /** How far pauses are spread, up and down. Default 20; up to 100. */
  readonly backoffJitterPercent: number;
  /** A step of priority is worth this much waiting; 0: priorities say nothing; -1: the more urgent always go first. Default 30,000; up to a week. */
  readonly agingMs: number;
  /** Jobs of one group that are worked at at a time; 1: strictly in order. Default null: groups are labels. Up to 1,000. */
  readonly groupConcurrency: number | null;
  /** Jobs that are worked at at a time. Default null; from 1 to 1,000,000. */
  readonly concurrency: number | null;
  /** Jobs that are given out a second. Default null; from 1 to 1,000,000. */
  readonly ratePerSecond: number | null;
  /** Jobs in the queue, whatever their state. Default 100,000; up to 10,000,000. */
  readonly jobsMax: number;
  /** Their bytes. Default 1 GiB; up to 1 TiB. */
  readonly bytesMax: number;
  /** What happens beyond that. Default "refuse". */
  readonly overflow: Overflow;
  /** A job that was not given out for so long after it was sent is dropped. Default null; up to a year. */
  readonly ttlMs: number | null;
  /** How long an id is remembered after its job was sent. Default 120,000; up to a week; 0: not at all. */
  readonly dedupeMs: number;
  /** The queue that dead jobs go to; null: they stay here, parked. */
  readonly deadLetter: string | null;
  /** One consumer gets all jobs; the others stand by. Default false. */
  readonly singleActive: boolean;
}

interface Key {
  readonly key: keyof QueueSettings;
  readonly default: QueueSettings[keyof QueueSettings];
  /** Of a number. */
  readonly min: number;
  readonly max: number;
  readonly isNullable: boolean;
  readonly choices: readonly string[] | null;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** The least urgent priority is 0, and there are so many. */
export const PRIORITIES: number = limits.jobPriorityMax + 1;

/** Strict priorities, as {@link QueueSettings.agingMs}. */
export const STRICT = -1;

const GIB = 1_073_741_824;
const plain = { min: 0, max: 0, isNullable: false, choices: null };

function number(key: keyof QueueSettings, value: number, min: number, max: number): Key {
  return { ...plain, key, default: value, min, max };
}

function bound(key: keyof QueueSettings, min: number, max: number): Key {
  return { ...plain, key, default: null, min, max, isNullable: true };
}

const keys: readonly Key[] = [
  { ...plain, key: "durable", default: true },
  number("leaseMs", 30_000, SECOND_MS, limits.leaseMsMax),
  number("resumeMs", 30_000, 0, 300_000),
  bound("maxProcessingMs", SECOND_MS, WEEK_MS),
  number("maxFailures", 5, 0, 1000),
  number("backoffMs", SECOND_MS, 0, DAY_MS),
  number("backoffFactor", 2, 1, 10),
  number("backoffMaxMs", 300_000, 0, WEEK_MS),
  number("backoffJitterPercent", 20, 0, 100),
  number("agingMs", 30_000, STRICT, WEEK_MS),
  bound("groupConcurrency", 1, 1000),
  bound("concurrency", 1, 1_000_000),
  bound("ratePerSecond", 1, 1_000_000),
  number("jobsMax", 100_000, 1, 10_000_000),
  number("bytesMax", GIB, 1, GIB * 1024),
  {
    ...plain,
    key: "overflow",
    default: "refuse",
    choices: ["refuse", "drop-oldest", "drop-lowest"],
  },
  bound("ttlMs", 1, limits.jobDelayMsMax),
  number("dedupeMs", 120_000, 0, WEEK_MS),
  { ...plain, key: "deadLetter", default: "", isNullable: true },
  { ...plain, key: "singleActive", default: false },
];

/** What a queue of this hub can do, by the names that a declaration may ask for. */
export const queueFeatures: readonly string[] = [
  "aging",
  "concurrency",
  "dead-letters",
  "dedupe",
  "delay",
  "durable",
  "groups",
  "leases",
  "pause",
  "priority",
  "progress",
  "pull",
  "rate",
  "redrive",
  "single-active",
  "ttl",
];

/** The queue that the dead jobs of a queue go to unless its settings say otherwise. */
export function deadLetterOf(name: string): string {
  return `${name}~dead`;
}

/** The settings of a queue for which none were said. */
export function defaultsFor(name: string): QueueSettings {
  return { ...defaults, deadLetter: deadLetterOf(name) };
}

/** The settings of a queue that is made for dead jobs: what fails there again just waits. */
export function graveyardSettings(durable: boolean): QueueSettings {
  return { ...defaults, durable, maxFailures: 0, deadLetter: null };
}

/** Puts what a client or the configuration says over other settings. Returns a sentence when something is wrong with it. */
export function readSettings(
  said: Readonly<Record<string, unknown>>,
  over: QueueSettings,
): QueueSettings | string {
  for (const [key, value] of Object.entries(said)) {
    const row = keys.find((known) => known.key === key);
    if (row === undefined)
      return `A queue has no ${quoted(key)}: it may have ${keys.map((known) => known.key).join(", ")}.`;
    const fault = faultOf(row, value);
    if (fault !== null) return `${key} ${fault}.`;
  }
  return { ...over, ...(said as Partial<QueueSettings>) };
}

/** One key in which two settings differ. */
export interface Difference {
  readonly key: keyof QueueSettings;
  readonly is: QueueSettings[keyof QueueSettings];
  readonly wanted: QueueSettings[keyof QueueSettings];
}

/** In what the settings of a queue are not as they are wanted. */
export function differences(is: QueueSettings, wanted: QueueSettings): Difference[] {
  return keys
    .filter(({ key }) => is[key] !== wanted[key])
    .map(({ key }) => ({ key, is: is[key], wanted: wanted[key] }));
}

/** The same, as a sentence tells it: "agingMs is 30000, not 0". */
export function told(all: readonly Difference[]): string {
  return all
    .map(({ key, is, wanted }) => `${key} is ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`)
    .join("; ");
}

const defaults = Object.fromEntries(
  keys.map((row) => [row.key, row.default]),
) as unknown as QueueSettings;

function faultOf(row: Key, value: unknown): string | null {
  if (value === null) return row.isNullable ? null : "cannot be null";
  const { min, max, choices } = row;
  if (choices !== null)
    return typeof value === "string" && choices.includes(value)
      ? null
      : `must be one of ${choices.map(quoted).join(", ")}`;
  if (max === 0)
    return typeof value === typeof row.default ? null : `must be ${KINDS[typeof row.default]}`;
  const isGood =
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
  return isGood
    ? null
    : `must be a whole number from ${min} to ${max}${row.isNullable ? ", or null" : ""}`;
}

const KINDS: Readonly<Record<string, string>> = {
  boolean: "true or false",
  string: "the name of a queue, or null",
};
