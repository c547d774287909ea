// The opening handshake of a WebSocket, from the server's side (RFC 6455, section 4.2).

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { subprotocol } from "@fanwire/protocol";

/** What every server adds to the key of the client before it hashes it. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/u;

/** What is wrong with a request that asks for a WebSocket: the status to answer it with, and a sentence; undefined when nothing is. */
export function whyNoHandshake(
  request: IncomingMessage,
): [status: number, sentence: string] | undefined {
  const { method, headers, httpVersion } = request;
  if (method !== "GET") return [405, "A WebSocket is asked for by GET."];
  if (httpVersion !== "1.1") return [400, "A WebSocket is asked for by HTTP/1.1."];
  if (timesOf(request, "host") !== 1) return [400, "A request has one Host."]; // RFC 9112, section 3.2
  if (headers.upgrade?.toLowerCase() !== "websocket")
    return [400, "Only an upgrade to websocket is possible."];
  if (!KEY.test(headers["sec-websocket-key"] ?? ""))
    return [400, "Sec-WebSocket-Key must be 16 bytes in base64."];
  return headers["sec-websocket-version"] === "13"
    ? undefined
    : [426, "This hub speaks version 13 of the WebSocket protocol."];
}

/** How often a header stands in a request, of which Node keeps the first. */
function timesOf({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === name).length;
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
