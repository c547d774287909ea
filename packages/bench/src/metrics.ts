// The figures, and how each is called wherever it is shown.

/** A figure: its name in tables, its unit, and which way is good. */
export interface Metric {
  readonly label: string;
  /** For the head of a column in a terminal. */
  readonly short: string;
  readonly unit: "/s" | "ms" | "%" | "bytes" | "MiB" | "µs" | "ns" | "count";
  readonly better: "more" | "less" | "neither";
}

/** The name of a figure. */
export type MetricName =
  | "perCpuSecond"
  | "perSecond"
  | "p50Ms"
  | "p99Ms"
  | "p999Ms"
  | "maxMs"
  | "serverCpu"
  | "generatorCpu"
  | "generatorNs"
  | "lateMs"
  | "bytesPerConnection"
  | "heapPerConnection"
  | "usPerPublication"
  | "memoryMiB"
  | "growthMiB"
  | "slowClosed"
  | "slowAtHead"
  | "caughtUpMs"
  | "gaps"
  | "missed"
  | "unexplained"
  | "bytesPerTopic"
  | "heapPerTopic"
  | "usPerFirstSubscribe"
  | "usPerSubscribe"
  | "usPerUnsubscribe"
  | "cyclesPerSecond"
  | "refusedClients"
  | "allInMs"
  | "worstStallMs"
  | "tookMs"
  | "memoryShare"
  | "bytesPerJob"
  | "heapPerJob"
  | "sliceMs"
  | "perClientCpuSecond"
  | "clientCpu"
  | "mainThread"
  | "longestTaskMs"
  | "longestFrameMs"
  | "messagesUp"
  | "messagesDown"
  | "bytesPerSubscription"
  | "othersCpu";

/** Every figure of a row. */
export const metrics: Readonly<Record<MetricName, Metric>> = {
  perCpuSecond: {
    label: "deliveries per server-CPU-second",
    short: "per CPU-second",
    unit: "/s",
    better: "more",
  },
  perSecond: { label: "deliveries per second", short: "per second", unit: "/s", better: "more" },
  p50Ms: { label: "p50", short: "p50", unit: "ms", better: "less" },
  p99Ms: { label: "p99", short: "p99", unit: "ms", better: "less" },
  p999Ms: { label: "p99.9", short: "p99.9", unit: "ms", better: "less" },
  maxMs: { label: "slowest", short: "slowest", unit: "ms", better: "less" },
  serverCpu: { label: "server CPU", short: "server CPU", unit: "%", better: "less" },
  generatorCpu: { label: "generator CPU", short: "generator CPU", unit: "%", better: "neither" },
  generatorNs: {
    label: "generator per delivery",
    short: "generator each",
    unit: "ns",
    better: "neither",
  },
  lateMs: { label: "publisher late by", short: "late by", unit: "ms", better: "neither" },
  bytesPerConnection: {
    label: "memory per connection",
    short: "a connection",
    unit: "bytes",
    better: "less",
  },
  heapPerConnection: {
    label: "of it JavaScript heap",
    short: "of it heap",
    unit: "bytes",
    better: "less",
  },
  usPerPublication: {
    label: "server CPU per publication",
    short: "a publication",
    unit: "µs",
    better: "less",
  },
  memoryMiB: { label: "memory before", short: "memory", unit: "MiB", better: "less" },
  growthMiB: { label: "memory growth", short: "growth", unit: "MiB", better: "less" },
  slowClosed: { label: "slow clients closed", short: "closed", unit: "count", better: "less" },
  slowAtHead: {
    label: "slow clients at the head afterwards",
    short: "at head",
    unit: "count",
    better: "more",
  },
  gaps: { label: "gaps told", short: "gaps", unit: "count", better: "neither" },
  missed: { label: "publications in gaps", short: "missed", unit: "count", better: "neither" },
  unexplained: {
    label: "publications missing without a word",
    short: "unexplained",
    unit: "count",
    better: "less",
  },
  caughtUpMs: {
    label: "slow clients caught up within",
    short: "caught up in",
    unit: "ms",
    better: "less",
  },
  bytesPerTopic: {
    label: "memory per topic beyond its name",
    short: "a topic",
    unit: "bytes",
    better: "less",
  },
  heapPerTopic: {
    label: "of it JavaScript heap",
    short: "of it heap",
    unit: "bytes",
    better: "less",
  },
  usPerFirstSubscribe: {
    label: "server CPU per first subscription of a topic",
    short: "first subscribe",
    unit: "µs",
    better: "less",
  },
  usPerSubscribe: {
    label: "server CPU per subscription of a known topic",
    short: "subscribe again",
    unit: "µs",
    better: "less",
  },
  usPerUnsubscribe: {
    label: "server CPU per unsubscription",
    short: "unsubscribe",
    unit: "µs",
    better: "less",
  },
  cyclesPerSecond: {
    label: "subscribed and unsubscribed per second",
    short: "cycles",
    unit: "/s",
    better: "more",
  },
  refusedClients: {
    label: "clients not let in",
    short: "not in",
    unit: "count",
    better: "less",
  },
  allInMs: { label: "all let in within", short: "all in", unit: "ms", better: "less" },
  worstStallMs: {
    label: "longest stall of the event loop",
    short: "stall",
    unit: "ms",
    better: "less",
  },
  tookMs: { label: "took", short: "took", unit: "ms", better: "less" },
  memoryShare: {
    label: "memory, of the bytes of the payloads that are kept",
    short: "memory",
    unit: "%",
    better: "less",
  },
  bytesPerJob: {
    label: "memory per job beyond what it carries",
    short: "a job",
    unit: "bytes",
    better: "less",
  },
  heapPerJob: {
    label: "of it heap and buffers",
    short: "of it heap",
    unit: "bytes",
    better: "less",
  },
  sliceMs: { label: "longest slice", short: "slice", unit: "ms", better: "less" },
  perClientCpuSecond: {
    label: "publications taken per client-CPU-second",
    short: "per CPU-second",
    unit: "/s",
    better: "more",
  },
  clientCpu: { label: "client CPU", short: "client CPU", unit: "%", better: "neither" },
  mainThread: {
    label: "main thread of the page busy",
    short: "main thread",
    unit: "%",
    better: "less",
  },
  longestTaskMs: {
    label: "longest task over 50 ms",
    short: "long task",
    unit: "ms",
    better: "less",
  },
  longestFrameMs: {
    label: "longest time between two frames",
    short: "frame",
    unit: "ms",
    better: "less",
  },
  messagesUp: {
    label: "messages of the client, its greeting not counted",
    short: "up",
    unit: "count",
    better: "less",
  },
  messagesDown: {
    label: "messages of the server, its greeting not counted",
    short: "down",
    unit: "count",
    better: "less",
  },
  bytesPerSubscription: {
    label: "heap of the client per subscription beyond its name",
    short: "a subscription",
    unit: "bytes",
    better: "less",
  },
  othersCpu: {
    label: "other processes' share of the machine",
    short: "others",
    unit: "%",
    better: "neither",
  },
};
