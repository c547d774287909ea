// One case: a hub of which one system call fails or is the last, and the hub that is started behind it.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCodes } from "@fanwire/protocol";
import { checkStore } from "@fanwire/server";
import type { Running } from "../e2e/shell.ts";
import { Checker } from "./checker.ts";
import type { Fault } from "./faults.ts";
import { STORE_FAILED } from "./hub-judge.ts";
import { SHORT_SEGMENT_BYTES, shortLoad } from "./loads.ts";
import { Log } from "./log.ts";
import { endsWithin, listens, settle, Site } from "./site.ts";
import { allOf, storeFiles } from "./store-files.ts";
import { type Injection, injections, withInjection } from "./strace.ts";
import { promisesOf, TopicTraffic } from "./topic-traffic.ts";

/** What the hub finds when it starts: nothing, or what one that was killed has left. */
type Found = "nothing" | "a store";

/** Calls of one kind, and what becomes of one of them. */
export interface Target extends Pick<Injection, "call" | "injected"> {
  readonly found: Found;
  /** All behind it fail too. */
  readonly isLasting: boolean;
}

/** What became of one case. */
export interface CaseOutcome {
  readonly target: Target;
  readonly when: number;
  /** There was such a call. */
  readonly isHit: boolean;
  /** How the hub took it. */
  readonly ending: Ending;
  readonly faults: readonly Fault[];
  /** Where the data of a case with faults is kept. */
  readonly kept?: string;
}

export type Ending =
  /** Killed by the injection. */
  | "killed"
  /** It did not start, and said why. */
  | "not started"
  /** It ended, as its disk had failed. */
  | "failed"
  /** It went on, and all was stored in the end. */
  | "went on"
  /** It went on, and refused what is durable. */
  | "read-only";

/** Nothing of a case takes so long; what does has come to a halt. In milliseconds. */
const HALT_MS = 30_000;

/** How often a durable publication is refused before the hub counts as read-only. */
const REFUSALS = 3;

/** Of 96 publications, those after which the hub is killed whose store the one with the fault finds. */
const LEFT = 70;

const STORAGE_FULL = errorCodes["storage-full"].code;

export class SyscallCase {
  readonly #target: Target;
  readonly #when: number;
  readonly #place: string;
  readonly #seed: number;
  readonly #checker = new Checker(promisesOf(shortLoad.rules));
  readonly #log = new Log(this.#checker);
  readonly #traffic = new TopicTraffic(shortLoad);
  #site!: Site;
  #begun: Promise<void> | undefined;

  constructor(target: Target, when: number, place: string, seed: number) {
    this.#target = target;
    this.#when = when;
    this.#place = place;
    this.#seed = seed;
  }

  async run(): Promise<CaseOutcome> {
    this.#site = await Site.in({
      directory: this.#place,
      seed: this.#seed,
      traffic: [this.#traffic],
      recorder: this.#log,
    });
    if (this.#target.found === "a store") await this.#leaveStore();
    const { isHit, ending } = await this.#withFault();
    await this.#afterwards();
    await this.#traffic.stop();
    this.#checker.finish();
    const { faults } = this.#checker;
    this.#log.keep(this.#place, faults);
    return { target: this.#target, when: this.#when, isHit, ending, faults };
  }

  /** The load begins; it goes on by itself when the hub is there again. */
  #begin(): Promise<void> {
    const { url } = this.#site;
    this.#begun ??= this.#traffic.begin({
      url,
      recorder: this.#log,
      seed: this.#seed,
      hasAll: (who) => this.#checker.hasAll(who),
    });
    return this.#begun;
  }

  async #leaveStore(): Promise<void> {
    const hub = await this.#site.started({ segmentBytes: SHORT_SEGMENT_BYTES });
    if (hub === undefined) return;
    await this.#begin();
    await this.#until(() => this.#checker.figures.confirmed >= LEFT);
    await this.#site.kill(hub);
  }

  async #withFault(): Promise<{ isHit: boolean; ending: Ending }> {
    const trace = join(this.#place, "trace");
    const hub = this.#site.start({
      wrapper: withInjection({
        ...this.#target,
        when: this.#when,
        paths: this.#paths(),
        trace,
      }),
      segmentBytes: SHORT_SEGMENT_BYTES,
    });
    this.#traffic.forgetCloseCodes();
    const { confirmed } = this.#checker.figures;
    const isThere = await listens(hub);
    const isReadOnly = isThere && (await this.#work(hub));
    const hasEnded = hub.child.exitCode !== null;
    const { code, signal } = await this.#end(hub);
    const isHit = signal === "SIGKILL" || injections(trace) > 0;
    // who came when it had failed already sees the end of the process, and one that is stopped sends its clients away before
    const isTold = hasEnded && this.#checker.figures.confirmed > confirmed;
    const how = { code, isHit, isThere, isTold, isReadOnly, said: hub.err };
    return { isHit, ending: this.#judge(how) };
  }

  /** The files whose calls are counted. */
  #paths(): readonly string[] {
    const files = storeFiles(this.#site.data);
    if (!this.#target.isLasting) return allOf(files);
    // a disk that is full has still room for what was set aside
    return [files.newManifest, files.newSpare, ...files.newSnapshots];
  }

  /** Lets the load run as far as it comes. Returns whether the hub refuses what is durable, and goes on. */
  async #work(hub: Running): Promise<boolean> {
    let hasEnded = false;
    let isBegun = false;
    void hub.exited.finally(() => {
      hasEnded = true;
    });
    void this.#begin().finally(() => {
      isBegun = true;
    });
    const isReadOnly = (): boolean => (this.#traffic.refusals().get(STORAGE_FULL) ?? 0) >= REFUSALS;
    const { isLasting } = this.#target;
    await this.#until(
      () => hasEnded || (isBegun && (this.#traffic.isDone || (isLasting && isReadOnly()))),
    );
    if (hasEnded || this.#traffic.isDone) return false;
    // what needs no disk goes on, and so does reading
    await this.#until(() => hasEnded || this.#traffic.isDoneWithoutDisk);
    await this.#traffic.look().catch((error: unknown) => {
      if (!hasEnded) this.#wrong(null, `It refuses what is durable, and reading: ${String(error)}`);
    });
    return true;
  }

  /** Stops the hub, if it has not ended. */
  async #end(hub: Running): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    hub.child.kill("SIGTERM");
    if (!(await endsWithin(hub, HALT_MS))) {
      this.#wrong(null, "It does not end.");
      hub.child.kill("SIGKILL");
    }
    return hub.exited;
  }

  #judge(how: {
    readonly code: number | null;
    readonly isHit: boolean;
    readonly isThere: boolean;
    /** There were clients, which must know why it has ended. */
    readonly isTold: boolean;
    readonly isReadOnly: boolean;
    readonly said: string;
  }): Ending {
    const { code, isThere, isReadOnly, said } = how;
    const { injected } = this.#target;
    if (code === null) {
      this.#log.add({ kind: "killed" });
      return "killed";
    }
    if (!isThere) {
      const sentence = injected === "ENOSPC" ? /no room|no space/u : /cannot be used/u;
      if (code !== 1 || !sentence.test(said) || said.trimEnd().includes("\n"))
        this.#wrong(code, `It did not start, and said: ${said}`);
      this.#log.add({ kind: "stopped" });
      return "not started";
    }
    if (code === STORE_FAILED) {
      if (!mayFail(this.#target)) this.#wrong(code, said);
      const closeCodes = how.isTold ? this.#traffic.closeCodes() : [];
      this.#log.add({ kind: "failed", code, closeCodes });
      return "failed";
    }
    if (code !== 0) this.#wrong(code, said);
    if (how.isHit && !mayGoOn(this.#target)) this.#wrong(code, "It went on, as if nothing was.");
    this.#log.add({ kind: "stopped" });
    return isReadOnly ? "read-only" : "went on";
  }

  /** Without the fault everything is there, what was refused is stored now, and it can be stopped in order. */
  async #afterwards(): Promise<void> {
    const hub = await this.#site.started({ segmentBytes: SHORT_SEGMENT_BYTES });
    if (hub === undefined) return;
    await this.#begin();
    await this.#until(() => this.#traffic.isDone);
    await settle([this.#traffic]);
    await this.#site.stop(hub);
    const { problems } = checkStore(this.#site.data);
    for (const { file, sentence } of problems) this.#wrong(null, `${file}: ${sentence}`);
  }

  async #until(isSo: () => boolean): Promise<void> {
    const until = performance.now() + HALT_MS;
    while (!isSo()) {
      if (performance.now() > until) return this.#wrong(null, "It has come to a halt.");
      await sleep(10);
    }
  }

  #wrong(code: number | null, said: string): void {
    this.#log.add({ kind: "exited", code, said });
  }
}

/** Whether a hub may end for it. A write for which there is no room is taken back, and it goes on. */
function mayFail({ call, injected }: Target): boolean {
  return injected === "EIO" || call !== "pwrite64";
}

/** Whether a hub may go on behind it: no room is no failure, and for a snapshot that cannot be read the one before stands in. */
function mayGoOn({ found, call, injected }: Target): boolean {
  return injected === "ENOSPC" || (found === "a store" && call === "openat");
}
