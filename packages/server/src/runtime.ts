// Between the world and the core: tells it the time and what happened, carries out what it says, and owns its one timer.

import { randomBytes, randomInt } from "node:crypto";
import { Broker } from "./core/broker.ts";
import type { Clock } from "./core/clock.ts";
import type { Link } from "./core/link.ts";
import type { Session } from "./core/session.ts";
import type { Settings } from "./core/settings.ts";
import type { Sink } from "./core/sink.ts";
import type { Authenticator } from "./ports/authenticator.ts";
import type { Credentials, Desk, Wire } from "./ports/desk.ts";
import type { StoreOpened } from "./ports/store.ts";
import type { RestoreFaults } from "./core/restore.ts";
import { Keeper, type Keeping } from "./keeper.ts";

/** A slice of a round takes about this long, in milliseconds; then others have their turn. */
const SLICE_MS = 3;

/** Writes of a slice: the first guess, and what measuring may make of it. */
const SLICE_WRITES = { first: 512, min: 64, max: 65_536 } as const;

/** Node fires a longer timer at once; the core asks again when it is woken too early. */
const TIMER_MS_MAX = 2_147_483_647;

export class Runtime implements Desk, Sink {
  readonly #clock: Clock = { now: Math.floor(performance.now()), time: Date.now() };
  readonly broker: Broker;
  #isFlushScheduled = false;
  #sliceWrites: number = SLICE_WRITES.first;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Infinity;
  readonly #authenticator: Authenticator | null;
  readonly #keeper: Keeper | null;

  /** `authenticator`: null when no tokens are asked for. `keeping`: null when nothing survives. */
  constructor(
    settings: Settings,
    authenticator: Authenticator | null,
    keeping: Keeping | null,
    onStoreFailed: (sentence: string) => void,
  ) {
    this.#authenticator = authenticator;
    this.#keeper = keeping && new Keeper(keeping, () => this.told(), onStoreFailed);
    this.broker = new Broker(settings, this, this.#clock, {
      id: randomInt(1, 2 ** 32),
      firstStream: randomInt(1, 2 ** 30),
      firstEpoch: randomInt(1, 2 ** 47) * 32 + randomInt(1, 32),
    });
  }

  // ports/desk.ts

  opened(wire: Wire, credentials: Credentials): void {
    this.told().opened(wire, randomBytes(12).toString("base64url"), secret(), credentials);
  }

  received(wire: Wire, bytes: Uint8Array, from: number, to: number): void {
    this.told().received(wire, bytes, from, to);
  }

  receivedText(wire: Wire): void {
    this.told().receivedText(wire);
  }

  drained(wire: Wire): void {
    this.told().drained(wire);
  }

  closed(wire: Wire): void {
    this.told().closed(wire);
  }

  /** The core, after it was told the time: what every call into it begins with. */
  told(): Broker {
    // until the round that ends the turn it is the same time
    if (!this.#isFlushScheduled) this.#stamp();
    return this.broker;
  }

  #stamp(): void {
    this.#clock.now = Math.floor(performance.now()); // whole numbers are kept in place, others are made anew each time
    this.#clock.time = Date.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wakesAt = Infinity;
  }

  /** Reads what is stored. Before anything else; rejects with a `StoreError`. */
  async open(): Promise<(StoreOpened & RestoreFaults) | null> {
    return (await this.#keeper?.open()) ?? null;
  }

  /** Everything that was given to the store is answered, and it is closed. */
  async closeStore(): Promise<void> {
    await this.#keeper?.close();
  }

  // core/sink.ts

  append(record: Uint8Array, to: number): void {
    this.#keeper!.append(record, to);
    this.scheduleFlush();
  }

  allocate(bytes: number): Uint8Array {
    return Buffer.allocUnsafe(bytes);
  }

  send(link: Link<Session>, messages: Uint8Array): number {
    return (link as Wire).write(messages);
  }

  sendAll(link: Link<Session>, messages: readonly Uint8Array[]): number {
    return (link as Wire).writeAll(messages);
  }

  close(link: Link<Session>, code: number, text: string): void {
    (link as Wire).shut(code, text);
  }

  welcomed(link: Link<Session>): void {
    (link as Wire).welcomed();
  }

  verify(link: Link<Session>, id: number, token: string): void {
    void this.#authenticator!
      .verify(token)
      .then((outcome) => this.told().verified(link, id, outcome));
  }

  scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(this.#flush);
  }

  wakeAt(now: number): void {
    if (now >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = now;
    this.#timer = setTimeout(this.#wake, timerMs(now - performance.now()));
    this.#timer.unref();
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    const begun = performance.now();
    this.#stamp();
    this.#keeper?.flush();
    if (!this.broker.flush(this.#sliceWrites)) return;
    const scale = SLICE_MS / Math.max(performance.now() - begun, 0.1);
    const writes = Math.round(this.#sliceWrites * Math.min(scale, 2));
    this.#sliceWrites = Math.min(Math.max(writes, SLICE_WRITES.min), SLICE_WRITES.max);
    this.scheduleFlush();
  };

  readonly #wake = (): void => {
    this.#wakesAt = Infinity;
    this.told().tick();
  };
}

function timerMs(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 1), TIMER_MS_MAX);
}

function secret(): string {
  return randomBytes(18).toString("base64url");
}
