// Stands before a server and hands on every WebSocket message, in both directions. It counts them, can be cut, keeps what it is told to keep,
// and can go on with that by itself, faster than any server publishes.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { Replay, type Replayed, type Said } from "./replay.ts";

const HOST = "127.0.0.1";

/** Messages of the last connection, in both directions. */
export interface Counts {
  readonly up: number;
  readonly down: number;
}

/** A client, and the connection to the server that stands for it. */
interface Pair {
  readonly near: WebSocket;
  readonly far: WebSocket;
  readonly socket: Socket;
}

/** Listens on a port of its own. To be closed by whoever opened it. */
export class Relay {
  readonly #server: Server;
  readonly #upstream: number;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: ([first]) => first ?? false,
  });
  #pair: Pair | undefined;
  #counts = { up: 0, down: 0 };
  #kept: Said[] | undefined;
  #replay: Replay | undefined;
  #isCut = false;

  private constructor(upstream: number) {
    this.#upstream = upstream;
    this.#server = createServer();
    this.#server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (this.#isCut) socket.destroy();
      else
        this.#sockets.handleUpgrade(request, socket, head, (near) =>
          this.#join(near, socket, request.url ?? "/"),
        );
    });
  }

  /** In front of this port of the same machine. */
  static async open(upstream: number): Promise<Relay> {
    const relay = new Relay(upstream);
    await new Promise<void>((resolve) => {
      relay.#server.listen(0, HOST, resolve);
    });
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  counts(): Counts {
    return this.#counts;
  }

  /** From now on, what the server says to the client that came last is kept. */
  record(): void {
    this.#kept = [];
  }

  /** Says what was kept again and again, as fast as the client takes it. `isNumbered`: publications of fanwire, whose offsets go on. */
  flood(isNumbered: boolean): void {
    if (this.#pair === undefined || this.#kept === undefined)
      throw new TypeError("Nobody is there, or nothing was recorded.");
    this.#replay = new Replay(this.#pair.socket, this.#kept, isNumbered);
  }

  /** Ends that. */
  calm(): Replayed {
    if (this.#replay === undefined) throw new TypeError("There is no flood.");
    return this.#replay.end();
  }

  /** Nobody gets through any more. */
  cut(): void {
    this.#isCut = true;
    this.#pair?.socket.destroy();
  }

  /** Whoever comes gets through again, and is counted anew. */
  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: WebSocket, socket: Socket, path: string): void {
    const protocols = near.protocol === "" ? [] : [near.protocol];
    const far = new WebSocket(`ws://${HOST}:${this.#upstream}${path}`, protocols, {
      perMessageDeflate: false,
    });
    const counts = { up: 0, down: 0 };
    this.#counts = counts;
    this.#pair = { near, far, socket };
    const opened = new Promise<void>((resolve) => {
      far.once("open", resolve);
    });
    near.on("message", (body: Buffer, isBinary) => {
      counts.up++;
      // what is said during a flood is about more than the server knows of
      if (this.#replay === undefined) void opened.then(() => far.send(body, { binary: isBinary }));
    });
    far.on("message", (body: Buffer, isBinary) => {
      counts.down++;
      this.#kept?.push({ body, isBinary });
      if (this.#replay === undefined) near.send(body, { binary: isBinary });
    });
    near.on("close", () => far.terminate());
    far.on("close", () => near.terminate());
    for (const end of [near, far]) end.on("error", () => end.terminate());
  }
}
