// Kills a hub under load again and again, and lets the checker say what it has kept.

import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TopicOptions } from "@fanwire/server";
import { SeededRandom } from "@fanwire/testkit";
import { fanwire, type Running } from "../e2e/shell.ts";
import { Checker, type Fault, type Figures, type TopicPromise } from "./checker.ts";
import type { Event, Recorder } from "./history.ts";
import { Publisher } from "./publisher.ts";
import { type ReadUpTo, readAll } from "./reader.ts";
import { Subscriber } from "./subscriber.ts";

export interface LoopSettings {
  readonly kills: number;
  /** How often a write fails after that. Needs strace. */
  readonly diskErrors?: number;
  readonly seed: number;
  /** Where the data lies, and what is told of a failure. It exists and is empty. */
  readonly directory: string;
  /** Publications without an answer, of each publisher. */
  readonly window: number;
  /** Called after each kill, with how many there were. */
  readonly onKill?: (kills: number, figures: Figures) => void;
  readonly onDiskError?: (errors: number) => void;
  /** Gets all events too. */
  readonly recorder?: Recorder;
}

export interface Outcome {
  readonly figures: Figures;
  readonly faults: readonly Fault[];
  readonly found: Readonly<Record<string, number>>;
  /** How long the hub took from its start until it listened, in milliseconds. */
  readonly restartMs: { readonly median: number; readonly max: number };
  /** How often it was killed before it listened. */
  readonly killedWhileStarting: number;
  /** Refusals of publications, by their code. */
  readonly refusals: Readonly<Record<string, number>>;
}

const YEAR_MS = 31_536_000_000;

/** The rules of the hub, as it is configured and as it is judged. */
const RULES: readonly (TopicOptions & { history: { count: number } })[] = [
  {
    match: "d.**",
    durable: true,
    history: { count: 200_000, bytes: 1_073_741_824, ageMs: YEAR_MS },
  },
  // long payloads, so that snapshots are written
  {
    match: "bulk.**",
    durable: true,
    history: { count: 4000, bytes: 1_073_741_824, ageMs: YEAR_MS },
  },
  { match: "m.**", history: { count: 20_000, bytes: 1_073_741_824, ageMs: YEAR_MS } },
];

export const promises: readonly TopicPromise[] = RULES.map(
  ({ match, durable = false, history }) => ({ match, durable, kept: history.count }),
);

const DURABLE = ["d.a", "d.b.c", "d.b.d", "bulk.x"] as const;

/** What publishers publish to. */
const PUBLISHED: readonly (readonly string[])[] = [
  ["d.a", "d.b.c", "m.a"],
  ["d.a", "d.b.d", "m.a", "e.a"],
  ["d.a", "d.b.c", "d.b.d"],
  ["bulk.x", "d.b.c"],
];

/** What the subscribers follow. */
const FOLLOWED =
  "d.a d.a d.a d.b.c d.b.c d.b.d d.b.d bulk.x bulk.x d.** d.** d.** d.b.* d.b.* *.a *.a ** m.a m.a e.a".split(
    " ",
  );

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

/** What is kept of the last events, to be told of a failure. */
const EVENTS_KEPT = 20_000;

class Log implements Recorder {
  readonly #to: readonly Recorder[];
  #events: Event[] = [];

  constructor(...to: readonly Recorder[]) {
    this.#to = to;
  }

  add(event: Event): void {
    for (const each of this.#to) each.add(event);
    if (this.#events.push(event) > 2 * EVENTS_KEPT) this.#events = this.#events.slice(-EVENTS_KEPT);
  }

  get last(): string {
    return this.#events.map((event) => `${JSON.stringify(event)}\n`).join("");
  }
}

/** Runs it. What has gone wrong is in the outcome; `events.jsonl` in the directory holds the last events then. */
export async function crashLoop(settings: LoopSettings): Promise<Outcome> {
  const { directory } = settings;
  const checker = new Checker(promises);
  const log = new Log(checker, ...(settings.recorder ? [settings.recorder] : []));
  const loop = new Loop(settings, checker, log, await freePort(settings.seed));
  await loop.run();
  checker.finish();
  if (checker.faults.length > 0) {
    writeFileSync(join(directory, "events.jsonl"), log.last);
    writeFileSync(
      join(directory, "faults.txt"),
      checker.faults.map(({ kind, sentence }) => `${kind}: ${sentence}\n`).join(""),
    );
  }
  return loop.outcome();
}

class Loop {
  readonly #settings: LoopSettings;
  readonly #checker: Checker;
  readonly #log: Log;
  readonly #random: SeededRandom;
  readonly #port: number;
  readonly #url: string;
  readonly #config: string;
  readonly #readUpTo: ReadUpTo = new Map();
  readonly #restarts: number[] = [];
  #publishers: Publisher[] = [];
  #subscribers: Subscriber[] = [];
  #killedWhileStarting = 0;

  constructor(settings: LoopSettings, checker: Checker, log: Log, port: number) {
    this.#settings = settings;
    this.#checker = checker;
    this.#log = log;
    this.#random = new SeededRandom(settings.seed);
    this.#port = port;
    this.#url = `ws://127.0.0.1:${port}/`;
    this.#config = join(settings.directory, "hub.json");
    mkdirSync(settings.directory, { recursive: true });
    writeFileSync(
      this.#config,
      JSON.stringify({ figuresMs: 0, drainMs: 0, topics: RULES, limits: LIMITS }),
    );
  }

  async run(): Promise<void> {
    let hub = await this.#started();
    if (hub === undefined) return;
    await this.#populate();
    for (let kill = 1; kill <= this.#settings.kills && hub !== undefined; kill++) {
      await this.#loadAndKill(hub);
      this.#settings.onKill?.(kill, this.#checker.figures);
      while (kill < this.#settings.kills && this.#random.below(10) === 0) {
        await this.#killWhileStarting();
        kill++;
        this.#settings.onKill?.(kill, this.#checker.figures);
      }
      hub = await this.#started();
    }
    const { diskErrors = 0 } = this.#settings;
    for (let error = 1; error <= diskErrors && hub !== undefined; error++) {
      await this.#kill(hub);
      await this.#failDisk();
      this.#settings.onDiskError?.(error);
      hub = await this.#started();
    }
    if (hub !== undefined) await this.#settle(hub);
    for (const subscriber of this.#subscribers) subscriber.stop();
    await Promise.all(this.#publishers.map((publisher) => publisher.stop()));
  }

  outcome(): Outcome {
    const sorted = this.#restarts.toSorted((a, b) => a - b);
    const refusals: Record<string, number> = {};
    for (const publisher of this.#publishers)
      for (const [code, count] of publisher.refusals)
        refusals[code] = (refusals[code] ?? 0) + count;
    return {
      figures: this.#checker.figures,
      faults: this.#checker.faults,
      found: Object.fromEntries(this.#checker.found),
      restartMs: { median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 },
      killedWhileStarting: this.#killedWhileStarting,
      refusals,
    };
  }

  async #populate(): Promise<void> {
    const url = this.#url;
    this.#subscribers = FOLLOWED.map(
      (pattern, i) => new Subscriber(url, `s${i}`, pattern, this.#log),
    );
    await Promise.all(this.#subscribers.map(({ ready }) => ready));
    this.#publishers = PUBLISHED.map(
      (topics, i) =>
        new Publisher(url, {
          name: `p${i}`,
          number: i + 1,
          style: i % 2 === 0 ? "id" : "producer",
          topics,
          forgetful: topics.filter((topic) => !(DURABLE as readonly string[]).includes(topic)),
          window: this.#settings.window,
          bytesMax: topics.includes("bulk.x") ? 32_768 : 512,
          random: new SeededRandom(this.#settings.seed + i + 1),
          recorder: this.#log,
        }),
    );
  }

  /** A time, in milliseconds, of which short ones are as likely as long ones of each length. */
  #instant(ms: number): number {
    const scale = this.#random.of([0.05, 0.3, 1]);
    return Math.round(this.#random.next() * ms * scale);
  }

  async #loadAndKill(hub: Running): Promise<void> {
    const reading = readAll(this.#url, DURABLE, this.#readUpTo, this.#log).catch(() => {});
    const ms = this.#instant(600);
    const turns = this.#random.below(3);
    for (let i = 0; i < turns; i++) {
      await sleep(ms / (turns + 1));
      const subscriber = this.#random.of(this.#subscribers);
      if (this.#random.below(3) === 0) subscriber.reconnect();
      else subscriber.hop();
    }
    await sleep(ms / (turns + 1));
    await this.#kill(hub);
    await reading;
  }

  async #killWhileStarting(): Promise<void> {
    const hub = this.#start();
    await sleep(this.#instant(400));
    if (!/listens on/u.test(hub.out)) this.#killedWhileStarting++;
    await this.#kill(hub);
  }

  async #kill(hub: Running): Promise<void> {
    hub.child.kill("SIGKILL");
    const { code, signal } = await hub.exited;
    if (signal === "SIGKILL") this.#log.add({ kind: "killed" });
    else this.#log.add({ kind: "exited", code, said: hub.err });
  }

  /** Lets one sync of the hub fail, and waits for its end. */
  async #failDisk(): Promise<void> {
    for (const { closeCodes } of this.#publishers) closeCodes.clear();
    // a few are of the start, so that it may fail there too
    const hub = this.#start(withDiskError("fdatasync", 1 + this.#random.below(300)));
    const { code } = await Promise.race([
      hub.exited,
      sleep(60_000, { code: null }, { ref: false }),
    ]);
    const hasListened = /listens on/u.test(hub.out);
    // whoever was there was told why; who came back during the farewell may see the end of the process instead
    const closeCodes = this.#publishers.map((publisher) => publisher.closeCodes);
    const told = hasListened ? closeCodes.map((codes) => (codes.has(4004) ? 4004 : 1006)) : [];
    if (hasListened) this.#log.add({ kind: "failed", code, closeCodes: told });
    else if (code === 1) this.#log.add({ kind: "killed" });
    else this.#log.add({ kind: "exited", code, said: hub.err });
    if (code === null) {
      hub.child.kill("SIGKILL");
      await hub.exited;
    }
  }

  /** `wrapper`: a command that runs it. */
  #start(wrapper: readonly string[] = []): Running {
    const data = join(this.#settings.directory, "data");
    return fanwire(["serve", "--port", `${this.#port}`, "--data", data, "--config", this.#config], {
      wrapper,
    });
  }

  /** Undefined, and written down, when the hub does not start. */
  async #started(): Promise<Running | undefined> {
    const begun = performance.now();
    const hub = this.#start();
    try {
      await hub.until("out", /listens on/u);
    } catch {
      const { code } = await hub.exited;
      this.#log.add({ kind: "exited", code, said: hub.err });
      return undefined;
    }
    this.#restarts.push(Math.round(performance.now() - begun));
    return hub;
  }

  /** What is to arrive arrives; then a clean stop, and a last look. */
  async #settle(hub: Running): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.drain(30_000)));
    const until = performance.now() + 30_000;
    const isBehind = (): boolean => this.#subscribers.some(({ who }) => !this.#checker.hasAll(who));
    while (isBehind() && performance.now() < until) await sleep(20);
    // whatever comes twice has the time to do so
    await sleep(200);
    for (const { who } of this.#subscribers) this.#log.add({ kind: "settled", who });
    await readAll(this.#url, DURABLE, new Map(), this.#log);
    hub.child.kill("SIGTERM");
    const { code } = await hub.exited;
    if (code !== 0) this.#log.add({ kind: "exited", code, said: hub.err });
    const again = await this.#started();
    if (again === undefined) return;
    await readAll(this.#url, DURABLE, new Map(), this.#log);
    await this.#kill(again);
  }
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

/** Runs a command of which one call of a kind fails with EIO. It counts for each thread by itself. */
function withDiskError(call: string, count: number): readonly string[] {
  const strace = ["strace", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf"];
  return [...strace, "-e", `trace=${call}`, "-e", `inject=${call}:error=EIO:when=${count}`];
}
