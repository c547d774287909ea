// From rows to what is said of them. A shared machine drifts, so peers are compared within a round, where they ran one after the other, and
// the middle of these ratios is what counts.

import { metrics, type MetricName } from "./metrics.ts";
import type { PeerName } from "./peers.ts";
import { GENERATOR_BOUND, isBusy, type Row } from "./result.ts";

/** Differences below this share mean nothing on a machine like this. */
export const NOISE = 0.15;

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Rows of one case and peer. */
export function rowsOf(
  rows: readonly Row[],
  scenario: string,
  name: string,
  peer: PeerName,
): Row[] {
  return rows.filter((row) => row.scenario === scenario && row.case === name && row.peer === peer);
}

/** The middle of a figure over the rounds; undefined when it was not measured. */
export function middle(rows: readonly Row[], metric: MetricName): number | undefined {
  const values = rows.flatMap((row) => row.values[metric] ?? []);
  return values.length === 0 ? undefined : median(values);
}

/** A comparison over the rounds that both have. */
export interface Ratio {
  readonly middle: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

/** How a figure of some rows stands to that of others, round by round; undefined when they share none. */
export function ratio(
  rows: readonly Row[],
  others: readonly Row[],
  metric: MetricName,
): Ratio | undefined {
  const ratios = rows.flatMap((row) => {
    const value = row.values[metric];
    const other = others.find(({ round }) => round === row.round)?.values[metric];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
  if (ratios.length === 0) return undefined;
  return {
    middle: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    rounds: ratios.length,
  };
}

/** Whether a ratio is too near to 1 to mean anything. */
export function isNoise(value: number): boolean {
  return value > 1 - NOISE && value < 1 / (1 - NOISE);
}

/** A figure as people read it. */
export function shown(metric: MetricName, value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  switch (metrics[metric].unit) {
    case "/s":
      if (value < 1e4) return `${value.toFixed(0)} /s`;
      return value >= 1e6 ? `${(value / 1e6).toFixed(2)} M/s` : `${(value / 1e3).toFixed(0)} k/s`;
    case "ms":
      return `${value < 100 ? value.toFixed(value < 10 ? 2 : 1) : value.toFixed(0)} ms`;
    case "%":
      return `${value.toFixed(0)} %`;
    case "bytes":
      return value < 2048 ? `${value.toFixed(0)} B` : `${(value / 1024).toFixed(1)} KiB`;
    case "MiB":
      return `${value.toFixed(1)} MiB`;
    case "µs":
      return `${value < 100 ? value.toFixed(2) : value.toFixed(0)} µs`;
    case "ns":
      return `${value.toFixed(0)} ns`;
    case "count":
      return Math.round(value).toLocaleString("en-US");
    default:
      return metrics[metric].unit satisfies never;
  }
}

/** A ratio as people read it: what is too near to 1 is called what it is. */
export function shownRatio(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (isNoise(value)) return "≈ 1 (noise)";
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ×`;
}

/** What is to be known of these rows before they are believed. */
export function marks(rows: readonly Row[]): string[] {
  const busy = rows.filter(isBusy).length;
  return [
    ...((middle(rows, "generatorCpu") ?? 0) > GENERATOR_BOUND ? ["generator-bound"] : []),
    ...(busy > 0 ? [`machine busy (${busy} of ${rows.length})`] : []),
  ];
}
