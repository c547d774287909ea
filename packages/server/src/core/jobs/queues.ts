// All queues of the hub: which there are, and whose turn it is.

import type { EnvelopeValue } from "@fanwire/protocol";
import type { Clock } from "../clock.ts";
import {
  defaultsFor,
  differences,
  graveyardSettings,
  type QueueSettings,
  readSettings,
} from "../queues/queue-settings.ts";
import { Tails } from "../queues/tails.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { Rounds } from "../round.ts";
import type { LiveSession } from "../session.ts";
import type { Sink } from "../sink.ts";
import type { Storing } from "../storing.ts";
import type { Run } from "../topics.ts";
import { writeLeasesRecord } from "../records.ts";
import type { QueueDeps } from "./deps.ts";
import { writeDeletedRecord, writeQueueRecord } from "./job-records.ts";
import { JobIds } from "./job-ids.ts";
import { LeaseNumbers, type TakeRun } from "./lease-numbers.ts";
import type { LiveTaking } from "./live-job.ts";
import { LiveQueue } from "./live-queue.ts";
import { RecordTime } from "./record-time.ts";
import { settingsMap } from "./settings-map.ts";
import { jobFollowedBy, type Telling } from "./telling.ts";

/** What all queues work with. */
export interface QueueWorld {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly rounds: Rounds;
  readonly storing: Storing;
  readonly telling: Telling;
  /** There is a store: queues are durable unless they are declared not to be. */
  readonly isStored: boolean;
  /** Tells the run of a hub without a store. */
  readonly run: Run;
  remind(queue: LiveQueue): void;
  /** A pull was given something. */
  pulled(taking: LiveTaking): void;
}

/** Queues that there may be. */
const QUEUES_MAX = 10_000;

export class Queues {
  readonly leases: LeaseNumbers;
  readonly recordTime: RecordTime;
  /** Room for the tails of all jobs. */
  readonly tails: Tails = new Tails();
  readonly telling: Telling;
  readonly ids: JobIds<LiveQueue>;
  readonly #world: QueueWorld;
  readonly #deps: QueueDeps<LiveQueue>;
  readonly #byName = new Map<string, LiveQueue>();
  #nextNumber = 1;
  #dirty: LiveQueue[] = [];
  /** Sessions that had enough in this turn. */
  #full: LiveSession[] = [];

  constructor(world: QueueWorld) {
    this.#world = world;
    this.telling = world.telling;
    const { run } = world;
    const takeRun: TakeRun = (extra, taken) => this.#takeRun(extra, taken);
    this.leases = new LeaseNumbers(run.id, takeRun, run.leasesPerRun);
    this.recordTime = new RecordTime(world.clock);
    this.ids = new JobIds((id) => this.telling.isFollowedByName(id));
    this.#deps = {
      ...world,
      leases: this.leases,
      recordTime: this.recordTime,
      ids: this.ids,
      dirty: (queue) => this.#wants(queue),
      pulled: (taking) => world.pulled(taking),
      full: (session) => this.#hadEnough(session),
      grave: (name, of) => this.#grave(name, of),
    };
  }

  get size(): number {
    return this.#byName.size;
  }

  get isFull(): boolean {
    return this.#byName.size >= QUEUES_MAX;
  }

  find(name: string): LiveQueue | undefined {
    const queue = this.#byName.get(name);
    return queue?.isEnding === true ? undefined : queue;
  }

  /** Whether there is no queue to be made with this name because one is being deleted. */
  isEnding(name: string): boolean {
    return this.#byName.get(name)?.isEnding === true;
  }

  all(): IterableIterator<LiveQueue> {
    return this.#byName.values();
  }

  /** Whether the subject has sent the job that the id stands for, as far as that is remembered. */
  hasSent(subject: string, id: string): boolean {
    return this.ids.find(id)?.sender === subject;
  }

  /** The settings that a declaration asks for, or a sentence. `over`: what holds where it says nothing. */
  settingsOf(
    name: string,
    said: Readonly<Record<string, unknown>>,
    over: QueueSettings = { ...defaultsFor(name), durable: this.#world.isStored },
  ): QueueSettings | string {
    return readSettings(said, over);
  }

  /** Queues of the configuration: those that are not there are made, and what it says holds. */
  declareAll(wanted: ReadonlyMap<string, QueueSettings>): void {
    for (const [name, settings] of wanted) {
      const queue = this.#byName.get(name);
      if (queue === undefined) this.make(name, settings);
      else if (differences(queue.work.settings, settings).length > 0) {
        queue.work.configure({ ...settings, durable: queue.isDurable });
        queue.changed();
        this.write(queue, () => {});
      }
    }
  }

  /** The figures of each queue, to whoever follows them. Once a second. */
  tellStats(): void {
    this.ids.sweep();
    if (!this.telling.wantsFigures) return;
    const { now } = this.#world.clock;
    for (const queue of this.#byName.values())
      this.telling.stats(queue.name, () => queue.stats(now));
  }

  /** Makes a queue. `stored` is told when it is there for good, or that it cannot be. */
  make(
    name: string,
    settings: QueueSettings,
    stored: (why: Refusal | null) => void = () => {},
  ): LiveQueue {
    const queue = this.#add(this.#nextNumber, name, settings, 1);
    // those were given on jobs of another queue, which may have had its name
    queue.leasesBefore = this.leases.last;
    this.write(queue, (why) => {
      if (why !== null) {
        queue.isUnstored = true;
        this.#gone(queue, why);
      }
      stored(why);
    });
    return queue;
  }

  /** Takes in a queue that was there before. */
  restore(number: number, name: string, settings: QueueSettings, firstSeq: number): LiveQueue {
    return this.#add(number, name, settings, firstSeq);
  }

  /** Writes down how the queue is declared, and whether it is held; if that cannot be stored, it is as it was. Where nothing is, it is so at once. */
  write(queue: LiveQueue, stored: (why: Refusal | null) => void): void {
    if (!queue.isDurable) return stored(null);
    const { storing } = this.#world;
    const { number, name, work } = queue;
    const { settings, isPaused, nextSeq } = work;
    writeQueueRecord(storing.begin(), {
      number,
      name,
      nextSeq,
      isPaused,
      settings: settingsMap(settings),
    });
    storing.keep({
      tail: null,
      stored: () => {
        queue.onDisk = { settings, isPaused };
        stored(null);
      },
      refused: (why) => {
        queue.takeBack(settings, isPaused);
        stored(why);
      },
    });
  }

  /** The queue is gone, with all that is in it, when that is stored. Until then it is there for nobody. */
  delete(queue: LiveQueue, stored: (why: Refusal | null) => void): void {
    const end = (): void => {
      this.#gone(queue, refusal("not-found", `The queue ${quoted(queue.name)} was deleted.`));
      stored(null);
    };
    if (!queue.isDurable) return end();
    queue.isEnding = true;
    const { storing } = this.#world;
    writeDeletedRecord(storing.begin(), queue.number);
    storing.keep({
      tail: null,
      stored: end,
      refused: (why) => {
        queue.isEnding = false;
        queue.changed();
        stored(why);
      },
    });
  }

  /** It is not there any more, and nothing is written of that. */
  forget(queue: LiveQueue): void {
    this.#gone(queue, refusal("not-found", "It was deleted."));
  }

  /** Somebody follows the state of a job from now on: what it is, is told at once. */
  tellState(pattern: string): void {
    if (!pattern.endsWith(".state")) return;
    const id = jobFollowedBy(pattern);
    const owner = id === undefined ? undefined : this.ids.find(id);
    owner?.queue.tellNow(owner.seq, id!);
  }

  /** Queues have their turns: jobs are given out, deadlines are looked at. Returns whether some want another. */
  step(): boolean {
    for (const session of this.#full.splice(0)) this.consider(session);
    const dirty = this.#dirty;
    if (dirty.length === 0) return false;
    this.#dirty = [];
    for (const queue of dirty) {
      if (this.find(queue.name) !== queue) queue.isDirty = false;
      else if (queue.step()) this.#dirty.push(queue);
    }
    return this.#dirty.length + this.#full.length > 0;
  }

  /** The session may be sent something again. */
  consider(session: LiveSession): void {
    if (session.worker === null || session.flow.isBehind) return;
    for (const { work, consumer } of session.worker.takings.values()) {
      if (!consumer.isBlocked || !consumer.isJoined) continue;
      work.block(consumer, false);
      this.#byName.get(work.name)?.changed();
    }
  }

  /** The session is sent nothing until {@link consider}. */
  block(session: LiveSession): void {
    for (const { work, consumer } of session.worker?.takings.values() ?? [])
      work.block(consumer, true);
  }

  #add(number: number, name: string, settings: QueueSettings, firstSeq: number): LiveQueue {
    const queue = new LiveQueue(this.#deps, number, name, settings, firstSeq);
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    this.#byName.set(name, queue);
    return queue;
  }

  #gone(queue: LiveQueue, why: Refusal): void {
    queue.whyGone = why;
    if (this.#byName.get(queue.name) === queue) this.#byName.delete(queue.name);
  }

  #wants(queue: LiveQueue): void {
    this.#dirty.push(queue);
    this.#world.sink.scheduleFlush();
  }

  #hadEnough(session: LiveSession): void {
    this.block(session);
    this.#full.push(session);
    this.#world.sink.scheduleFlush();
  }

  /** Leases have numbers of another run, which no later one may have. */
  #takeRun(extra: number, taken: () => void): void {
    const { isStored, storing } = this.#world;
    if (!isStored) return taken();
    writeLeasesRecord(storing.begin(), extra);
    storing.insist({
      stored: () => {
        taken();
        for (const queue of this.#byName.values()) queue.changed();
      },
    });
  }

  #grave(name: string, of: LiveQueue): LiveQueue | undefined {
    if (name === of.name) return undefined;
    const known = this.#byName.get(name);
    if (known !== undefined) return known.isEnding ? undefined : known;
    return this.isFull ? undefined : this.make(name, graveyardSettings(of.isDurable));
  }
}

/** A map of what a client says, as what `readSettings` takes. */
export function saidOf(
  args: ReadonlyMap<string, EnvelopeValue> | null,
  without: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries([...(args ?? [])].filter(([key]) => !without.includes(key)));
}
