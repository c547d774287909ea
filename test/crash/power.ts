// Cuts the power of the disk under a hub with load, again and again, and lets the checker say what it has kept.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkStore } from "@fanwire/server";
import { SeededRandom } from "@fanwire/testkit";
import type { Running } from "../e2e/shell.ts";
import { Checker } from "./checker.ts";
import type { Fault } from "./faults.ts";
import type { Figures } from "./figures.ts";
import { STORE_FAILED } from "./hub-judge.ts";
import { mixedLoad } from "./loads.ts";
import { Log } from "./log.ts";
import { LoopDisk } from "./loop-disk.ts";
import { endsWithin, hasListened, settle, Site } from "./site.ts";
import { promisesOf, TopicTraffic } from "./topic-traffic.ts";

export interface PowerSettings {
  readonly cuts: number;
  readonly seed: number;
  /** For the disk, and what is told of a failure. It exists and is empty. */
  readonly directory: string;
  /** Publications without an answer, of each publisher. */
  readonly window: number;
  readonly onCut?: (cuts: number, figures: Figures) => void;
}

export interface PowerOutcome {
  readonly figures: Figures;
  readonly faults: readonly Fault[];
  readonly found: Readonly<Record<string, number>>;
  readonly restartMs: { readonly median: number; readonly max: number };
  /** How often power was cut before the hub listened. */
  readonly cutWhileStarting: number;
}

const DISK_BYTES = 1_073_741_824;

/** Small ones are soon full, and a snapshot is soon due. */
const SEGMENT_BYTES = [65_536, 1_048_576, 16_777_216];

/** How long a hub may take to notice, in milliseconds: it is under load. */
const NOTICE_MS = 20_000;

/** Throws an Error that says what is missing where power cannot be cut. */
export async function powerCuts(settings: PowerSettings): Promise<PowerOutcome> {
  const { directory } = settings;
  const disk = new LoopDisk(directory, DISK_BYTES);
  const interrupted = (): void => {
    disk.remove();
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    return await new PowerLoop(settings, disk).run();
  } finally {
    process.off("SIGINT", interrupted);
    disk.remove();
  }
}

class PowerLoop {
  readonly #settings: PowerSettings;
  readonly #disk: LoopDisk;
  readonly #random: SeededRandom;
  readonly #checker: Checker;
  readonly #log: Log;
  readonly #traffic: TopicTraffic;
  #site!: Site;
  #cuts = 0;
  #cutWhileStarting = 0;

  constructor(settings: PowerSettings, disk: LoopDisk) {
    const load = mixedLoad(settings.window);
    this.#settings = settings;
    this.#disk = disk;
    this.#random = new SeededRandom(settings.seed);
    this.#checker = new Checker(promisesOf(load.rules));
    this.#log = new Log(this.#checker);
    this.#traffic = new TopicTraffic(load);
  }

  async run(): Promise<PowerOutcome> {
    const { directory, seed, cuts } = this.#settings;
    this.#site = await Site.in({
      directory,
      data: join(this.#disk.path, "store"),
      seed,
      traffic: [this.#traffic],
      recorder: this.#log,
    });
    let hub = await this.#started();
    if (hub !== undefined) await this.#begin();
    while (this.#cuts < cuts && hub !== undefined) {
      await this.#loadAndCut(hub);
      while (this.#cuts < cuts && this.#random.below(5) === 0) await this.#cutWhileItStarts();
      hub = await this.#started();
    }
    if (hub !== undefined) await this.#settle(hub);
    await this.#traffic.stop();
    this.#checker.finish();
    const { figures, faults, found } = this.#checker;
    this.#log.keep(directory, faults);
    return {
      figures,
      faults,
      found: Object.fromEntries(found),
      restartMs: this.#site.startMs,
      cutWhileStarting: this.#cutWhileStarting,
    };
  }

  #begin(): Promise<void> {
    return this.#traffic.begin({
      url: this.#site.url,
      seed: this.#settings.seed,
      recorder: this.#log,
      hasAll: (who) => this.#checker.hasAll(who),
    });
  }

  #started(): Promise<Running | undefined> {
    return this.#site.started({ segmentBytes: this.#random.of(SEGMENT_BYTES) });
  }

  async #loadAndCut(hub: Running): Promise<void> {
    const reading = this.#traffic.look().catch(() => {});
    const turns = 1 + this.#random.below(3);
    for (let i = 0; i < turns; i++) {
      await sleep(this.#random.next() * 800);
      this.#traffic.disturb();
    }
    await this.#cut(hub);
    await reading;
  }

  async #cutWhileItStarts(): Promise<void> {
    const hub = this.#site.start({ segmentBytes: this.#random.of(SEGMENT_BYTES) });
    await sleep(this.#random.next() * 400);
    if (!hasListened(hub)) this.#cutWhileStarting++;
    await this.#cut(hub);
  }

  /** Without power nothing that the hub says is worth anything: it must end. Then there is power again. */
  async #cut(hub: Running): Promise<void> {
    this.#disk.cut();
    this.#log.add({ kind: "cut" });
    if (!(await endsWithin(hub, NOTICE_MS))) {
      this.#log.add({ kind: "exited", code: null, said: "It has not noticed that power is cut." });
      hub.child.kill("SIGKILL");
    }
    const { code } = await hub.exited;
    const may = hasListened(hub) ? [STORE_FAILED] : [STORE_FAILED, 1];
    if (code !== null && !may.includes(code))
      this.#log.add({ kind: "exited", code, said: hub.err });
    this.#disk.unmount();
    this.#disk.mount();
    this.#cuts++;
    this.#settings.onCut?.(this.#cuts, this.#checker.figures);
  }

  async #settle(hub: Running): Promise<void> {
    await settle([this.#traffic]);
    await this.#site.stop(hub);
    for (const { file, sentence } of checkStore(this.#site.data).problems)
      this.#log.add({ kind: "exited", code: null, said: `${file}: ${sentence}` });
  }
}
