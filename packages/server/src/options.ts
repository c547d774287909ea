// The one table of options. Flags, environment names, keys of the configuration file, `--help` and the checks at the start are all
// made from it.

import type { Logger } from "./ports/logger.ts";
import { resolveTopics, type TopicOptions, type TopicRule } from "./topic-options.ts";

/** Options of a hub. What is left out takes its default from {@link optionTable}. */
export interface HubOptions {
  /** Where {@link Hub.listen} listens. Without keys: this machine only. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 7400; 0: a free one. */
  readonly port?: number;
  /** Where WebSockets are. Default "/". */
  readonly path?: string;
  /** A PING is sent after this much silence, in milliseconds. Default 25,000. */
  readonly pingMs?: number;
  /** How long the answer to a PING may take, in milliseconds. Default 10,000. */
  readonly pingTimeoutMs?: number;
  /** Over how long {@link Hub.close} spreads its clients, in milliseconds. Default 30,000. */
  readonly drainMs?: number;
  /** How often the hub publishes its figures on `$sys.hub`, in milliseconds; 0: never. Default 1,000. */
  readonly figuresMs?: number;
  readonly limits?: Partial<Limits>;
  /** What is kept of topics: the first rule whose pattern matches a topic holds, and without one nothing is kept. */
  readonly topics?: readonly TopicOptions[];
  /** Where the hub says what it does. Default: warnings and errors to the console. */
  readonly logger?: Logger;
}

/** Bounds that a hub may set. What happens at each stands in {@link optionTable}. */
export interface Limits {
  /** A payload, in bytes. */
  readonly payloadBytesMax: number;
  /** A WebSocket message of a client, in bytes. */
  readonly batchBytesMax: number;
  /** Connections at a time. */
  readonly connectionsMax: number;
  /** How long a client may take to say HELLO, in milliseconds. */
  readonly greetingMs: number;
  /** HELLO, in bytes. */
  readonly greetingBytesMax: number;
  /** Subscriptions of a session. */
  readonly subscriptionsMax: number;
  /** Patterns among them. */
  readonly patternsMax: number;
  /** Topics of the hub. */
  readonly topicsMax: number;
  /** What a session's socket may hold that the network has not taken, in bytes. */
  readonly unsentBytesMax: number;
  /** What all sockets together may hold, in bytes; 0: a quarter of the machine's memory. */
  readonly nodeUnsentBytesMax: number;
  /** What histories and kept publications may take, in bytes; 0: a quarter of the machine's memory. */
  readonly keptBytesMax: number;
}

/** One row of the table. */
export interface Option {
  /** The key in {@link HubOptions} and in the configuration file; a dot leads into an object. */
  readonly key: string;
  readonly flag: string;
  /** The name of the environment variable. */
  readonly env: string;
  readonly type: "integer" | "text";
  readonly default: number | string;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  /** What it is, and what happens at the bound. */
  readonly sentence: string;
}

type Bounds = Pick<Option, "unit" | "min" | "max">;

function option(key: string, value: number | string, bounds: Bounds, sentence: string): Option {
  const name = key.slice(key.indexOf(".") + 1);
  const words = name.replace(/[A-Z]/gu, (c) => `-${c.toLowerCase()}`);
  return {
    key,
    flag: `--${words}`,
    env: `FANWIRE_${words.replaceAll("-", "_").toUpperCase()}`,
    type: typeof value === "number" ? "integer" : "text",
    default: value,
    ...bounds,
    sentence,
  };
}

const DAY_MS = 86_400_000;
const ms = (min: number, max: number = DAY_MS): Bounds => ({ unit: "ms", min, max });
const bytes = (min: number, max: number): Bounds => ({ unit: "bytes", min, max });
const count = (max: number): Bounds => ({ min: 1, max });
const MIB = 1_048_576;
const TIB = MIB * MIB;

/** Every option, with its default, bounds and names. */
export const optionTable: readonly Option[] = [
  option(
    "host",
    "127.0.0.1",
    {},
    "Address to listen on. Without keys only this machine's own (127.0.0.1, ::1, localhost).",
  ),
  option("port", 7400, { min: 0, max: 65_535 }, "Port to listen on; 0 takes a free one."),
  option("path", "/", {}, "Path of the WebSocket. Upgrades on other paths get 404."),
  option("pingMs", 25_000, ms(100), "A silent client is sent a PING after this long."),
  option(
    "pingTimeoutMs",
    10_000,
    ms(100),
    "A client that is not heard for this long after a PING is closed as stale (4001).",
  ),
  option(
    "drainMs",
    30_000,
    ms(0),
    "A stopping hub sends its clients away one by one over this long.",
  ),
  option(
    "figuresMs",
    1000,
    ms(0),
    "The hub publishes its figures on $sys.hub this often; 0 turns it off.",
  ),
  option(
    "limits.payloadBytesMax",
    65_536,
    bytes(1, MIB),
    "A larger payload is refused as too-large (104).",
  ),
  option(
    "limits.batchBytesMax",
    262_144,
    bytes(8192, 16 * MIB),
    "A larger WebSocket message of a client closes its connection (1009).",
  ),
  option("limits.connectionsMax", 50_000, count(10_000_000), "Further upgrades get 503."),
  option(
    "limits.greetingMs",
    10_000,
    ms(10),
    "A client that has not said HELLO by then is closed as stale (4001).",
  ),
  option("limits.greetingBytesMax", 8192, bytes(64, MIB), "A larger HELLO is malformed (4500)."),
  option(
    "limits.subscriptionsMax",
    4096,
    count(1_000_000),
    "Of a session; one more is refused as too-many-subscriptions (301).",
  ),
  option(
    "limits.patternsMax",
    64,
    count(1_000_000),
    "Of a session, among its subscriptions; one more is refused as too-many-patterns (302).",
  ),
  option(
    "limits.topicsMax",
    1_000_000,
    count(100_000_000),
    "The longest unused ones that nobody follows are forgotten; when all are followed, a new one is refused as too-many-topics (303).",
  ),
  option(
    "limits.unsentBytesMax",
    MIB,
    bytes(65_536, 1024 * MIB),
    "A client that leaves more than this in its socket unread is closed as lagging (4002).",
  ),
  option(
    "limits.nodeUnsentBytesMax",
    0,
    bytes(0, TIB),
    "When all sockets together hold more, the clients that are furthest behind are closed as lagging (4002). 0 is a quarter of the memory.",
  ),
  option(
    "limits.keptBytesMax",
    0,
    bytes(0, TIB),
    "When histories take more, publications that would be kept are refused as storage-full (305). 0 is a quarter of the memory.",
  ),
];

/** All options with a value each. */
export interface ResolvedOptions extends Limits {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
  readonly drainMs: number;
  readonly figuresMs: number;
  readonly topics: readonly TopicRule[];
}

/** Checks options and fills in what is left out. Throws a TypeError that names the option, its bound and the value. */
export function resolveOptions(options: HubOptions): ResolvedOptions {
  rejectUnknown(options);
  const resolved: Record<string, unknown> = { topics: resolveTopics(options.topics ?? []) };
  for (const row of optionTable) {
    const given = valueAt(options, row.key) ?? row.default;
    const fault = optionFault(row, given);
    if (fault !== undefined) throw new TypeError(fault);
    resolved[row.key.slice(row.key.indexOf(".") + 1)] = given;
  }
  const all = resolved as unknown as ResolvedOptions;
  rejectContradictions(all);
  return all;
}

/** Why a value does not fit an option, as a sentence; undefined when it does. */
export function optionFault(row: Option, value: unknown): string | undefined {
  if (row.type === "text")
    return typeof value === "string" && value !== ""
      ? undefined
      : `${row.key} must be a text, not ${JSON.stringify(value)}.`;
  const { min = 0, max = Number.MAX_SAFE_INTEGER, unit } = row;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max)
    return undefined;
  const of = unit === undefined ? "" : ` (${unit})`;
  return `${row.key} must be a whole number${of} from ${min} to ${max}, not ${JSON.stringify(value)}.`;
}

function valueAt(options: object, key: string): unknown {
  let value: unknown = options;
  for (const name of key.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** Options that are no single value. */
const BESIDE_THE_TABLE: ReadonlySet<string> = new Set(["logger", "limits", "topics"]);

function rejectUnknown(options: HubOptions): void {
  const known = new Set(optionTable.map((row) => row.key));
  for (const key of Object.keys(options))
    if (!BESIDE_THE_TABLE.has(key) && !known.has(key))
      throw new TypeError(`There is no option ${JSON.stringify(key)}. ${nearest(key)}`);
  for (const key of Object.keys(options.limits ?? {}))
    if (!known.has(`limits.${key}`))
      throw new TypeError(`There is no option ${JSON.stringify(`limits.${key}`)}. ${nearest(key)}`);
}

function nearest(key: string): string {
  const wanted = key.toLowerCase();
  const like = optionTable.find((row) => row.key.toLowerCase().endsWith(wanted));
  return like === undefined
    ? `The options are ${optionTable.map((row) => row.key).join(", ")}.`
    : `Is it ${like.key}?`;
}

/** Frames around a payload of full size. */
const ENVELOPE_BYTES = 4096;

function rejectContradictions(all: ResolvedOptions): void {
  if (all.batchBytesMax < all.payloadBytesMax + ENVELOPE_BYTES)
    throw new TypeError(
      `limits.batchBytesMax (${all.batchBytesMax}) must be at least limits.payloadBytesMax (${all.payloadBytesMax}) + ${ENVELOPE_BYTES}: a payload of full size must fit a message.`,
    );
  if (all.unsentBytesMax < all.payloadBytesMax * 2)
    throw new TypeError(
      `limits.unsentBytesMax (${all.unsentBytesMax}) must be at least twice limits.payloadBytesMax (${all.payloadBytesMax}): one publication must not close a client.`,
    );
  if (!all.path.startsWith("/"))
    throw new TypeError(`path must begin with "/", not be ${JSON.stringify(all.path)}.`);
}
