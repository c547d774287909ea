// A world for the test of an application: a hub in memory, clients of it, and everything that can happen between them.

import type { Client, ClientOptions } from "@fanwire/client";
import { openClient } from "@fanwire/client/runtime";
import {
  type CloseName,
  closeCodes,
  closeSentences,
  covers,
  type ErrorName,
  errorCodes,
  errorSentences,
  isPattern,
  type Pattern,
} from "@fanwire/protocol";
import type {
  LocalPublication,
  LocalPublished,
  LocalPublishOptions,
  Revocation,
  TokenClaims,
} from "@fanwire/server";
import { seeded } from "./chance.ts";
import { HubCore } from "./hub-core.ts";
import { Line, type Network, type Request, requests } from "./line.ts";
import type { Loss } from "./losses.ts";
import { settingsFor, type TestHubOptions } from "./options.ts";
import { socketOf } from "./socket.ts";
import { Tokens } from "./tokens.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { WorldClock } from "./world-clock.ts";

/** A hub in memory and its clients. Nothing is on a network, and no time passes but what a test lets pass. */
export interface TestHub extends AsyncDisposable {
  /** Milliseconds since the world began. */
  readonly now: number;
  /** The time, as people read it, in milliseconds since 1970. */
  readonly time: number;

  /** Another client: the real one, on the time of this world. `WebSocket` is not asked for. */
  client(options?: ClientOptions): Client;
  /** A token for a hub that asks for them (`tokens: true`). Throws a TypeError for claims that no hub would take. */
  token(claims: TokenClaims): string;
  /** Withdraws tokens, as the hub does. Returns how many connections were closed by it. */
  revoke(revocation: Revocation): number;
  /** Publishes as the hub's own process. */
  publish(topic: string, data: unknown, options?: LocalPublishOptions): LocalPublished;
  /** What was published to a topic, or to those that a pattern matches (`**`: all), by anybody, in order. */
  published(pattern: string): readonly LocalPublication[];
  /** Connections of clients that stand, or that no side has noticed the end of. */
  readonly connections: readonly Connection[];

  /** Resolves when all that can happen without time has happened. */
  settle(): Promise<void>;
  /** Lets so many milliseconds pass: whatever is due happens at its time. */
  advance(ms: number): Promise<void>;

  /** The client's connection is lost, with what was on its way; both sides hear of that. The client comes back by itself. */
  cut(client: Client): void;
  /** The connection is cut, and none can be opened until {@link plug}. */
  unplug(client: Client): void;
  plug(client: Client): void;
  /** Nothing arrives any more, and neither side hears of that, until one of them finds out. `only`: one way, to the hub (up) or to the client (down). */
  freeze(client: Client, only?: "up" | "down"): void;
  /** From now on everything that is said takes so many milliseconds, each way; 0: none. */
  delay(client: Client, ms: number): void;
  /** The next `count` publications and jobs of the client arrive twice. */
  duplicate(client: Client, count: number): void;
  /** The next `count` publications of the topic reach nobody who follows it; behind the last of them everybody is told the gap. They are kept, where the topic keeps any. */
  gap(topic: string, count: number): void;
  /** The next request of this kind is refused, as if the hub had refused it. */
  refuse(
    client: Client,
    request: Request,
    code: ErrorName,
    options?: { readonly retryAfterMs?: number },
  ): void;
  /** The hub closes the connection. */
  kick(client: Client, why: CloseName): void;
  /** The hub's process is killed: all connections are cut, and none can be opened. */
  stop(): void;
  /** Another process goes on with what was durable. */
  start(): void;
  /** Closes all clients. */
  close(): Promise<void>;
}

/** Clients wait so long for what they published to be answered before they close, in milliseconds. */
const closingMs = 10_000;

/** Makes a world. Throws a TypeError for an option that cannot be. */
export function createTestHub(options: TestHubOptions = {}): TestHub {
  return new World(options);
}

class World implements TestHub {
  readonly #clock: WorldClock;
  readonly #hub: HubCore;
  readonly #tokens: Tokens;
  readonly #published: LocalPublication[] = [];
  readonly #losses: Loss[] = [];
  readonly #lines = new Map<Client, Line>();
  readonly #network: Network;
  #sessions = 0;

  constructor({ seed = 1, time = 1_700_000_000_000, ...options }: TestHubOptions) {
    const settings = settingsFor(options);
    const clock = new WorldClock(Number(time), seeded(seed));
    this.#clock = clock;
    this.#tokens = new Tokens(settings, () => clock.wallNow());
    this.#hub = new HubCore(
      settings,
      clock,
      (token) => this.#tokens.verify(token),
      (publication) => this.#published.push(publication),
    );
    this.#network = {
      hub: this.#hub,
      clock,
      losses: this.#losses,
      nextSession: () => `session-${++this.#sessions}`,
    };
  }

  get now(): number {
    return this.#clock.now();
  }

  get time(): number {
    return this.#clock.wallNow();
  }

  client(options: ClientOptions = {}): Client {
    const line = new Line(this.#network);
    const client = openClient(
      "ws://hub.test/",
      { ...options, WebSocket: socketOf(line) },
      this.#clock,
    );
    this.#lines.set(client, line);
    return client;
  }

  token(claims: TokenClaims): string {
    return this.#tokens.make(claims);
  }

  revoke(revocation: Revocation): number {
    return this.#hub.told().revoke(revocation);
  }

  publish(topic: string, data: unknown, options?: LocalPublishOptions): LocalPublished {
    return this.#hub.publish(topic, data, options);
  }

  published(pattern: string): readonly LocalPublication[] {
    if (!isPattern(pattern))
      throw new TypeError(`${JSON.stringify(pattern)} is no topic or pattern.`);
    return this.#published.filter(({ topic }) => covers(pattern, topic as Pattern));
  }

  get connections(): readonly Connection[] {
    return [...this.#lines].flatMap(([client, { wires }]) =>
      [...wires].map((wire) => connectionOf(client, wire.session)),
    );
  }

  settle(): Promise<void> {
    return this.#clock.settle();
  }

  advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new TypeError(`Time goes forward: not by ${ms} ms.`);
    return this.#clock.pass(ms);
  }

  cut(client: Client): void {
    this.#lineOf(client).cut();
  }

  unplug(client: Client): void {
    const line = this.#lineOf(client);
    line.isUnplugged = true;
    line.cut();
  }

  plug(client: Client): void {
    this.#lineOf(client).isUnplugged = false;
  }

  freeze(client: Client, only?: "up" | "down"): void {
    for (const wire of this.#lineOf(client).wires)
      for (const way of ["up", "down"] as const)
        if (only === undefined || only === way) wire.freeze(way);
  }

  delay(client: Client, ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw new TypeError(`A delay is a time, not ${ms}.`);
    this.#lineOf(client).delayMs = ms;
  }

  duplicate(client: Client, count: number): void {
    this.#lineOf(client).duplicates += whole(count);
  }

  gap(topic: string, count: number): void {
    const { number, epoch, head } = this.#hub.placeOf(topic);
    const before = this.#losses.findLast((loss) => loss.number === number);
    const first = Math.max(head, before?.last ?? 0) + 1;
    this.#losses.push({ topic, number, epoch, first, last: first + whole(count) - 1 });
  }

  refuse(
    client: Client,
    request: Request,
    code: ErrorName,
    { retryAfterMs }: { readonly retryAfterMs?: number } = {},
  ): void {
    this.#lineOf(client).refusals.push({
      op: requests[request],
      code: errorCodes[code].code,
      text: errorSentences[code],
      retryAfterMs: retryAfterMs ?? null,
    });
  }

  kick(client: Client, why: CloseName): void {
    for (const wire of this.#lineOf(client).wires)
      wire.kick(closeCodes[why].code, closeSentences[why]);
  }

  stop(): void {
    if (!this.#hub.isRunning) return;
    this.#hub.stop();
    for (const line of this.#lines.values()) line.cut();
  }

  start(): void {
    if (!this.#hub.isRunning) this.#hub.start();
  }

  async close(): Promise<void> {
    const closed = [...this.#lines.keys()].map((client) => client.close());
    await this.advance(closingMs);
    await Promise.all(closed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #lineOf(client: Client): Line {
    const line = this.#lines.get(client);
    if (line) return line;
    throw new TypeError("This client is not of this world: take one from its client().");
  }
}

function whole(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new TypeError(`How many must be a whole number above 0, not ${count}.`);
}
