// One server and one load generator, each in a process of its own: connects, loads, and takes the server's processor time and memory before and
// after. The server is idle at both moments, so the difference is what the load cost, to the microsecond.

import type { HubOptions } from "@fanwire/server";
import { Child, type Command, nodeCommand } from "./child.ts";
import type {
  ConnectOrder,
  FloodOrder,
  Outcome,
  PaceOrder,
  SlowOutcome,
} from "./generator/orders.ts";
import { failuresOf, type Used, valuesOf } from "./measured.ts";
import { OthersWatch } from "./others.ts";
import type { Peer } from "./peers.ts";
import type { Sample } from "./peers/sample.ts";
import type { Measured } from "./result.ts";

/** Where servers run, and where those who use them. */
export const SERVER_CORE = 0;
export const GENERATOR_CORE = 1;
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

/** What a server says when it can be connected to. */
interface Ready {
  readonly port: number;
  /** Of our hub: how many records it has read before, and in how many milliseconds. */
  readonly opening?: { readonly replayed: number; readonly ms: number };
}

/** Has one connected load generator at a time. To be stopped by whoever made it. */
export class Lab {
  /** Called around each measurement. */
  onMeasure: { begin(): Promise<void>; end(name: string): Promise<void> } | undefined;
  readonly server: Child<Ready>;
  /** Whose profile is taken: the server's, unless a scenario is about somebody else. */
  subject: Child;
  /** Answers what `generator/main.ts` lists. */
  readonly generator: Child;
  readonly #peer: Peer;
  readonly #seed: number;

  /** `options`: of our hub, where a scenario is about them. */
  constructor(peer: Peer, seed: number, options?: HubOptions) {
    this.#peer = peer;
    this.#seed = seed;
    const command: Command =
      options === undefined ? peer.command : [...peer.command, JSON.stringify(options)];
    this.server = new Child(`the server ${peer.name}`, command, SERVER_CORE, peer.readyMs);
    this.subject = this.server;
    this.generator = new Child("the load generator", nodeCommand(generatorFile), GENERATOR_CORE);
  }

  async connect(order: Connect): Promise<void> {
    await this.#connect("connect", order);
  }

  /** Connects a load that runs beside what is measured. */
  async connectBeside(order: Connect): Promise<void> {
    await this.#connect("connectBeside", order);
  }

  beginBeside(perSecond: number): Promise<void> {
    return this.generator.ask("beginBeside", perSecond);
  }

  endBeside(): Promise<Outcome> {
    return this.generator.ask("endBeside");
  }

  async #connect(what: "connect" | "connectBeside", order: Connect): Promise<void> {
    const { wire, name } = this.#peer;
    if (wire === "amqp" || wire === "none")
      throw new TypeError(`The load generator does not publish to ${name}.`);
    await this.tell<ConnectOrder>(what, { payloadBytes: PAYLOAD_BYTES, ...order, wire });
  }

  /** Tells the load generator to connect somebody else to the server, and what to do there. */
  async tell<T extends { readonly port: number; readonly seed: number }, R = void>(
    what: string,
    order: Omit<T, "port" | "seed">,
  ): Promise<R> {
    const { port } = await this.server.ready;
    await this.generator.ready;
    return this.generator.ask<R>(what, { ...order, port, seed: this.#seed });
  }

  /** Ends all connections. */
  disconnect(): Promise<void> {
    return this.generator.ask("close");
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
    return this.generator.ask("slowDown");
  }

  speedUp(): Promise<SlowOutcome> {
    return this.generator.ask("speedUp");
  }

  sample(): Promise<Sample> {
    return this.server.ask("sample");
  }

  /** After a forced collection. */
  collect(): Promise<Sample> {
    return this.server.ask("collect");
  }

  async stop(): Promise<void> {
    await Promise.all([this.generator.stop(), this.server.stop()]);
  }

  /** Does something, and tells what the server and others used meanwhile. */
  async observe<T>(name: string, work: () => Promise<T>): Promise<Used & { readonly done: T }> {
    await this.onMeasure?.begin();
    const generatorBefore = await this.generator.ask<number>("cpuSeconds");
    const watch = new OthersWatch();
    const before = await this.sample();
    const done = await work();
    const after = await this.sample();
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    const generator = (await this.generator.ask<number>("cpuSeconds")) - generatorBefore;
    const othersCpu = watch.share(cpuSeconds + generator);
    await this.onMeasure?.end(name);
    return { done, cpuSeconds, othersCpu };
  }

  async #measure(
    name: string,
    load: "flood" | "pace",
    order: (ms: number) => FloodOrder | PaceOrder,
    { ms, warmUpMs }: Timing,
  ): Promise<Measured> {
    const run = (length: number): Promise<Outcome> =>
      this.generator.ask<Outcome>(load, order(length));
    const warmUp = warmUpMs > 0 ? failuresOf(await run(warmUpMs)) : [];
    const { done, ...used } = await this.observe(name, () => run(ms));
    const values = valuesOf(done, used);
    return { case: name, values, failures: [...warmUp, ...failuresOf(done)] };
  }
}
