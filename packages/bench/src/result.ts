// What is measured, as raw rows.

import type { MetricName } from "./metrics.ts";
import { BUSY } from "./others.ts";
import type { PeerName } from "./peers.ts";

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

/** Whether the machine was busy with something else when the row was measured. */
export function isBusy({ values }: Row): boolean {
  return (values.othersCpu ?? 0) > BUSY;
}
