// The HTTP server of a hub that has none to attach to: there is nothing on it but the WebSocket.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** Bounds for slow and greedy clients. Connections that have not sent their request are looked at every 5 s. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16_384,
} as const;

/** `path`: where the WebSocket is, for the sentence that others get. */
export function createHttpServer(path: string): Server {
  const server = createServer(LIMITS, (request, response) => answer(path, request, response));
  server.maxHeadersCount = 100;
  return server;
}

function answer(path: string, request: IncomingMessage, response: ServerResponse): void {
  const text = `This is a fanwire hub. It speaks WebSocket at ${path}, with the subprotocol fanwire.1.\n`;
  response.writeHead(426, {
    Connection: "close",
    Upgrade: "websocket",
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : text);
}
