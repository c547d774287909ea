// What the benchmark tells the load generator to do, and what it hears back.

import type { Percentiles } from "../histogram.ts";
import type { Faults } from "./faults.ts";
import type { WireName } from "./wires.ts";

/** Who connects, and to what. */
export interface ConnectOrder {
  readonly wire: WireName;
  readonly port: number;
  readonly seed: number;
  /** Publications go to `t.0`, `t.1` … one after the other. 0: there is no publisher. */
  readonly topics: number;
  /** What stands for the `t` in them. */
  readonly firstLevel?: string;
  /** Clients that follow each topic. */
  readonly subscribers: number;
  /** They follow all topics by one pattern instead. */
  readonly byPattern?: boolean;
  readonly payloadBytes: number;
  /** What all of them present. */
  readonly token?: string;
  /** Subscribers, not the publisher, are so far away: each byte takes this long in each direction, in milliseconds. */
  readonly distanceMs?: number;
  /** Publications of one message; needs a language that has this. */
  readonly perMessage?: number;
  readonly slow?: SlowClients;
  readonly patterns?: PatternLoad;
}

/** Some of the clients stop reading when they are told to, or read little. */
export interface SlowClients {
  readonly count: number;
  /** So many of them read nothing … */
  readonly stalled: number;
  /** … and the others this much. */
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
  /** How long that took them after they read again, in milliseconds. */
  readonly tookMs: number;
  readonly faults: Faults;
}

/** Clients that subscribe and unsubscribe as fast as they are answered, while others are loaded. */
export interface StormOrder {
  readonly port: number;
  readonly seed: number;
  readonly clients: number;
  /** What each of them asks for at once: a topic that is published, and patterns that match it. */
  readonly patterns: readonly string[];
}

/** How it went for them. */
export interface StormOutcome {
  /** Subscribed and unsubscribed again, all of them together. */
  readonly cycles: number;
  readonly deliveries: number;
  readonly closed: number;
  /** Deliveries that were not the next, came without being asked for, or did not come. */
  readonly wrong: number;
}

/** Connections with thousands of topics each, every topic with one subscriber. */
export interface CrowdOrder {
  readonly port: number;
  readonly seed: number;
  readonly connections: number;
  /** Of each connection. */
  readonly topics: number;
  readonly payloadBytes: number;
}

/** Which topics of a {@link CrowdOrder}: those of its measurement, or others that make the server ready for it. */
export interface CrowdPart {
  readonly firstLevel: string;
  /** Of each connection. */
  readonly topics: number;
}

/** What came of publications to some topics of a crowd. */
export interface CrowdOutcome {
  readonly publications: number;
  readonly deliveries: number;
  /** Deliveries to another connection, on another stream, with another offset, or twice. */
  readonly wrong: number;
}

/** Clients that come with a token each. */
export interface LogInOrder {
  readonly port: number;
  readonly seed: number;
  readonly clients: number;
  /** They come spread evenly over this time, in milliseconds. */
  readonly withinMs: number;
  /** Signs their tokens: a private JSON Web Key. */
  readonly key: object;
  /** Of each. */
  readonly rights: object;
}

/** How it went for them. */
export interface LogInOutcome {
  readonly clients: number;
  /** Got WELCOME. */
  readonly admitted: number;
  /** From the first that came to the last that was welcomed, in milliseconds. */
  readonly tookMs: number;
  /** From the start of the connection to WELCOME, of each, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Why others were not, some of them. */
  readonly reasons: readonly string[];
}

/** Topics that were filled: `filled.0`, `filled.1` … Publication n of a topic carries the number n, counted from 0. */
export interface Filled {
  /** What stands for `filled` in their names. */
  readonly firstLevel: string;
  readonly topics: number;
  /** Publications of each … */
  readonly perTopic: number;
  /** … and up to so many more, of one topic more than of the one before it: then not all let go of their oldest at the same place. */
  readonly extra?: number;
  /** Each publication has a key, so many of them in turn: the last so many publications are what a state holds. */
  readonly keys?: number;
}

/** Fill topics, or go on filling them, as fast as the hub answers. */
export interface FillOrder extends Filled {
  readonly port: number;
  readonly seed: number;
  readonly payloadBytes: number;
  /** Publications of one topic in one message. */
  readonly perMessage: number;
}

/** How it went. */
export interface FillOutcome {
  readonly publications: number;
  readonly seconds: number;
  /** Answers with another offset than the one that was due. */
  readonly wrong: number;
}

/** Look whether topics hold what they must. */
export interface AuditOrder extends Filled {
  readonly port: number;
  readonly seed: number;
  /** The last so many publications of each topic are there. */
  readonly kept: number;
  /** Look at so many topics, chosen by chance. */
  readonly sample: number;
}

/** What was found. */
export interface AuditOutcome {
  readonly publications: number;
  /** Publications that are missing, or others than they were. */
  readonly wrong: number;
}

/** Clients that follow a topic each, go away, and come back all within a moment, with a token each. */
export interface ReturnOrder {
  readonly port: number;
  readonly seed: number;
  readonly clients: number;
  /** They come back spread evenly over this time, in milliseconds. */
  readonly withinMs: number;
  /** They follow `t.0` … of so many, one each in turn. */
  readonly topics: number;
  /** Signs their tokens: a private JSON Web Key. */
  readonly key: object;
  /** Of each. */
  readonly rights: object;
}

/** How it was for them. */
export interface ReturnOutcome {
  /** At the last publication. */
  readonly atHead: number;
  /** From the first connection to the last client that had what it missed, in milliseconds. */
  readonly tookMs: number;
  /** What they were sent, the live publications of this time included. */
  readonly deliveries: number;
  /** Publications that did not come, came twice, or were others than they were. */
  readonly wrong: number;
  /** Gaps told. */
  readonly gaps: number;
  /** Why some did not come in. */
  readonly reasons: readonly string[];
}
