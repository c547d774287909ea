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
}

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
    if (key !== "match" && key !== "history" && key !== "from")
      throw new TypeError(
        `${where} has no ${JSON.stringify(key)}: it may hold match, from and history.`,
      );
  const { match, history, from = false } = rule as Partial<Record<keyof TopicOptions, unknown>>;
  if (typeof match !== "string" || !isPattern(match))
    throw new TypeError(
      `${where}.match must be a topic or pattern: ${typeof match === "string" ? `${JSON.stringify(match)} is none, ${patternFault(match)}` : "it is missing"}.`,
    );
  if (typeof from !== "boolean") throw new TypeError(`${where}.from must be true or false.`);
  return { match, history: resolveHistory(history, `${where}.history`), from };
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
