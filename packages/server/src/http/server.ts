// The HTTP server of a hub that has none to attach to: the WebSocket's door, and a few routes for those who have a token.

import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { TlsFiles } from "./tls.ts";

/** Bounds for slow and greedy clients. Connections that have not sent their request are looked at every 5 s. */
export const httpBounds: ServerOptions & TlsOptions = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 5000,
  keepAliveTimeout: 5000,
  maxHeaderSize: 16_384,
  /** For TLS to begin. */
  handshakeTimeout: 10_000,
};

/** Sockets beside those of connections: requests, and upgrades that are being answered. */
const SPARE_SOCKETS = 1000;

/** `connectionsMax`: WebSockets at a time. */
export function createHttpServer(
  answer: RequestListener,
  tls: TlsFiles | null,
  connectionsMax: number,
  bounds: ServerOptions & TlsOptions = httpBounds,
): Server {
  const server =
    tls === null
      ? createServer(bounds, answer)
      : new TlsServer({ ...bounds, ...tls.read(), minVersion: "TLSv1.2" }, answer);
  server.maxHeadersCount = 100;
  server.maxRequestsPerSocket = 1000;
  server.maxConnections = connectionsMax + SPARE_SOCKETS;
  return server;
}

/** Closes, when all are to be closed, those too that have not begun to speak TLS. */
class TlsServer extends HttpsServer {
  readonly #sockets = new Set<Socket>();

  constructor(options: ServerOptions & TlsOptions, answer: RequestListener) {
    super(options, answer);
    this.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }
}
