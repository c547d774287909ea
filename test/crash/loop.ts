// Kills a hub under load again and again, at any time and at chosen points, and lets the checker say what it has kept.

import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "@fanwire/testkit";
import type { Running } from "../e2e/shell.ts";
import { Checker } from "./checker.ts";
import type { Fault } from "./faults.ts";
import type { Figures } from "./figures.ts";
import type { Recorder } from "./history.ts";
import { JobTraffic } from "./job-traffic.ts";
import { mixedLoad } from "./loads.ts";
import { Log } from "./log.ts";
import { killedAt, points } from "./points.ts";
import { endsWithin, hasListened, listens, lookAtAll, settle, Site } from "./site.ts";
import { storeFiles } from "./store-files.ts";
import { withInjection } from "./strace.ts";
import { promisesOf, TopicTraffic } from "./topic-traffic.ts";
import type { Traffic } from "./traffic.ts";

export interface LoopSettings {
  readonly kills: number;
  /** Of the kills a part is at chosen points. Needs strace. */
  readonly hasPoints?: boolean;
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
  /** How often it was killed at each point that it came to. */
  readonly killedAt: Readonly<Record<string, number>>;
  /** Refusals of publications, by their code. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** Small segments are soon full, and a snapshot is soon due; the last is the size that they have. */
const SEGMENT_BYTES = [65_536, 1_048_576, 67_108_864];

/** How long a hub lives whose segments are large, so that it completes a snapshot, in milliseconds. */
const LONG_LIFE_MS = 3000;

/** How long is waited for a first confirmation, in milliseconds. */
const CONFIRM_MS = 5000;

/** How long a hub may take to come to a point, in milliseconds. */
const POINT_MS = 3000;

/** How judges of a {@link crashLoop} are told what is promised. */
export const promises = promisesOf(mixedLoad(1).rules);

/** Runs it. What has gone wrong is in the outcome; `events.jsonl` in the directory holds the last events then. */
export async function crashLoop(settings: LoopSettings): Promise<Outcome> {
  const { directory, seed, window, recorder } = settings;
  const checker = new Checker(promises);
  const log = new Log(checker, recorder);
  const traffic = [
    new TopicTraffic(mixedLoad(window)),
    new JobTraffic(window, () => checker.jobsLeft),
  ];
  const site = await Site.in({ directory, seed, traffic, recorder: log });
  const loop = new Loop(settings, { checker, log, site, traffic });
  await loop.run();
  checker.finish();
  log.keep(directory, checker.faults);
  return loop.outcome();
}

interface Parts {
  readonly checker: Checker;
  readonly log: Log;
  readonly site: Site;
  readonly traffic: readonly Traffic[];
}

class Loop {
  readonly #settings: LoopSettings;
  readonly #checker: Checker;
  readonly #log: Log;
  readonly #site: Site;
  readonly #traffic: readonly Traffic[];
  readonly #random: SeededRandom;
  readonly #killedAt = new Map<string, number>();
  #kills = 0;
  #killedWhileStarting = 0;

  constructor(settings: LoopSettings, { checker, log, site, traffic }: Parts) {
    this.#settings = settings;
    this.#checker = checker;
    this.#log = log;
    this.#site = site;
    this.#traffic = traffic;
    this.#random = new SeededRandom(settings.seed);
  }

  async run(): Promise<void> {
    let hub = await this.#started();
    if (hub === undefined) return;
    const { url } = this.#site;
    const { seed } = this.#settings;
    for (const each of this.#traffic)
      await each.begin({
        url,
        seed,
        recorder: this.#log,
        hasAll: (who) => this.#checker.hasAll(who),
      });
    while (this.#isMore && hub !== undefined) {
      await this.#loadAndKill(hub);
      while (this.#isMore && this.#random.below(10) === 0) await this.#killWhileStarting();
      if (this.#settings.hasPoints === true)
        while (this.#isMore && this.#random.below(3) === 0) await this.#killAtPoint();
      hub = await this.#started();
    }
    const { diskErrors = 0 } = this.#settings;
    for (let error = 1; error <= diskErrors && hub !== undefined; error++) {
      await this.#site.kill(hub);
      await this.#failDisk();
      this.#settings.onDiskError?.(error);
      hub = await this.#started();
    }
    if (hub !== undefined) await this.#settle(hub);
    await Promise.all(this.#traffic.map((each) => each.stop()));
  }

  outcome(): Outcome {
    const refusals: Record<string, number> = {};
    for (const each of this.#traffic)
      for (const [code, count] of each.refusals()) refusals[code] = (refusals[code] ?? 0) + count;
    return {
      figures: this.#checker.figures,
      faults: this.#checker.faults,
      found: Object.fromEntries(this.#checker.found),
      restartMs: this.#site.startMs,
      killedWhileStarting: this.#killedWhileStarting,
      killedAt: Object.fromEntries(this.#killedAt),
      refusals,
    };
  }

  get #isMore(): boolean {
    return this.#kills < this.#settings.kills;
  }

  #started(): Promise<Running | undefined> {
    return this.#site.started({ segmentBytes: this.#segmentBytes() });
  }

  #segmentBytes(): number {
    return this.#random.of(SEGMENT_BYTES);
  }

  #killed(): void {
    this.#kills++;
    this.#settings.onKill?.(this.#kills, this.#checker.figures);
  }

  /** A time, in milliseconds, of which short ones are as likely as long ones of each length. */
  #instant(ms: number): number {
    const scale = this.#random.of([0.05, 0.3, 1]);
    return Math.round(this.#random.next() * ms * scale);
  }

  async #loadAndKill(hub: Running): Promise<void> {
    const reading = this.#look();
    // on a busy machine clients may take longer to come back than it would live
    if (this.#random.below(2) === 0) await this.#hasConfirmed();
    const ms = this.#random.below(20) === 0 ? LONG_LIFE_MS : this.#instant(600);
    const turns = this.#random.below(3);
    for (let i = 0; i < turns; i++) {
      await sleep(ms / (turns + 1));
      this.#disturb();
    }
    await sleep(ms / (turns + 1));
    await this.#site.kill(hub);
    this.#killed();
    await reading;
  }

  /** Waits until the hub has confirmed something in this life. */
  async #hasConfirmed(): Promise<void> {
    const { figures } = this.#checker;
    const { confirmed } = figures;
    const until = performance.now() + CONFIRM_MS;
    while (figures.confirmed === confirmed && performance.now() < until) await sleep(5);
  }

  /** Reads back what is new, as far as the hub lets it. */
  async #look(): Promise<void> {
    await Promise.allSettled(this.#traffic.map((each) => each.look()));
  }

  #disturb(): void {
    for (const each of this.#traffic) each.disturb();
  }

  async #killWhileStarting(): Promise<void> {
    const hub = this.#site.start({ segmentBytes: this.#segmentBytes() });
    await sleep(this.#instant(400));
    if (!hasListened(hub)) this.#killedWhileStarting++;
    await this.#site.kill(hub);
    this.#killed();
  }

  /** Kills it at a chosen point; anywhere, if it does not come to that. */
  async #killAtPoint(): Promise<void> {
    const point = this.#random.of(points);
    const hub = this.#site.start({
      wrapper: killedAt(point, storeFiles(this.#site.data), this.#random),
      // with large ones it comes to few of the points
      segmentBytes: this.#random.of([65_536, 1_048_576]),
    });
    const reading = listens(hub).then((isThere) => (isThere ? this.#look() : undefined));
    if (await endsWithin(hub, POINT_MS)) {
      if (!hasListened(hub)) this.#killedWhileStarting++;
      if (await this.#site.killed(hub))
        this.#killedAt.set(point.name, (this.#killedAt.get(point.name) ?? 0) + 1);
    } else await this.#site.kill(hub);
    this.#killed();
    await reading;
  }

  /** Lets one sync of the hub fail, and waits for its end. */
  async #failDisk(): Promise<void> {
    for (const each of this.#traffic) each.forgetCloseCodes();
    // a few are of the start, so that it may fail there too
    const when = 1 + this.#random.below(300);
    const wrapper = withInjection({ call: "fdatasync", injected: "EIO", when });
    const hub = this.#site.start({ wrapper });
    const hasEnded = await endsWithin(hub, 60_000);
    if (!hasEnded) hub.child.kill("SIGKILL");
    const { code } = await hub.exited;
    // whoever was there was told why; who came back during the farewell may see the end of the process instead
    if (hasListened(hub)) {
      const closeCodes = this.#traffic.flatMap((each) => each.closeCodes());
      this.#log.add({ kind: "failed", code, closeCodes });
    } else if (code === 1) this.#log.add({ kind: "stopped" });
    else this.#log.add({ kind: "exited", code, said: hub.err });
  }

  /** What is to arrive arrives; then a clean stop, and a last look. */
  async #settle(hub: Running): Promise<void> {
    await settle(this.#traffic);
    await this.#site.stop(hub);
    const again = await this.#started();
    if (again === undefined) return;
    await lookAtAll(this.#traffic);
    await this.#site.kill(again);
  }
}
