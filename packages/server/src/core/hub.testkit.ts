// A whole core with a hand-moved clock and clients that are lists of what they were sent: no socket, no timer.

import { client, framesOf, messagesOf, type WireFrame } from "@fanwire/testkit";
import { Broker } from "./broker.ts";
import type { Claims } from "./claims.ts";
import type { Clock } from "./clock.ts";
import { type Credentials, noCredentials } from "./credentials.ts";
import { flowBounds } from "./flow.ts";
import type { Link } from "./link.ts";
import type { Rate } from "./rate-limit.ts";
import type { Refusal } from "./refusal.ts";
import type { RestoreFaults } from "./restore.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";
import type { Sink } from "./sink.ts";

const plenty = (limit: string): Rate => ({ perSecond: 1_000_000, burst: 1_000_000, limit });

/** Open, as a hub without keys is. */
const defaults: Settings = {
  isOpen: true,
  tokenGraceMs: 25_000,
  tokenAgeMaxMs: 86_400_000,
  tokenToleranceMs: 10_000,
  subjectConnectionsMax: 32,
  subjectPatternsMax: 256,
  rates: {
    publish: plenty("publishPerSecond"),
    publishBytes: plenty("publishBytesPerSecond"),
    subscribe: plenty("subscribePerSecond"),
    auth: plenty("authPerSecond"),
    ping: plenty("pingPerSecond"),
    excess: plenty("excessPerSecond"),
  },
  newTopics: plenty("newTopicsPerSecond"),
  isStored: true,
  pendingPerTopicMax: 1024,
  pendingBytesMax: 67_108_864,
  payloadBytesMax: 65_536,
  batchBytesMax: 262_144,
  greetingMs: 10_000,
  greetingBytesMax: 8192,
  subscriptionsMax: 4096,
  patternsMax: 64,
  consumersMax: 1000,
  topicsMax: 1_000_000,
  unsentBytesMax: 1_048_576,
  nodeUnsentBytesMax: 1_073_741_824,
  keptBytesMax: 1_073_741_824,
  topics: [],
  queues: new Map(),
  flow: flowBounds,
  pingMs: 25_000,
  pingTimeoutMs: 10_000,
};

/** A client: what it was sent, as it came. */
export class TestClient implements Link<Session> {
  session: Session | undefined = undefined;
  readonly name: string;
  readonly #hub: TestHub;
  /** One entry a write: its messages. */
  writes: Uint8Array[][] = [];
  /** The buffers of the last write, as they were given. */
  buffers: Uint8Array[] = [];
  isWelcome = false;
  closedWith: { code: number; text: string } | undefined;
  /** What its socket says it holds after each write. */
  unsentBytes = 0;
  /** Payload bytes of messages since WELCOME. */
  receivedBytes = 0;

  constructor(hub: TestHub, name: string) {
    this.#hub = hub;
    this.name = name;
  }

  /** Frames in one message, in a turn of their own. */
  send(...frames: readonly Uint8Array[]): void {
    this.say(...frames);
    this.#hub.flush();
  }

  /** Frames in one message; the turn goes on. */
  say(...frames: readonly Uint8Array[]): void {
    this.#hub.broker.received(this, concat(frames));
  }

  /** All frames since the last call. */
  take(): WireFrame[] {
    const frames = this.writes.flat().flatMap((message) => framesOf(message));
    this.writes = [];
    return frames;
  }

  /** Those of one opcode since the last call; the others are lost. */
  takeOnly(op: number): WireFrame[] {
    return this.take().filter(([opcode]) => opcode === op);
  }

  /** Says that all it was sent is received. */
  see(): void {
    this.send(client.seen(this.receivedBytes));
  }

  disconnect(): void {
    this.#hub.broker.closed(this);
  }
}

export class TestHub implements Sink {
  readonly clock: Clock = { now: 1000, time: 1_700_000_000_000 };
  readonly broker: Broker;
  isFlushScheduled = false;
  wakesAt: number = Infinity;
  /** What could not be taken of what was stored. */
  faults: RestoreFaults = { undurable: [], unknown: 0 };
  /** Records that the store has not answered. */
  appended: Uint8Array[] = [];
  /** Records that are stored; an LSN is the place in the list, from 1. */
  readonly stored: Uint8Array[] = [];
  /** Tokens that wait to be verified. */
  readonly asked: { readonly link: Link<Session>; readonly id: number; readonly token: string }[] =
    [];
  #opened = 0;

  constructor(settings: Partial<Settings> = {}, runId: number = 7, leasesPerRun?: number) {
    const run = { id: runId, firstStream: 100, firstEpoch: 5000 + (runId - 7) * 1000 };
    const all = { ...defaults, ...settings };
    this.broker = new Broker(all, this, this.clock, { ...run, leasesPerRun });
  }

  /** A client whose WebSocket is open. */
  connect(name: string = `c${this.#opened}`, credentials: Credentials = noCredentials): TestClient {
    const opened = new TestClient(this, name);
    this.broker.opened(opened, `session-${this.#opened++}`, "secret", credentials);
    return opened;
  }

  /** A client that was let in with these claims, and whose WELCOME was taken. `flow`: it says what it has seen. */
  joinAs(claims: Claims, flow: boolean = false): TestClient {
    const joined = this.connect(claims.subject, { token: null, claims });
    joined.send(client.hello(1, flow));
    joined.take();
    joined.receivedBytes = 0;
    return joined;
  }

  /** The store has written so many of what it was given: all. */
  store(count: number = this.appended.length): void {
    const records = this.appended.splice(0, count);
    const firstLsn = this.stored.length + 1;
    this.stored.push(...records);
    this.broker.stored(records.length, firstLsn);
    this.flush();
  }

  /** The store has no room for so many of what it was given: all. */
  refuse(count: number = this.appended.length): void {
    this.broker.notStored(this.appended.splice(0, count).length);
    this.flush();
  }

  /** The outcome of the token that waits longest to be verified. */
  verified(outcome: Claims | Refusal): void {
    this.sayVerified(outcome);
    this.flush();
  }

  /** The same; the turn goes on. */
  sayVerified(outcome: Claims | Refusal): void {
    const { link, id } = this.asked.shift()!;
    this.broker.verified(link, id, outcome);
  }

  /** A client that was welcomed, and whose WELCOME was taken. `flow`: it says what it has seen. */
  join(name?: string, flow: boolean = false): TestClient {
    const joined = this.connect(name);
    joined.send(client.hello(1, flow));
    joined.take();
    joined.receivedBytes = 0;
    return joined;
  }

  /** Ends the turn: rounds until nothing is left, in slices of `writesMax`. */
  flush(writesMax: number = Infinity): void {
    while (this.isFlushScheduled) this.slice(writesMax);
  }

  /** One slice of a round. */
  slice(writesMax: number): void {
    this.isFlushScheduled = false;
    if (this.broker.flush(writesMax)) this.isFlushScheduled = true;
  }

  /** Moves the clock, and lets the core act on every deadline on the way. */
  advance(ms: number): void {
    const end = this.clock.now + ms;
    while (this.wakesAt <= end) {
      this.#moveTo(Math.max(this.wakesAt, this.clock.now));
      this.wakesAt = Infinity;
      this.broker.tick();
      this.flush();
    }
    this.#moveTo(end);
  }

  #moveTo(now: number): void {
    this.clock.time += now - this.clock.now;
    this.clock.now = now;
  }

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(bytes).fill(0xc1); // what is not written shows
  }

  send(link: Link<Session>, messages: Uint8Array): number {
    return this.sendAll(link, [messages]);
  }

  sendAll(link: Link<Session>, pieces: readonly Uint8Array[]): number {
    const to = link as TestClient;
    to.buffers = [...pieces];
    const messages = pieces.flatMap((piece) => messagesOf(piece));
    to.writes.push(messages);
    for (const message of messages) to.receivedBytes += message.length;
    return to.unsentBytes;
  }

  close(link: Link<Session>, code: number, text: string): void {
    (link as TestClient).closedWith = { code, text };
  }

  welcomed(link: Link<Session>): void {
    (link as TestClient).isWelcome = true;
  }

  verify(link: Link<Session>, id: number, token: string): void {
    this.asked.push({ link, id, token });
  }

  append(record: Uint8Array, to: number): void {
    this.appended.push(record.slice(0, to));
  }

  scheduleFlush(): void {
    this.isFlushScheduled = true;
  }

  wakeAt(now: number): void {
    this.wakesAt = Math.min(this.wakesAt, now);
  }
}

function concat(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
