// The door: upgrades on the hub's own path become connections, and those that may not are answered as HTTP.

import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { closeCodes, subprotocol } from "@fanwire/protocol";
import { Socket } from "node:net";
import { type Server as WebSockets, WebSocketServer } from "ws";
import type { Credentials, Desk } from "../ports/desk.ts";
import { Admission, type AdmissionBounds } from "./admission.ts";
import { Arrival } from "./arrival.ts";
import type { FrameBounds } from "./frame-parser.ts";
import { handshakeAnswer, offersOurs, whyNoHandshake } from "./handshake.ts";
import { type Counted, type Counter, PlainConnection } from "./plain-connection.ts";
import { WsConnection } from "./ws-connection.ts";

export interface ListenerSettings {
  readonly path: string;
  /** Whether a request may come in, from what is known of it; otherwise a sentence that says why not. */
  readonly admits: (request: IncomingMessage) => string | undefined;
  /** What it presents; a sentence when that cannot be good. */
  readonly credentials: (request: IncomingMessage) => Credentials | string;
  /** Where it counts while it waits for WELCOME; null when that is not bounded. */
  readonly neighbourhood: (request: IncomingMessage) => string | null;
  readonly batchBytesMax: number;
  readonly connectionsMax: number;
  readonly waitingPerAddressMax: number;
  /** The pace at which connections come in; null: any. */
  readonly pace: AdmissionBounds | null;
  /** Serve plain sockets without `ws`. */
  readonly isPlain: boolean;
}

/** How soon to try again when there are as many connections as there may be, in seconds. */
const RETRY_AFTER_S = 5;

/** A request that is answered without a WebSocket: the status, a sentence, and after how many seconds to try again. */
type Answer = readonly [status: number, sentence: string, retryAfterS?: number];

export class Listener implements Counter {
  readonly #desk: Desk;
  readonly #settings: ListenerSettings;
  readonly #bounds: FrameBounds;
  readonly #admission: Admission | null;
  readonly #wss: WebSockets<typeof WsConnection>;
  readonly #servers = new Map<Server, (...args: UpgradeArguments) => void>();
  /** By neighbourhood: connections that wait for WELCOME. */
  readonly #waiting = new Map<string, number>();
  #connections = 0;
  #isHeld = false;
  #isStopping = false;
  #whenEmpty: (() => void) | undefined;
  /** How often each limit was reached, by the name of its option. */
  readonly limited: Record<string, number> = {};

  constructor(desk: Desk, settings: ListenerSettings) {
    this.#desk = desk;
    this.#settings = settings;
    this.#admission = settings.pace && new Admission(settings.pace);
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

  /** Connections that are open or wait to be, whatever became of their sessions. */
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
        refuse(stream, [404, `WebSockets are at ${this.#settings.path}.`]);
    };
    this.#servers.set(server, onUpgrade);
    server.on("upgrade", onUpgrade);
  }

  /** Upgrades are told to come back, until {@link open}. */
  hold(): void {
    this.#isHeld = true;
  }

  open(): void {
    this.#isHeld = false;
  }

  /** No more connections: upgrades are told to come back, and so are those that wait for their turn. */
  stop(): void {
    this.#isStopping = true;
    this.#admission?.stop();
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

  welcomed(connection: Counted): void {
    const { neighbourhood } = connection;
    if (neighbourhood === null) return;
    connection.neighbourhood = null;
    const waiting = this.#waiting.get(neighbourhood)! - 1;
    if (waiting > 0) this.#waiting.set(neighbourhood, waiting);
    else this.#waiting.delete(neighbourhood);
  }

  gone(connection: Counted): void {
    this.welcomed(connection);
    this.#connections--;
    if (this.#connections === 0) this.#whenEmpty?.();
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const why = this.#whyNot(request, stream);
    if (why !== undefined) return refuse(stream, why);
    const credentials = this.#settings.credentials(request);
    if (typeof credentials === "string") return refuse(stream, [401, credentials]);
    const arrival = new Arrival(stream, this.#settings.neighbourhood(request), {
      admitted: () => this.#open(request, stream, head, credentials, arrival),
      left: () => {
        this.#admission!.leave(arrival);
        this.gone(arrival);
      },
    });
    this.#came(arrival);
    if (this.#admission === null) return arrival.admit();
    const retryAfterS = this.#admission.apply(arrival);
    if (retryAfterS === undefined) return arrival.hold();
    this.gone(arrival);
    this.#limit("connectPerSecond");
    refuse(stream, [503, "New connections come too fast; try again later.", retryAfterS]);
  }

  /** It counts from now on, while it waits for its turn and when it has it. */
  #came({ neighbourhood }: Counted): void {
    this.#connections++;
    if (neighbourhood !== null)
      this.#waiting.set(neighbourhood, (this.#waiting.get(neighbourhood) ?? 0) + 1);
  }

  /** `arrival` gives what it counts to the connection, or back when there will be none. */
  #open(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    credentials: Credentials,
    arrival: Counted,
  ): void {
    if (this.#isStopping) {
      this.gone(arrival);
      return refuse(stream, STOPPING);
    }
    if (this.#isPlain(stream)) this.#openPlain(request, stream, head, credentials, arrival);
    else this.#openByLibrary(request, stream, head, credentials, arrival);
  }

  #openPlain(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    credentials: Credentials,
    { neighbourhood }: Counted,
  ): void {
    socket.write(handshakeAnswer(request));
    const connection = new PlainConnection(socket, this.#desk, this.#bounds, this, neighbourhood);
    connection.begin(head, credentials);
    if (!offersOurs(request)) connection.shut(closeCodes.unsupported.code, OFFER);
  }

  #openByLibrary(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    credentials: Credentials,
    arrival: Counted,
  ): void {
    const onRefused = (): void => this.gone(arrival);
    stream.on("error", onStreamError);
    stream.on("close", onRefused);
    this.#wss.handleUpgrade(request, stream, head, (connection) => {
      stream.off("error", onStreamError);
      stream.off("close", onRefused);
      connection.neighbourhood = arrival.neighbourhood;
      connection.begin(this.#desk, stream, this, credentials);
      if (connection.protocol !== subprotocol) connection.close(closeCodes.unsupported.code, OFFER);
    });
  }

  #isPlain(stream: Duplex): stream is Socket {
    return this.#settings.isPlain && stream instanceof Socket;
  }

  #whyNot(request: IncomingMessage, stream: Duplex): Answer | undefined {
    const { admits, connectionsMax, waitingPerAddressMax, neighbourhood } = this.#settings;
    if (hasBody(request)) return [400, "An upgrade has no body."];
    const why = admits(request);
    if (why !== undefined) return [403, why];
    if (this.#isHeld) return STARTING;
    if (this.#isStopping) return STOPPING;
    if (this.#connections >= connectionsMax) {
      this.#limit("connectionsMax");
      return [503, `The hub has ${connectionsMax} connections, as many as it may.`];
    }
    const where = neighbourhood(request);
    if (where === null || (this.#waiting.get(where) ?? 0) < waitingPerAddressMax)
      return this.#isPlain(stream) ? whyNoHandshake(request) : undefined;
    this.#limit("waitingPerAddressMax");
    return [
      429,
      `${waitingPerAddressMax} connections of this address wait for WELCOME, as many as may.`,
    ];
  }

  #limit(name: string): void {
    this.limited[name] = (this.limited[name] ?? 0) + 1;
  }
}

type UpgradeArguments = [request: IncomingMessage, stream: Duplex, head: Buffer];

const STARTING: Answer = [503, "The hub is starting; connect again."];
const STOPPING: Answer = [503, "The hub is stopping; connect again."];

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

function refuse(stream: Duplex, [status, sentence, retryAfterS = RETRY_AFTER_S]: Answer): void {
  const body = `${sentence}\n`;
  stream.on("error", onStreamError);
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      "Content-Type: text/plain; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(status === 503 || status === 429 ? [`Retry-After: ${retryAfterS}`] : []),
      ...(status === 426 ? ["Sec-WebSocket-Version: 13"] : []),
      ...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
      "",
      body,
    ].join("\r\n"),
    () => stream.destroy(),
  );
}
