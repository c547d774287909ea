// The opening handshake of a WebSocket, from the server's side (RFC 6455, section 4.2).

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { subprotocol } from "@fanwire/protocol";

/** What every server adds to the key of the client before it hashes it. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/u;

/** What is wrong with a request that asks for a WebSocket: the status to answer it with, and a sentence; undefined when nothing is. */
export function whyNoHandshake({
  method,
  headers,
}: IncomingMessage): [status: number, sentence: string] | undefined {
  if (method !== "GET") return [405, "A WebSocket is asked for by GET."];
  if (headers.upgrade?.toLowerCase() !== "websocket")
    return [400, "Only an upgrade to websocket is possible."];
  if (!KEY.test(headers["sec-websocket-key"] ?? ""))
    return [400, "Sec-WebSocket-Key must be 16 bytes in base64."];
  return headers["sec-websocket-version"] === "13"
    ? undefined
    : [426, "This hub speaks version 13 of the WebSocket protocol."];
}

/** Whether the client offers our subprotocol. */
export function offersOurs({ headers }: IncomingMessage): boolean {
  const offered = headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((name) => name.trim() === subprotocol);
}

/** The answer that opens the WebSocket. */
export function handshakeAnswer(request: IncomingMessage): string {
  const key = request.headers["sec-websocket-key"]!;
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${createHash("sha1")
      .update(key + GUID)
      .digest("base64")}`,
    ...(offersOurs(request) ? [`Sec-WebSocket-Protocol: ${subprotocol}`] : []),
    "",
    "",
  ].join("\r\n");
}
