// A server that does what no hub would, on a real socket; and time that goes faster, as its clients wait for long.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { decodeEach, encodePayload } from "@fanwire/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { type Client, openClient } from "./client.ts";
import { hub } from "./fake-hub.testkit.ts";
import type { Frame } from "./frames.ts";
import type { ClientOptions } from "./options.ts";
import type { Diagnostic } from "./report.ts";
import type { Runtime } from "./runtime.ts";
import type { Status } from "./status.ts";

const HELLO = 1;
const SUBSCRIBE = 3;
const PUBLISH = 5;
const PING = 8;

/** Time that goes so many times faster than the platform's. Sets no timer to what is no time: a real one would ring at once, again and again. */
class FastTime implements Runtime {
  /** Times that are none. */
  readonly faults: unknown[] = [];
  readonly #speed: number;

  constructor(speed: number) {
    this.#speed = speed;
  }

  now(): number {
    return performance.now() * this.#speed;
  }

  wallNow(): number {
    return Date.now();
  }

  random(): number {
    return 0.5;
  }

  setTimer(run: () => void, ms: number): unknown {
    if (!(ms >= 0)) this.faults.push(ms);
    return ms < 2 ** 31 ? setTimeout(run, ms / this.#speed) : undefined;
  }

  clearTimer(timer: unknown): void {
    clearTimeout(timer as NodeJS.Timeout);
  }
}

/** A frame of these elements, as MessagePack writes them. */
export const frame = (...elements: readonly unknown[]): Uint8Array => encodePayload(elements);

/** A connection, as the server has it. */
export class Peer {
  readonly socket: WebSocket;
  /** Below the WebSocket. */
  readonly raw: Socket;
  /** Which one it is, from 1. */
  readonly count: number;
  readonly #asked = new Map<number, (frame: Frame) => void>();

  constructor(socket: WebSocket, raw: Socket, count: number) {
    this.socket = socket;
    this.raw = raw;
    this.count = count;
    socket.on("error", () => {});
    raw.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      // not by the strict reader: what a client was told that cannot be, it may say again
      decodeEach(data, (value) => {
        const said = value as Frame;
        this.#asked.get(said[0] as number)?.(said);
      });
    });
  }

  /** What is done when a frame with this opcode comes. */
  on(op: number, run: (frame: Frame) => void): this {
    this.#asked.set(op, run);
    return this;
  }

  onHello(run: () => void): this {
    return this.on(HELLO, run);
  }

  onPublish(run: (id: number) => void): this {
    return this.on(PUBLISH, ([, id]) => run(id as number));
  }

  onSubscribe(run: (id: number, count: number) => void): this {
    return this.on(SUBSCRIBE, ([, id, entries]) =>
      run(id as number, (entries as readonly unknown[]).length),
    );
  }

  /** Each in a message of its own. */
  say(...messages: readonly (Uint8Array | string)[]): void {
    for (const message of messages) this.socket.send(message);
  }

  /** Does what a hub does, from the beginning. */
  behave(welcome: Uint8Array = hub.welcome()): this {
    return this.onHello(() => this.say(welcome))
      .onSubscribe((id, count) =>
        this.say(hub.granted(id, ...Array.from({ length: count }, (_, n) => ({ sub: n + 1 })))),
      )
      .onPublish((id) => this.say(hub.published(id)))
      .on(PING, ([, n]) => this.say(hub.pong(n as number)));
  }
}

const open: AsyncDisposable[] = [];

/** Ends what a test has opened; after each. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one[Symbol.asyncDispose]()));
}

export class Rogue implements AsyncDisposable {
  readonly #server: Server;
  connections = 0;

  constructor(meet: (peer: Peer) => void) {
    this.#server = createServer();
    const sockets = new WebSocketServer({ server: this.#server });
    sockets.on("connection", (socket, { socket: raw }) =>
      meet(new Peer(socket, raw, ++this.connections)),
    );
    open.push(this);
  }

  async url(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

/** A client, and all that it tells. */
export class Victim implements AsyncDisposable {
  readonly time: FastTime;
  readonly client: Client;
  readonly statuses: Status[] = [];
  readonly diagnostics: Diagnostic[] = [];

  constructor(url: string, options: ClientOptions = {}, speed = 1) {
    this.time = new FastTime(speed);
    const onDiagnostic = (told: Diagnostic): void => void this.diagnostics.push(told);
    this.client = openClient(url, { onDiagnostic, ...options }, this.time);
    this.client.status.subscribe((status) => this.statuses.push(status));
    open.push(this);
  }

  /** Why links were lost, by code. */
  get causes(): string[] {
    return this.statuses.flatMap((status) =>
      "cause" in status && status.cause ? [status.cause.code] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}
