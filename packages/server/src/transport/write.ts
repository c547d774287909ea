// The one function that writes, in its two bodies: one write of the framed bytes where the socket is a plain one, the documented
// `send` of `ws` for each message where it is not. Which one it is, nobody else knows.

import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { eachMessage } from "@fanwire/protocol";
import { WebSocket } from "ws";

/** Up to this many bytes several pieces are copied into one buffer: a write of several buffers costs more than the copy. */
const COPIED_BYTES_MAX = 16_384;

const BINARY = { binary: true, compress: false } as const;

/** The socket below a WebSocket when bytes may be written to it directly: `net.Socket`, and `tls.TLSSocket` which extends it. */
export function plainSocket(stream: Duplex): Socket | null {
  return stream instanceof Socket ? stream : null;
}

/** Writes framed messages. `socket`: what {@link plainSocket} said. Returns the bytes that the network has not taken. */
export function write(ws: WebSocket, socket: Socket | null, messages: Uint8Array): number {
  if (ws.readyState !== WebSocket.OPEN) return 0;
  if (socket !== null) return socket.write(messages) ? 0 : socket.writableLength;
  eachMessage(messages, (message) => ws.send(message, BINARY));
  return ws.bufferedAmount;
}

/** The same for messages in several buffers, as one write. */
export function writeAll(
  ws: WebSocket,
  socket: Socket | null,
  pieces: readonly Uint8Array[],
): number {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  if (bytes <= COPIED_BYTES_MAX) return write(ws, socket, Buffer.concat(pieces, bytes));
  socket?.cork();
  let unsent = 0;
  for (const piece of pieces) unsent = write(ws, socket, piece);
  socket?.uncork();
  return socket === null ? unsent : socket.writableLength;
}
