// One client's WebSocket: bytes in, bytes out. There may be tens of thousands of these, so the listeners are shared functions
// and the request is not kept.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import type { Desk, Wire } from "../ports/desk.ts";
import { plainSocket, write, writeAll } from "./write.ts";

/** The reason of a close frame has at most 123 bytes (RFC 6455, section 5.5). */
const REASON_BYTES_MAX = 123;

/** A connection is its own WebSocket: `ws` makes one of these for each upgrade. */
export class Connection extends WebSocket implements Wire {
  session: Wire["session"] = undefined;
  #desk: Desk | null = null;
  #socket: Socket | null = null;

  /** Begins to listen. `stream`: what the upgrade was made on. `isRaw`: whether it may be written to directly. */
  begin(desk: Desk, stream: Duplex, isRaw: boolean): void {
    this.#desk = desk;
    this.#socket = isRaw ? plainSocket(stream) : null;
    this.on("message", onMessage);
    this.on("error", onError);
    this.on("close", onClose);
    desk.opened(this);
  }

  write(messages: Uint8Array): number {
    return write(this, this.#socket, messages);
  }

  writeAll(messages: readonly Uint8Array[]): number {
    return writeAll(this, this.#socket, messages);
  }

  shut(code: number, text: string): void {
    this.close(code, shortened(text));
  }

  get desk(): Desk {
    return this.#desk!;
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const connection = this as Connection;
  if (isBinary) connection.desk.received(connection, data as Buffer);
  else connection.desk.receivedText(connection);
}

/** What is wrong with the client's WebSocket, `ws` answers itself with a close code of RFC 6455; `close` follows. */
function onError(): void {}

function onClose(this: WebSocket): void {
  const connection = this as Connection;
  connection.desk.closed(connection);
}

function shortened(text: string): string {
  if (Buffer.byteLength(text) <= REASON_BYTES_MAX) return text;
  return Buffer.from(text)
    .subarray(0, REASON_BYTES_MAX - 3)
    .toString("utf8")
    .replace(/\uFFFD*$/u, "…");
}
