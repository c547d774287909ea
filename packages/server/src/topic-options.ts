// Rules for topics: a list in the configuration, as opposed to the single values of the table of options.

import { isPattern, type Pattern, patternFault } from "@fanwire/protocol";

/** A rule for the topics that a pattern matches. */
export interface TopicOptions {
  /** A topic or pattern. */
  readonly match: string;
  /** How much of each topic is kept: true for the defaults. Default false, nothing. */
  readonly history?: boolean | Partial<HistoryOptions>;
  /** Each publication carries the subject of its publisher, stamped by the hub. Default false. */
  readonly from?: boolean;
  /** The latest publication of each key is kept, and sent first to whoever subscribes. Default false. */
  readonly state?: boolean;
  /** Each publication is on disk before anybody sees it, and is there after a crash. Needs `data`. Default false. */
  readonly durable?: boolean;
  /** What is on disk of these topics, from when they were durable, may go. Default false: the hub does not start then. */
  readonly discard?: boolean;
}

/** How much of a topic is kept; whatever bound is reached first lets go of the oldest. */
export interface HistoryOptions {
  /** Publications. Default 1,000; up to 1,000,000. */
  readonly count: number;
  /** Their bytes. Default 4 MiB; up to 1 GiB. */
  readonly bytes: number;
  /** Their age, in milliseconds. Default 10 minutes; up to 366 days. */
  readonly ageMs: number;
}

/** A rule that was checked. */
export interface TopicRule {
  readonly match: Pattern;
  readonly history: HistoryOptions | null;
  readonly from: boolean;
  readonly state: boolean;
  readonly durable: boolean;
  readonly discard: boolean;
}

/** What a rule may hold. */
const KEYS: readonly (keyof TopicOptions)[] = [
  "match",
  "history",
  "state",
  "from",
  "durable",
  "discard",
];

/** Default and upper bound of each. */
const HISTORY: Readonly<Record<keyof HistoryOptions, { default: number; max: number }>> = {
  count: { default: 1000, max: 1_000_000 },
  bytes: { default: 4_194_304, max: 1_073_741_824 },
  ageMs: { default: 600_000, max: 31_622_400_000 },
};

/** Checks rules and fills in what is left out. Throws a TypeError that names the rule and what is wrong with it. */
export function resolveTopics(rules: unknown): TopicRule[] {
  if (!Array.isArray(rules)) throw new TypeError("topics must be a list of rules.");
  return rules.map((rule: unknown, i) => resolveRule(rule, `topics[${i}]`));
}

function resolveRule(rule: unknown, where: string): TopicRule {
  if (typeof rule !== "object" || rule === null)
    throw new TypeError(`${where} must be an object like { "match": "chat.**", "history": true }.`);
  for (const key of Object.keys(rule))
    if (!KEYS.includes(key as keyof TopicOptions))
      throw new TypeError(
        `${where} has no ${JSON.stringify(key)}: it may hold ${KEYS.join(", ")}.`,
      );
  const {
    match,
    history,
    from = false,
    state = false,
    durable = false,
    discard = false,
  } = rule as Partial<Record<keyof TopicOptions, unknown>>;
  if (typeof match !== "string" || !isPattern(match))
    throw new TypeError(
      `${where}.match must be a topic or pattern: ${typeof match === "string" ? `${JSON.stringify(match)} is none, ${patternFault(match)}` : "it is missing"}.`,
    );
  for (const [key, value] of Object.entries({ from, state, durable, discard }))
    if (typeof value !== "boolean") throw new TypeError(`${where}.${key} must be true or false.`);
  if (durable === true && history === false && state !== true)
    throw new TypeError(`${where} is durable and keeps nothing: there is nothing to survive.`);
  if (durable === true && discard === true)
    throw new TypeError(`${where} cannot be durable and be discarded.`);
  const kept = durable === true && state !== true ? (history ?? true) : history;
  return {
    match,
    history: resolveHistory(kept, `${where}.history`),
    from: from === true,
    state: state === true,
    durable: durable === true,
    discard: discard === true,
  };
}

function resolveHistory(history: unknown, where: string): HistoryOptions | null {
  if (history === undefined || history === false) return null;
  const given = history === true ? {} : history;
  if (typeof given !== "object" || given === null)
    throw new TypeError(`${where} must be true, false, or an object with count, bytes and ageMs.`);
  const names = Object.keys(HISTORY) as (keyof HistoryOptions)[];
  for (const key of Object.keys(given))
    if (!(key in HISTORY))
      throw new TypeError(
        `${where} has no ${JSON.stringify(key)}: it may hold ${names.join(", ")}.`,
      );
  const bound = (name: keyof HistoryOptions): number => {
    const value: unknown = (given as Record<string, unknown>)[name] ?? HISTORY[name].default;
    const { max } = HISTORY[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= max)
      return value;
    throw new TypeError(
      `${where}.${name} must be a whole number from 1 to ${max}, not ${JSON.stringify(value)}.`,
    );
  };
  return { count: bound("count"), bytes: bound("bytes"), ageMs: bound("ageMs") };
}
