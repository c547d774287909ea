// The door: upgrades on the hub's own path become connections, and those that may not are answered as HTTP.

import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { closeCodes, subprotocol } from "@fanwire/protocol";
import { Socket } from "node:net";
import { type Server as WebSockets, WebSocketServer } from "ws";
import type { Desk } from "../ports/desk.ts";
import type { FrameBounds } from "./frame-parser.ts";
import { handshakeAnswer, offersOurs, whyNoHandshake } from "./handshake.ts";
import { PlainConnection } from "./plain-connection.ts";
import { WsConnection } from "./ws-connection.ts";

export interface ListenerSettings {
  readonly path: string;
  /** Whether a request may come in, from what is known of it; otherwise a sentence that says why not. */
  readonly admits: (request: IncomingMessage) => string | undefined;
  readonly batchBytesMax: number;
  readonly connectionsMax: number;
  /** Serve plain sockets without `ws`. */
  readonly isPlain: boolean;
}

/** How soon to try again when there are as many connections as there may be, in seconds. */
const RETRY_AFTER_S = 5;

export class Listener {
  readonly #desk: Desk;
  readonly #settings: ListenerSettings;
  readonly #bounds: FrameBounds;
  readonly #wss: WebSockets<typeof WsConnection>;
  readonly #servers = new Map<Server, (...args: UpgradeArguments) => void>();
  #connections = 0;
  #isStopping = false;
  #whenEmpty: (() => void) | undefined;

  constructor(desk: Desk, settings: ListenerSettings) {
    this.#desk = desk;
    this.#settings = settings;
    this.#bounds = { messageBytesMax: settings.batchBytesMax, fragmentsMax: FRAGMENTS_MAX };
    this.#wss = new WebSocketServer<typeof WsConnection>({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: settings.batchBytesMax,
      WebSocket: WsConnection,
      handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
      ...HOSTILE_INPUT,
    });
  }

  /** Connections that are open, whatever became of their sessions. */
  get connections(): number {
    return this.#connections;
  }

  /** Takes over the upgrades of a server's requests for the hub's path. */
  attach(server: Server): void {
    if (this.#servers.has(server)) return;
    const onUpgrade = (...[request, stream, head]: UpgradeArguments): void => {
      const isOurs = pathOf(request) === this.#settings.path;
      if (isOurs) this.#upgrade(request, stream, head);
      else if (server.listenerCount("upgrade") === 1)
        refuse(stream, 404, `WebSockets are at ${this.#settings.path}.`);
    };
    this.#servers.set(server, onUpgrade);
    server.on("upgrade", onUpgrade);
  }

  /** No more connections: upgrades are told to come back. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Resolves when no connection is open. */
  async emptied(): Promise<void> {
    if (this.#connections > 0)
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
  }

  /** Gives back what {@link attach} took. */
  detach(): void {
    for (const [server, onUpgrade] of this.#servers) server.off("upgrade", onUpgrade);
    this.#servers.clear();
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const why = this.#whyNot(request);
    if (why !== undefined) return refuse(stream, ...why);
    if (this.#settings.isPlain && stream instanceof Socket) this.#openPlain(request, stream, head);
    else this.#openByLibrary(request, stream, head);
  }

  #openPlain(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const why = whyNoHandshake(request);
    if (why !== undefined) return refuse(socket, ...why);
    socket.write(handshakeAnswer(request));
    const connection = new PlainConnection(socket, this.#desk, this.#bounds, this.#onGone);
    this.#connections++;
    connection.begin(head);
    if (!offersOurs(request)) connection.shut(closeCodes.unsupported.code, OFFER);
  }

  #openByLibrary(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on("error", onStreamError);
    this.#wss.handleUpgrade(request, stream, head, (connection) => {
      stream.off("error", onStreamError);
      this.#connections++;
      connection.on("close", this.#onGone);
      connection.begin(this.#desk, stream);
      if (connection.protocol !== subprotocol) connection.close(closeCodes.unsupported.code, OFFER);
    });
  }

  readonly #onGone = (): void => {
    this.#connections--;
    if (this.#connections === 0) this.#whenEmpty?.();
  };

  #whyNot(request: IncomingMessage): [status: number, sentence: string] | undefined {
    if (hasBody(request)) return [400, "An upgrade has no body."];
    const why = this.#settings.admits(request);
    if (why !== undefined) return [403, why];
    if (this.#isStopping) return [503, "The hub is stopping; connect again."];
    if (this.#connections >= this.#settings.connectionsMax)
      return [503, `The hub has ${this.#settings.connectionsMax} connections, as many as it may.`];
    return undefined;
  }
}

type UpgradeArguments = [request: IncomingMessage, stream: Duplex, head: Buffer];

/** What a client is told that offers no subprotocol of ours. */
const OFFER = `Offer the subprotocol ${subprotocol}.`;

/** Frames that one message may be cut into. */
const FRAGMENTS_MAX = 64;

/** Bounds of what a client may make `ws` do; newer than its type declarations. */
const HOSTILE_INPUT: object = {
  maxFragments: FRAGMENTS_MAX,
  maxBufferedChunks: 1024,
  maxPendingAutoPongs: 16,
  closeTimeout: 5000,
};

function onStreamError(this: Duplex): void {
  this.destroy();
}

function pathOf(request: IncomingMessage): string {
  const { url = "/" } = request;
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

/** Such a request is not at its end when the upgrade comes, and its body would be read as frames. */
function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function refuse(stream: Duplex, status: number, sentence: string): void {
  const body = `${sentence}\n`;
  stream.on("error", onStreamError);
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      "Content-Type: text/plain; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(status === 503 ? [`Retry-After: ${RETRY_AFTER_S}`] : []),
      ...(status === 426 ? ["Sec-WebSocket-Version: 13"] : []),
      "",
      body,
    ].join("\r\n"),
    () => stream.destroy(),
  );
}
