// The one table of options. Flags, environment names, keys of the configuration file, `--help` and the checks at the start are all
// made from it.

import { type AuthOptions, type Issuer, resolveIssuers } from "./auth-options.ts";
import type { Logger } from "./ports/logger.ts";
import { resolveTopics, type TopicOptions, type TopicRule } from "./topic-options.ts";
import { type QueueOptions, resolveQueues } from "./queue-options.ts";
import type { QueueSettings } from "./core/queues/queue-settings.ts";

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
  /** Whose tokens are good. Without keys everybody on this machine may do everything. */
  readonly auth?: AuthOptions;
  /** Pages that may connect beside those of the hub's own host: scheme, host and port, as in `https://app.example`. */
  readonly origins?: readonly string[];
  /** Proxies that are believed when they say for whom they connect (X-Forwarded-For): addresses or networks, as in `10.0.0.0/8`. */
  readonly trustProxy?: readonly string[];
  /** Files of a certificate (with its chain) and its key, in PEM: {@link Hub.listen} speaks TLS 1.2 or newer then. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A directory, of this hub alone, where durable topics are kept. Without it nothing survives. */
  readonly data?: string;
  /** The size of a file of the log in it, in bytes: twice that is set aside from the beginning. Default 64 MiB. */
  readonly segmentBytes?: number;
  readonly limits?: Partial<Limits>;
  /** What is kept of topics: the first rule whose pattern matches a topic holds, and without one nothing is kept. */
  readonly topics?: readonly TopicOptions[];
  /** Queues that are there from the start; others are declared by clients. */
  readonly queues?: readonly QueueOptions[];
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
  /** Of all sessions of a subject at a time. */
  readonly subjectConnectionsMax: number;
  /** Connections of one address (of IPv6: a /64) that wait for WELCOME. */
  readonly waitingPerAddressMax: number;
  /** New connections a second … */
  readonly connectPerSecond: number;
  /** … and at once. */
  readonly connectBurst: number;
  /** How long a connection above that may wait for its turn, in milliseconds. */
  readonly connectWaitMs: number;
  /** The bounds of an address hold for this machine's own too. */
  readonly loopback: boolean;
  /** How long a client may take to say HELLO, in milliseconds. */
  readonly greetingMs: number;
  /** HELLO, in bytes. */
  readonly greetingBytesMax: number;
  /** Subscriptions of a session. */
  readonly subscriptionsMax: number;
  /** Consumers of queues, of a session. */
  readonly consumersMax: number;
  /** Patterns among them. */
  readonly patternsMax: number;
  /** Distinct patterns of all sessions of a subject. */
  readonly subjectPatternsMax: number;
  /** Topics of the hub. */
  readonly topicsMax: number;
  /** New topics that a subject makes a second, but for those that a grant without wildcards names … */
  readonly newTopicsPerSecond: number;
  /** … and at once. */
  readonly newTopicsBurst: number;
  /** Publications of a session a second … */
  readonly publishPerSecond: number;
  /** … and at once. */
  readonly publishBurst: number;
  /** Bytes of their payloads a second … */
  readonly publishBytesPerSecond: number;
  /** … and at once. */
  readonly publishBytesBurst: number;
  /** SUBSCRIBE frames of a session a second … */
  readonly subscribePerSecond: number;
  /** … and at once. */
  readonly subscribeBurst: number;
  /** AUTH frames of a session a second … */
  readonly authPerSecond: number;
  /** … and at once. */
  readonly authBurst: number;
  /** PING frames of a session a second … */
  readonly pingPerSecond: number;
  /** … and at once. */
  readonly pingBurst: number;
  /** What a session sends beyond those and that says nothing, a second … */
  readonly excessPerSecond: number;
  /** … and at once. */
  readonly excessBurst: number;
  /** What a session's socket may hold that the network has not taken, in bytes. */
  readonly unsentBytesMax: number;
  /** What all sockets together may hold, in bytes; 0: a quarter of the machine's memory. */
  readonly nodeUnsentBytesMax: number;
  /** Publications of a durable topic that wait to be stored. */
  readonly pendingPerTopicMax: number;
  /** Bytes of all that wait to be stored. */
  readonly pendingBytesMax: number;
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
  readonly type: "integer" | "text" | "list" | "switch";
  /** Null: nothing. */
  readonly default: number | string | boolean | readonly string[] | null;
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  /** What it is, and what happens at the bound. */
  readonly sentence: string;
}

type Bounds = Pick<Option, "unit" | "min" | "max">;

function option(
  key: string,
  value: Option["default"],
  bounds: Bounds,
  sentence: string,
  flag: string = wordsOf(key),
): Option {
  return {
    key,
    flag: `--${flag}`,
    env: `FANWIRE_${flag.replaceAll("-", "_").toUpperCase()}`,
    type: typeOf(value),
    default: value,
    ...bounds,
    sentence,
  };
}

/** The last name of a key, as a flag. */
function wordsOf(key: string): string {
  return nameOf(key).replace(/[A-Z]/gu, (c) => `-${c.toLowerCase()}`);
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(".") + 1);
}

function typeOf(value: Option["default"]): Option["type"] {
  if (typeof value === "number") return "integer";
  if (typeof value === "boolean") return "switch";
  return Array.isArray(value) ? "list" : "text";
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
    "data",
    null,
    {},
    "Directory where durable topics and queues are kept, of this hub alone; relative to where the hub is started. Without it nothing survives.",
  ),
  option(
    "segmentBytes",
    64 * MIB,
    bytes(65_536, 1024 * MIB),
    "Size of a file of the log in it. Two are set aside from the beginning, and a snapshot is written when the log is longer than one. It may change from start to start.",
  ),
  option(
    "auth.keys",
    [],
    {},
    "A file with a key that verifies tokens (JSON Web Key, set of them, or PEM); may be given several times. Read again when it changes.",
  ),
  option("auth.jwks", null, {}, "Where the issuer publishes its keys (https). Instead of keys."),
  option("auth.issuer", "fanwire", {}, "Issuer (iss) of the tokens that these keys verify."),
  option("auth.audience", "fanwire", {}, "Audience (aud) that tokens must name."),
  option(
    "auth.tokenAgeMaxMs",
    DAY_MS,
    ms(1000, 366 * DAY_MS),
    "A token that lives longer (exp − iat) is refused as unauthenticated.",
  ),
  option("auth.tokenToleranceMs", 10_000, ms(0, 600_000), "How far clocks may differ."),
  option(
    "auth.tokenGraceMs",
    25_000,
    ms(0),
    "A session whose token has expired may do nothing new, and is closed (4003) after this long.",
  ),
  option(
    "origins",
    [],
    {},
    "A page that may connect beside those of the hub's own host, as in https://app.example; may be given several times. Other pages get 403.",
    "origin",
  ),
  option(
    "trustProxy",
    [],
    {},
    "A proxy whose X-Forwarded-For is believed: an address or a network; may be given several times.",
  ),
  option(
    "tls.cert",
    null,
    {},
    "File of a certificate with its chain, in PEM. Read again when it changes.",
    "tls-cert",
  ),
  option("tls.key", null, {}, "File of the certificate's key, in PEM.", "tls-key"),
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
  option(
    "limits.connectionsMax",
    50_000,
    count(10_000_000),
    "Further upgrades get 503. At most 80 % of the files that the process may open.",
  ),
  option(
    "limits.subjectConnectionsMax",
    32,
    count(1_000_000),
    "Of all sessions of a subject; one more is closed as too-many-connections (4005). A token may raise it.",
  ),
  option(
    "limits.waitingPerAddressMax",
    200,
    count(1_000_000),
    "Connections of one address that wait for WELCOME; further upgrades from it get 429.",
  ),
  option(
    "limits.connectPerSecond",
    500,
    count(1_000_000),
    "New connections a second; more of them wait for their turn.",
  ),
  option("limits.connectBurst", 1000, count(1_000_000), "New connections at once."),
  option(
    "limits.connectWaitMs",
    5000,
    ms(0, 60_000),
    "An upgrade that would wait longer for its turn gets 503 with Retry-After.",
  ),
  option(
    "limits.loopback",
    false,
    {},
    "The bounds of an address hold for this machine's own addresses too.",
    "limit-loopback",
  ),
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
    "limits.consumersMax",
    1000,
    count(100_000),
    "Consumers of queues, of a session; one more is refused as too-many-subscriptions (301).",
  ),
  option(
    "limits.patternsMax",
    64,
    count(1_000_000),
    "Of a session, among its subscriptions; one more is refused as too-many-patterns (302).",
  ),
  option(
    "limits.subjectPatternsMax",
    256,
    count(1_000_000),
    "Different patterns of all sessions of a subject; one more is refused as too-many-patterns (302).",
  ),
  option(
    "limits.topicsMax",
    1_000_000,
    count(100_000_000),
    "The longest unused ones that nobody follows are forgotten; when all are followed, a new one is refused as too-many-topics (303).",
  ),
  option(
    "limits.newTopicsPerSecond",
    50,
    count(1_000_000),
    "New topics of a subject, but for those that a grant without wildcards names; more are refused as too-many-topics (303). A token may raise it.",
  ),
  option("limits.newTopicsBurst", 1000, count(1_000_000), "New topics of a subject at once."),
  option(
    "limits.publishPerSecond",
    100,
    count(1_000_000),
    "Publications of a session; more are refused as rate-limited (300). A token may raise it.",
  ),
  option("limits.publishBurst", 200, count(1_000_000), "Publications of a session at once."),
  option(
    "limits.publishBytesPerSecond",
    262_144,
    bytes(1, 1024 * MIB),
    "Their payloads; more are refused as rate-limited (300). A token may raise it.",
  ),
  option("limits.publishBytesBurst", 524_288, bytes(1, 1024 * MIB), "Their payloads at once."),
  option(
    "limits.subscribePerSecond",
    20,
    count(1_000_000),
    "SUBSCRIBE frames of a session, each with any number of patterns; more are refused as rate-limited (300).",
  ),
  option("limits.subscribeBurst", 100, count(1_000_000), "SUBSCRIBE frames at once."),
  option(
    "limits.authPerSecond",
    1,
    count(1_000_000),
    "Fresh tokens of a session; more are refused as rate-limited (300).",
  ),
  option("limits.authBurst", 5, count(1_000_000), "Fresh tokens at once."),
  option("limits.pingPerSecond", 1, count(1_000_000), "PINGs of a session; more are not answered."),
  option("limits.pingBurst", 10, count(1_000_000), "PINGs at once."),
  option(
    "limits.excessPerSecond",
    100,
    count(1_000_000),
    "What a session goes on sending above its rates, or that says nothing; beyond it the session is closed as flooding (4006).",
  ),
  option("limits.excessBurst", 1000, count(1_000_000), "The same at once."),
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
    "limits.pendingPerTopicMax",
    1024,
    count(1_000_000),
    "Publications of a durable topic that wait to be stored; one more is refused as storage-full (305).",
  ),
  option(
    "limits.pendingBytesMax",
    64 * MIB,
    bytes(MIB, TIB),
    "What all of them may take; more is refused as storage-full (305).",
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
  /** Null: nothing survives. */
  readonly data: string | null;
  readonly segmentBytes: number;
  readonly topics: readonly TopicRule[];
  readonly queues: ReadonlyMap<string, QueueSettings>;
  /** Of the keys in `auth.keys`, and of tickets. */
  readonly issuer: string;
  /** None: the hub is open. */
  readonly issuers: readonly Issuer[];
  readonly audience: string;
  readonly tokenAgeMaxMs: number;
  readonly tokenToleranceMs: number;
  readonly tokenGraceMs: number;
  readonly origins: readonly string[];
  readonly trustProxy: readonly string[];
  readonly cert: string | null;
  readonly key: string | null;
  /** `limits.connectionsMax` was given, and is not the default. */
  readonly isConnectionsMaxGiven: boolean;
}

/** Checks options and fills in what is left out. Throws a TypeError that names the option, its bound and the value. */
export function resolveOptions(options: HubOptions): ResolvedOptions {
  rejectUnknown(options);
  const resolved: Record<string, unknown> = {
    topics: resolveTopics(options.topics ?? []),
    queues: resolveQueues(options.queues ?? [], options.data !== undefined),
    isConnectionsMaxGiven: options.limits?.connectionsMax !== undefined,
  };
  for (const row of optionTable) {
    const given = valueAt(options, row.key) ?? row.default;
    const fault = optionFault(row, given);
    if (fault !== undefined) throw new TypeError(fault);
    resolved[nameOf(row.key)] = given;
  }
  resolved["issuers"] = resolveIssuers(options.auth ?? {});
  const all = resolved as unknown as ResolvedOptions;
  rejectContradictions(all);
  return all;
}

/** Why a value does not fit an option, as a sentence; undefined when it does. */
export function optionFault(row: Option, value: unknown): string | undefined {
  if (row.type === "text")
    return (typeof value === "string" && value !== "") || value === row.default
      ? undefined
      : `${row.key} must be a text, not ${JSON.stringify(value)}.`;
  if (row.type === "switch")
    return typeof value === "boolean"
      ? undefined
      : `${row.key} must be true or false, not ${JSON.stringify(value)}.`;
  if (row.type === "list") return listFault(row, value);
  const { min = 0, max = Number.MAX_SAFE_INTEGER, unit } = row;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max)
    return undefined;
  const of = unit === undefined ? "" : ` (${unit})`;
  return `${row.key} must be a whole number${of} from ${min} to ${max}, not ${JSON.stringify(value)}.`;
}

/** Keys may also be given as objects, which are looked at when they are imported. */
function listFault({ key }: Option, value: unknown): string | undefined {
  const isFit = (item: unknown): boolean =>
    (typeof item === "string" && item !== "") || (key === "auth.keys" && typeof item === "object");
  return Array.isArray(value) && value.every(isFit) ? undefined : `${key} must be a list of texts.`;
}

function valueAt(options: object, key: string): unknown {
  let value: unknown = options;
  for (const name of key.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** Options that are no single value. */
const BESIDE_THE_TABLE: ReadonlySet<string> = new Set([
  "topics",
  "queues",
  "auth.issuers",
  "logger",
]);

/** Options that hold others. */
const GROUPS = ["limits", "auth", "tls"] as const;

function rejectUnknown(options: HubOptions): void {
  const known = new Set([...optionTable.map((row) => row.key), ...BESIDE_THE_TABLE]);
  const given = Object.keys(options).filter((key) => !GROUPS.includes(key as "limits"));
  for (const group of GROUPS) {
    const value: unknown = options[group] ?? {};
    if (typeof value !== "object" || value === null)
      throw new TypeError(`${group} must be an object.`);
    given.push(...Object.keys(value).map((key) => `${group}.${key}`));
  }
  for (const key of given)
    if (!known.has(key))
      throw new TypeError(`There is no option ${JSON.stringify(key)}. ${nearest(nameOf(key))}`);
}

function nearest(key: string): string {
  const wanted = key.toLowerCase();
  const like = optionTable.find((row) => row.key.toLowerCase().endsWith(wanted));
  return like === undefined
    ? `The options are ${[...optionTable.map((row) => row.key), ...BESIDE_THE_TABLE].join(", ")}.`
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
  const durable = all.topics.findIndex((rule) => rule.durable);
  if (durable >= 0 && all.data === null)
    throw new TypeError(`topics[${durable}].durable needs data: the directory where it is kept.`);
  if ((all.cert === null) !== (all.key === null))
    throw new TypeError(
      "tls needs both: cert, the file of the certificate, and key, that of its key.",
    );
  if (!all.path.startsWith("/"))
    throw new TypeError(`path must begin with "/", not be ${JSON.stringify(all.path)}.`);
}
