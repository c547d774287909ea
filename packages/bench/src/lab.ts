// One server and one load generator, each in a process of its own: connects, loads, and takes the server's processor time and memory before and
// after. The server is idle at both moments, so the difference is what the load cost, to the microsecond.

import { Child, nodeCommand } from "./child.ts";
import type {
  ConnectOrder,
  FloodOrder,
  Outcome,
  PaceOrder,
  SlowOutcome,
} from "./generator/orders.ts";
import type { Peer } from "./peers.ts";
import type { Sample } from "./peers/sample.ts";
import type { Measured, Values } from "./result.ts";

const SERVER_CORE = 0;
const GENERATOR_CORE = 1;
const generatorFile = new URL("./generator/main.ts", import.meta.url);

/** What a scenario says of a connection; the rest the lab knows. */
export type Connect = Omit<ConnectOrder, "wire" | "port" | "seed" | "payloadBytes"> &
  Partial<Pick<ConnectOrder, "payloadBytes">>;

/** Payload of a publication where nothing else is said, in bytes: a small JSON object. */
export const PAYLOAD_BYTES = 128;

/** How long one measurement takes. */
export interface Timing {
  /** Of what is measured, in milliseconds. */
  readonly ms: number;
  /** Loaded before it and not counted, until code is compiled and buffers have their sizes; in milliseconds. */
  readonly warmUpMs: number;
}

/** Has one connected load generator at a time. To be stopped by whoever made it. */
export class Lab {
  /** Called around each measurement. */
  onMeasure: { begin(): Promise<void>; end(name: string): Promise<void> } | undefined;
  readonly server: Child<{ readonly port: number }>;
  readonly #generator: Child;
  readonly #peer: Peer;
  readonly #seed: number;

  constructor(peer: Peer, seed: number) {
    this.#peer = peer;
    this.#seed = seed;
    this.server = new Child(`the server ${peer.name}`, peer.command, SERVER_CORE);
    this.#generator = new Child("the load generator", nodeCommand(generatorFile), GENERATOR_CORE);
  }

  async connect(order: Connect): Promise<void> {
    const { port } = await this.server.ready;
    await this.#generator.ready;
    const { wire } = this.#peer;
    const all: ConnectOrder = {
      payloadBytes: PAYLOAD_BYTES,
      ...order,
      wire,
      port,
      seed: this.#seed,
    };
    await this.#generator.ask("connect", all);
  }

  /** Ends all connections. */
  disconnect(): Promise<void> {
    return this.#generator.ask("close");
  }

  /** Keeps `window` publications under way. */
  flood(name: string, window: number, mode: Timing): Promise<Measured> {
    return this.#measure(name, "flood", (ms) => ({ window, ms }), mode);
  }

  /** Publishes at a fixed rate. */
  pace(name: string, perSecond: number, mode: Timing): Promise<Measured> {
    return this.#measure(name, "pace", (ms) => ({ perSecond, ms }), mode);
  }

  slowDown(): Promise<void> {
    return this.#generator.ask("slowDown");
  }

  speedUp(): Promise<SlowOutcome> {
    return this.#generator.ask("speedUp");
  }

  sample(): Promise<Sample> {
    return this.server.ask("sample");
  }

  /** After a forced collection. */
  collect(): Promise<Sample> {
    return this.server.ask("collect");
  }

  async stop(): Promise<void> {
    await Promise.all([this.#generator.stop(), this.server.stop()]);
  }

  async #measure(
    name: string,
    load: "flood" | "pace",
    order: (ms: number) => FloodOrder | PaceOrder,
    { ms, warmUpMs }: Timing,
  ): Promise<Measured> {
    if (warmUpMs > 0) await this.#generator.ask(load, order(warmUpMs));
    await this.onMeasure?.begin();
    const before = await this.sample();
    const outcome = await this.#generator.ask<Outcome>(load, order(ms));
    const after = await this.sample();
    await this.onMeasure?.end(name);
    const values = valuesOf(outcome, after.cpuSeconds - before.cpuSeconds);
    return { case: name, values, failures: failuresOf(outcome) };
  }
}

function valuesOf(outcome: Outcome, serverCpuSeconds: number): Values {
  const { deliveries, publications, seconds, cpuSeconds, latency } = outcome;
  return {
    perCpuSecond: deliveries / serverCpuSeconds,
    perSecond: deliveries / seconds,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    maxMs: latency.max,
    serverCpu: (serverCpuSeconds / seconds) * 100,
    generatorCpu: (cpuSeconds / seconds) * 100,
    generatorNs: (cpuSeconds / deliveries) * 1e9,
    usPerPublication: (serverCpuSeconds / publications) * 1e6,
    lateMs: outcome.lateMs,
  };
}

/** What must not be, in sentences. */
export function failuresOf({ deliveries, lost, closed, faults }: Outcome): string[] {
  const wrong: [number, string][] = [
    [lost, "deliveries were lost"],
    [closed, "subscribers were closed"],
    [faults.disorder, "deliveries were out of order or came twice"],
    [faults.holes, "deliveries were passed over"],
    [faults.offsets, "offsets did not follow each other"],
    [faults.foreign, "deliveries were not what was published"],
    [faults.gaps, "gaps were told to clients that read as fast as they can"],
  ];
  return wrong
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} of ${deliveries + lost}: ${what}.`);
}
