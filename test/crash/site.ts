// Where a hub runs: its directory, its configuration and its port. Starts it, ends it, and writes down how it ended.

import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fanwire, type Running } from "../e2e/shell.ts";
import type { Recorder } from "./history.ts";
import type { Traffic } from "./traffic.ts";

/** Nothing of these bounds is tested here. */
const LIMITS = {
  publishPerSecond: 1_000_000,
  publishBurst: 1_000_000,
  publishBytesPerSecond: 1_073_741_824,
  publishBytesBurst: 1_073_741_824,
  subscribePerSecond: 1_000_000,
  subscribeBurst: 1_000_000,
  connectPerSecond: 1_000_000,
  connectBurst: 1_000_000,
  keptBytesMax: 4_294_967_296,
};

export interface SiteSettings {
  /** For what belongs to the run. It exists. */
  readonly directory: string;
  /** Where the store lies, if not below that. */
  readonly data?: string;
  readonly seed: number;
  readonly traffic: readonly Traffic[];
  readonly recorder: Recorder;
}

export interface StartOptions {
  /** A command that runs the hub. */
  readonly wrapper?: readonly string[];
  /** The size of a segment, in bytes. Default: that of the hub. */
  readonly segmentBytes?: number;
}

/** What a hub says when it listens. */
const LISTENS = /listens on/u;

export class Site {
  readonly data: string;
  readonly url: string;
  readonly #recorder: Recorder;
  readonly #port: number;
  readonly #config: string;
  readonly #startMs: number[] = [];

  private constructor({ directory, data, traffic, recorder }: SiteSettings, port: number) {
    this.data = data ?? join(directory, "data");
    this.url = `ws://127.0.0.1:${port}/`;
    this.#recorder = recorder;
    this.#port = port;
    this.#config = join(directory, "hub.json");
    mkdirSync(directory, { recursive: true });
    const topics = traffic.flatMap(({ rules }) => rules);
    writeFileSync(
      this.#config,
      JSON.stringify({ figuresMs: 0, drainMs: 0, topics, limits: LIMITS }),
    );
  }

  static async in(settings: SiteSettings): Promise<Site> {
    return new Site(settings, await freePort(settings.seed));
  }

  /** How long the hub took from its start until it listened, in milliseconds. */
  get startMs(): { readonly median: number; readonly max: number } {
    const sorted = this.#startMs.toSorted((a, b) => a - b);
    return { median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
  }

  start({ wrapper = [], segmentBytes }: StartOptions = {}): Running {
    const size = segmentBytes === undefined ? [] : ["--segment-bytes", `${segmentBytes}`];
    const place = ["--port", `${this.#port}`, "--data", this.data, "--config", this.#config];
    return fanwire(["serve", ...place, ...size], { wrapper });
  }

  /** Starts it. Undefined, and written down, when it ends before it listens. */
  async started(options: StartOptions = {}): Promise<Running | undefined> {
    const begun = performance.now();
    const hub = this.start(options);
    if (!(await listens(hub))) {
      const { code } = await hub.exited;
      this.#recorder.add({ kind: "exited", code, said: hub.err });
      return undefined;
    }
    this.#startMs.push(Math.round(performance.now() - begun));
    return hub;
  }

  /** Kills it, unless it has ended by itself. */
  async kill(hub: Running): Promise<void> {
    hub.child.kill("SIGKILL");
    await this.killed(hub);
  }

  /** It was killed, or is being killed. Returns whether that was how it ended. */
  async killed(hub: Running): Promise<boolean> {
    const { code, signal } = await hub.exited;
    if (signal === "SIGKILL") this.#recorder.add({ kind: "killed" });
    else this.#recorder.add({ kind: "exited", code, said: hub.err });
    return signal === "SIGKILL";
  }

  /** Stops it in order. */
  async stop(hub: Running): Promise<void> {
    hub.child.kill("SIGTERM");
    const { code } = await hub.exited;
    if (code === 0) this.#recorder.add({ kind: "stopped" });
    else this.#recorder.add({ kind: "exited", code, said: hub.err });
  }
}

/** Waits until a hub listens. False when it has ended before. */
export async function listens(hub: Running): Promise<boolean> {
  return hub.until("out", LISTENS).then(
    () => true,
    () => false,
  );
}

export function hasListened(hub: Running): boolean {
  return LISTENS.test(hub.out);
}

/** Waits for the end of a hub, at most so long. Returns whether it has ended. */
export async function endsWithin(hub: Running, ms: number): Promise<boolean> {
  const waiting = new AbortController();
  const ended = await Promise.race([
    hub.exited.then(() => true),
    sleep(ms, false, { signal: waiting.signal }),
  ]);
  waiting.abort();
  return ended;
}

/** How long what was asked for may take to be answered and to arrive, in milliseconds. */
const SETTLE_MS = 30_000;

/** No new traffic; what is to arrive arrives. Then everybody says what they have, and all that is kept is read. */
export async function settle(traffic: readonly Traffic[]): Promise<void> {
  await Promise.all(traffic.map((each) => each.drain(SETTLE_MS)));
  const until = performance.now() + SETTLE_MS;
  while (traffic.some(({ isSettled }) => !isSettled) && performance.now() < until) await sleep(20);
  // whatever comes twice has the time to do so
  await sleep(200);
  for (const each of traffic) each.settle();
  await lookAtAll(traffic);
}

export async function lookAtAll(traffic: readonly Traffic[]): Promise<void> {
  for (const each of traffic) await each.lookAtAll();
}

/** A port below those that clients are given: one of them could meet itself there while the hub is away. */
async function freePort(seed: number): Promise<number> {
  for (let port = 20_000 + (seed % 8000); ; port++) {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    const [error] = (await Promise.race([
      once(server, "listening").then(() => []),
      new Promise((resolve) => {
        server.once("error", (reason) => resolve([reason]));
      }),
    ])) as [Error?];
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    if (error === undefined) return port;
  }
}
