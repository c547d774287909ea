// A hub that says what a test tells it to, over sockets that never wait, with a clock that is moved by hand.

import {
  authOk,
  type CaughtUpFrame,
  caughtUpFrame,
  endedFrame,
  errorCodes,
  type ErrorName,
  type GapFrame,
  gapFrame,
  historyFrame,
  markFrame,
  movingFrame,
  downPingFrame,
  downPongFrame,
  type EnvelopeValue,
  encodePayload,
  type Granted,
  patternPublicationFrame,
  plainOk,
  publicationFrame,
  publishOk,
  type PublishOk,
  readOk,
  type ReadOk,
  refusedFrame,
  type SubscribeOutcome,
  subscribeOk,
  type Tail,
  welcomeFrame,
} from "@fanwire/protocol";
import { batch, bytesOf, framesOf, type WireFrame } from "@fanwire/testkit";
import { type Client, openClient } from "./client.ts";
import type { Contract } from "./contract.ts";
import type { ClientOptions } from "./options.ts";
import type { Runtime } from "./runtime.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that a test moves. */
export class HandClock implements Runtime {
  readonly timers: Set<Timer> = new Set();
  /** What `random` gives. */
  chance = 0.5;
  #now = 1000;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + 1_700_000_000_000;
  }

  random(): number {
    return this.chance;
  }

  setTimer(run: () => void, ms: number): unknown {
    if (ms >= 2 ** 31) return undefined;
    const timer = { at: this.#now + ms, run };
    this.timers.add(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    this.timers.delete(timer as Timer);
  }

  /** Moves on, and runs each timer at its time. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await turn();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await turn();
    }
    this.#now = until;
  }

  /** The process sleeps: time passes, and no timer runs before it wakes. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  #next(until: number): Timer | undefined {
    return [...this.timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  }
}

/** Lets all microtasks run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(0);
  });
}

/** The hub's end of a socket, and the client's. */
export class FakeSocket {
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;
  binaryType = "blob";
  readonly url: string;
  readonly protocols: unknown;
  /** Messages of the client. */
  readonly messages: Uint8Array[] = [];
  /** What the client closed it with. */
  closeCode: number | undefined;

  constructor(url: string, protocols: unknown) {
    this.url = url;
    this.protocols = protocols;
  }

  send(message: Uint8Array): void {
    this.messages.push(new Uint8Array(message));
  }

  close(code: number): void {
    this.closeCode = code;
  }

  /** All frames of the client. */
  get frames(): WireFrame[] {
    return this.messages.flatMap(framesOf);
  }

  /** The frames with this opcode. */
  framesOf(op: number): WireFrame[] {
    return this.frames.filter((frame) => frame[0] === op);
  }

  open(): void {
    this.onopen?.();
  }

  /** Frames in one message. */
  say(...frames: readonly Uint8Array[]): void {
    this.onmessage?.({ data: batch(...frames).buffer });
  }

  /** Opens, and welcomes the client. */
  welcome(
    limits: Readonly<Record<string, number>> = {},
    session = "s1",
    leftMs: number | null = null,
  ): void {
    this.open();
    this.say(hub.welcome(limits, session, leftMs));
  }

  /** The hub or the network closes it. */
  end(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason });
  }
}

const entries = (
  record: Readonly<Record<string, EnvelopeValue>>,
): ReadonlyMap<string, EnvelopeValue> => new Map(Object.entries(record));

/** What a publication may have beside its data. */
type More = Partial<Omit<Tail, "meta">> & { meta?: Readonly<Record<string, EnvelopeValue>> };

const tail = (data: unknown, { meta, ...more }: More): Tail => ({
  time: 1,
  from: null,
  encoding: 3,
  payload: encodePayload(data),
  ...more,
  meta: meta ? entries(meta) : null,
});

/** A frame of a hub, by its short name. */
export const hub = {
  /** `leftMs`: until the token expires, by the hub's clock. */
  welcome: (
    limits: Readonly<Record<string, number>> = {},
    session = "s1",
    leftMs: number | null = null,
  ): Uint8Array =>
    bytesOf(welcomeFrame, {
      version: 1,
      session,
      secret: "secret",
      now: 1_700_000_000_000,
      limits: entries(limits),
      features: [],
      expires: leftMs && 1_700_000_000_000 + leftMs,
    }),
  authOk: (id: number, expires: number): Uint8Array => bytesOf(authOk, { id, expires }),
  ok: (id: number): Uint8Array => bytesOf(plainOk, { id }),
  granted: (
    id: number,
    ...outcomes: readonly (Partial<Granted> | SubscribeOutcome)[]
  ): Uint8Array => bytesOf(subscribeOk, { id, outcomes: outcomes.map(outcome) }),
  published: (id: number, more: Partial<PublishOk> = {}): Uint8Array =>
    bytesOf(publishOk, { id, alias: 7, epoch: 5, offset: 1, level: 0, duplicate: false, ...more }),
  refused: (id: number, name: ErrorName, retryAfterMs: number | null = null): Uint8Array =>
    hub.refusedAs(id, errorCodes[name].code, retryAfterMs),
  refusedAs: (
    id: number,
    code: number,
    retryAfterMs: number | null = null,
    topic: string | number | null = null,
    count: number | null = null,
  ): Uint8Array =>
    bytesOf(refusedFrame, { id, code, text: "Because.", retryAfterMs, topic, count }),
  publication: (sub: number, offset: number, data: unknown, more: More = {}): Uint8Array =>
    bytesOf(publicationFrame, { sub, offset, ...tail(data, more) }),
  patternPublication: (
    sub: number,
    topic: string,
    offset: number,
    data: unknown,
    more: More = {},
  ): Uint8Array =>
    bytesOf(patternPublicationFrame, { sub, topic, epoch: 5, offset, ...tail(data, more) }),
  history: (id: number, offset: number, data: unknown, more: More = {}): Uint8Array =>
    bytesOf(historyFrame, { id, offset, ...tail(data, more) }),
  read: (id: number, more: Partial<Omit<ReadOk, "op" | "id">> = {}): Uint8Array =>
    bytesOf(readOk, { id, epoch: 5, next: null, head: 0, ...more }),
  gap: (sub: number, more: Partial<Omit<GapFrame, "op" | "sub">>): Uint8Array =>
    bytesOf(gapFrame, {
      sub,
      topic: null,
      epoch: null,
      next: null,
      missed: null,
      reason: 6,
      ...more,
    }),
  ended: (sub: number, name: ErrorName): Uint8Array =>
    bytesOf(endedFrame, { sub, code: errorCodes[name].code, text: "Because." }),
  caughtUp: (sub: number, more: Partial<Omit<CaughtUpFrame, "op" | "sub">> = {}): Uint8Array =>
    bytesOf(caughtUpFrame, { sub, epoch: null, offset: null, mark: null, ...more }),
  mark: (sub: number, n: number): Uint8Array => bytesOf(markFrame, { sub, mark: Uint8Array.of(n) }),
  ping: (n: number): Uint8Array => bytesOf(downPingFrame, { n }),
  pong: (n: number): Uint8Array => bytesOf(downPongFrame, { n }),
  moving: (reconnectAfterMs: number): Uint8Array => bytesOf(movingFrame, { reconnectAfterMs }),
} as const;

function outcome(told: Partial<Granted> | SubscribeOutcome): SubscribeOutcome {
  if (told.granted === false) return told;
  return { granted: true, sub: 1, epoch: 5, head: 0, mark: null, replay: 0, ...told };
}

/** A client, the sockets that it opened, and its time. */
export class Bench<const C extends Contract = Contract> {
  readonly clock: HandClock = new HandClock();
  readonly sockets: FakeSocket[] = [];
  readonly client: Client<C>;

  /** `chance`: what `random` gives. */
  constructor(options: ClientOptions<C> = {}, chance = 0.5) {
    const { sockets } = this;
    this.clock.chance = chance;
    class Socket extends FakeSocket {
      constructor(url: string, protocols: unknown) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    this.client = openClient(
      "ws://hub.test/",
      { WebSocket: Socket as unknown as typeof WebSocket, ...options },
      this.clock,
    );
  }

  /** The socket that was opened last. */
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Uses the client, so that it connects, and welcomes it. */
  async welcome(limits?: Readonly<Record<string, number>>): Promise<FakeSocket> {
    void this.client.ready();
    this.socket.welcome(limits);
    await turn();
    return this.socket;
  }

  /** Answers the last PUBLISH. */
  confirm(more?: Partial<PublishOk>): void {
    const [, id] = this.socket.framesOf(5).at(-1)!;
    this.socket.say(hub.published(id as number, more));
  }

  /** Answers the last SUBSCRIBE. */
  grant(...outcomes: readonly (Partial<Granted> | SubscribeOutcome)[]): void {
    const [, id] = this.socket.framesOf(3).at(-1)!;
    this.socket.say(hub.granted(id as number, ...outcomes));
  }
}
