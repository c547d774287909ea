// The hub's own core on the time of a world. What is durable is in a list, and outlives the run.

import {
  Broker,
  type Claims,
  type Clock,
  type Link,
  LocalClient,
  noCredentials,
  type Refusal,
  type Session,
  type Settings,
  type Sink,
} from "@fanwire/server/inside";
import type { LocalHandler, LocalPublished, LocalPublishOptions } from "@fanwire/server";
import { below } from "./chance.ts";
import type { WorldClock } from "./world-clock.ts";

/** A connection, as the hub speaks to it. */
export interface HubEnd extends Link<Session> {
  /** Whole WebSocket messages, which nobody changes afterwards. */
  write(messages: Uint8Array): void;
  shut(code: number, text: string): void;
}

/** What a token says, or why it is not good. */
export type Verify = (token: string) => Claims | Refusal;

/** Where a topic is. */
interface TopicPlace {
  /** What tells it on the wire. */
  readonly number: number;
  readonly epoch: number;
  /** The offset of its last publication. */
  readonly head: number;
}

const STOPPED = "The hub is stopped: start() it first.";

/** Epochs of a run; those of the next one are beyond them. */
const epochsOfRun = 2 ** 32;

const silent = { info() {}, warn() {}, error() {} };

export class HubCore implements Sink {
  readonly #settings: Settings;
  readonly #time: WorldClock;
  readonly #verify: Verify;
  readonly #onPublication: LocalHandler;
  readonly #clock: Clock = { now: 0, time: 0 };
  readonly #stored: Uint8Array[] = [];
  /** Records of this turn. */
  #records: Uint8Array[] = [];
  #broker: Broker;
  #local!: LocalClient;
  #runs = 0;
  #isFlushScheduled = false;
  #wakesAt = Infinity;
  #wakes: unknown;
  isRunning = true;

  /** `onPublication`: hears of everything that is published. */
  constructor(settings: Settings, time: WorldClock, verify: Verify, onPublication: LocalHandler) {
    this.#settings = settings;
    this.#time = time;
    this.#verify = verify;
    this.#onPublication = onPublication;
    this.#broker = this.#begin();
  }

  /** The core, after it was told the time. */
  told(): Broker {
    this.#clock.now = Math.floor(this.#time.now());
    this.#clock.time = Math.floor(this.#time.wallNow());
    return this.#broker;
  }

  /** The hub's process is killed: what is not stored is lost. */
  stop(): void {
    this.isRunning = false;
    this.#time.clearTimer(this.#wakes);
    this.#wakesAt = Infinity;
    this.#records = [];
    this.#local.shut();
  }

  /** Another one begins with what is stored. */
  start(): void {
    this.isRunning = true;
    this.#broker = this.#begin();
  }

  opened(end: HubEnd, id: string): void {
    this.told().opened(end, id, `secret of ${id}`, noCredentials);
  }

  publish(topic: string, data: unknown, options?: LocalPublishOptions): LocalPublished {
    if (!this.isRunning) throw new TypeError(STOPPED);
    return this.#local.publish(topic, data, options);
  }

  /** It is followed from now on, so that it is not forgotten. */
  placeOf(topic: string): TopicPlace {
    if (!this.isRunning) throw new TypeError(STOPPED);
    const deaf: HubEnd = { session: undefined, write() {}, shut() {} };
    const stream = this.told().subscribe(this.told().openedLocal(deaf, "hub"), topic);
    if ("text" in stream) throw new TypeError(stream.text);
    if (!("head" in stream)) throw new TypeError(`${topic} is a pattern: name one topic.`);
    return stream as unknown as TopicPlace;
  }

  // what the core says

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  send(link: Link<Session>, messages: Uint8Array): number {
    // sessions of the hub's own process take frames at once
    (link as HubEnd).write(messages);
    return 0;
  }

  sendAll(link: Link<Session>, pieces: readonly Uint8Array[]): number {
    for (const piece of pieces) this.send(link, piece);
    return 0;
  }

  close(link: Link<Session>, code: number, text: string): void {
    (link as HubEnd).shut(code, text);
  }

  welcomed(): void {}

  verify(link: Link<Session>, id: number, token: string): void {
    this.#later(() => this.told().verified(link, id, this.#verify(token)));
  }

  append(record: Uint8Array, to: number): void {
    this.#records.push(record.slice(0, to));
    this.scheduleFlush();
  }

  scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.#later(() => this.#flush());
  }

  wakeAt(now: number): void {
    if (now >= this.#wakesAt) return;
    this.#time.clearTimer(this.#wakes);
    this.#wakesAt = now;
    this.#wakes = this.#time.at(now, () => {
      this.#wakesAt = Infinity;
      this.told().tick();
    });
  }

  #begin(): Broker {
    const run = ++this.#runs;
    this.#isFlushScheduled = false;
    const broker = new Broker(this.#settings, this, this.#clock, {
      id: run,
      firstStream: 1 + below(this.#time.random, 2 ** 30),
      firstEpoch: run * epochsOfRun,
    });
    this.#broker = broker;
    const restore = this.told().restore();
    for (const [i, record] of this.#stored.entries()) restore.record(record, i + 1);
    broker.restored(restore, 1, this.#stored.length + 1, run);
    this.#local = new LocalClient(() => this.told(), silent);
    this.#local.subscribe("**", this.#onPublication);
    return broker;
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    const records = this.#records;
    this.#records = [];
    if (records.length > 0) this.#later(() => this.#store(records));
    if (this.told().flush(Infinity)) this.scheduleFlush();
  }

  #store(records: readonly Uint8Array[]): void {
    const firstLsn = this.#stored.length + 1;
    this.#stored.push(...records);
    this.told().stored(records.length, firstLsn);
  }

  /** In a turn of its own, if this run lasts until then. */
  #later(task: () => void): void {
    const run = this.#runs;
    this.#time.at(this.#time.now(), () => {
      if (this.isRunning && run === this.#runs) task();
    });
  }
}
