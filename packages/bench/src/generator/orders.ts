// What the benchmark tells the load generator to do, and what it hears back.

import type { Percentiles } from "../histogram.ts";
import type { Faults } from "./ledger.ts";
import type { WireName } from "./wires.ts";

/** Who connects, and to what. */
export interface ConnectOrder {
  readonly wire: WireName;
  readonly port: number;
  readonly seed: number;
  /** Publications go to `t.0`, `t.1` … one after the other. 0: there is no publisher. */
  readonly topics: number;
  /** Clients that follow each topic. */
  readonly subscribers: number;
  readonly payloadBytes: number;
  /** Publications of one message; needs a language that has this. */
  readonly perMessage?: number;
  readonly slow?: SlowClients;
  readonly patterns?: PatternLoad;
}

/** Some of the clients stop reading when they are told to, or read little. */
export interface SlowClients {
  readonly count: number;
  /** 0: they read nothing. */
  readonly bytesPerSecond: number;
}

/** Patterns that lie in the hub, and how many of them match the one topic that is published. */
export interface PatternLoad {
  readonly count: number;
  readonly matching: number;
  /** Of each client. */
  readonly perClient: number;
  /** Each publication goes to a topic that has never been. */
  readonly fresh?: boolean;
}

/** Publish so that `window` publications are under way at any moment, for so long. */
export interface FloodOrder {
  readonly window: number;
  readonly ms: number;
}

/** Publish at a fixed rate. */
export interface PaceOrder {
  readonly perSecond: number;
  readonly ms: number;
}

/** What happened in a {@link FloodOrder} or {@link PaceOrder}. */
export interface Outcome {
  readonly publications: number;
  readonly deliveries: number;
  /** From the first publication to the last delivery, in seconds. */
  readonly seconds: number;
  /** What the load generator itself took of its core. */
  readonly cpuSeconds: number;
  readonly latency: Percentiles;
  /** How late publications were sent, at a fixed rate; in milliseconds. */
  readonly lateMs: number;
  readonly lost: number;
  readonly closed: number;
  readonly faults: Faults;
}

/** How the slow clients ended. */
export interface SlowOutcome {
  readonly clients: number;
  /** Closed by the server. */
  readonly closed: number;
  /** At the last publication, by deliveries and gaps. */
  readonly atHead: number;
  readonly faults: Faults;
}
