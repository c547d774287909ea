// What a scenario is made of.

import type { HubOptions } from "@fanwire/server";
import type { Lab, Timing } from "./lab.ts";
import type { MetricName } from "./metrics.ts";
import type { PeerName } from "./peers.ts";
import type { Measured } from "./result.ts";

/** How a run is done. */
export interface Mode extends Timing {
  /** Short: fewer cases, less time for each. */
  readonly quick: boolean;
  /** Asked to be quick, whichever scenarios: what would take a minute takes seconds. */
  readonly short: boolean;
}

/** Starts a fresh server with a fresh load generator. They are stopped when the group is done. Options are those of our hub. */
export type Start = (options?: HubOptions) => Lab;

/** Cases that are measured one after the other, for one peer. */
export interface Group {
  readonly name: string;
  readonly peers: readonly PeerName[];
  /** Later rounds leave it out: what takes long, or hardly varies. */
  readonly roundsMax?: number;
  /** Peers that are only there for orientation: they are measured in the first rounds. */
  readonly briefly?: readonly PeerName[];
  /** About how long it takes, in seconds. */
  readonly seconds: number;
  /** `round` counts from 1: it tells which order comes first in pairs. */
  measure(start: Start, peer: PeerName, round: number): AsyncIterable<Measured>;
}

/** A question that is put to the servers. */
export interface Scenario {
  /** One letter. */
  readonly id: string;
  readonly title: string;
  /** What happens in it, in a sentence or two. */
  readonly says: string;
  /** The figures that matter, the most important first. */
  readonly shows: readonly MetricName[];
  /** What is left out on this machine, and why, in sentences. */
  notes?(): readonly string[];
  groups(mode: Mode): readonly Group[];
}

/** A number as people read it. */
export const count = (n: number): string => n.toLocaleString("en-US");

/** How long one measurement takes, in seconds. */
export const secondsOf = ({ ms, warmUpMs }: Timing): number => (ms + warmUpMs) / 1000;
