// What is measured, and how it is called wherever it is shown.

import type { PeerName } from "./peers.ts";

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
  | "gaps"
  | "missed"
  | "unexplained";

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
};

/** The figures of one measurement. */
export type Values = Readonly<Partial<Record<MetricName, number>>>;

/** What one measurement of one case says. */
export interface Measured {
  readonly case: string;
  readonly values: Values;
  /** What went wrong, in sentences: lost or disordered deliveries. */
  readonly failures: readonly string[];
}

/** A measurement with where it belongs. These are the raw rows. */
export interface Row extends Measured {
  readonly scenario: string;
  readonly peer: PeerName;
  /** From 1. */
  readonly round: number;
}

/** Above this share of its core the load generator may be what limits a result. */
export const GENERATOR_BOUND = 90;
