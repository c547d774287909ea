// One client's WebSocket where the stream below it is not a plain socket: by `ws`, and what it documents.

import type { Duplex } from "node:stream";
import { eachMessage } from "@fanwire/protocol";
import { type RawData, WebSocket } from "ws";
import type { Credentials, Desk, Wire } from "../ports/desk.ts";
import { shortened } from "./control-frames.ts";
import type { Counted, Counter } from "./plain-connection.ts";

const BINARY = { binary: true, compress: false } as const;

/** A connection is its own WebSocket: `ws` makes one of these for each upgrade. */
export class WsConnection extends WebSocket implements Wire, Counted {
  session: Wire["session"] = undefined;
  neighbourhood: string | null = null;
  #counter: Counter | null = null;
  #desk: Desk | null = null;
  #stream: Duplex | null = null;
  #isHeldBack = false;

  /** Begins to listen. `stream`: what the upgrade was made on. */
  begin(desk: Desk, stream: Duplex, counter: Counter, credentials: Credentials): void {
    this.#desk = desk;
    this.#stream = stream;
    this.#counter = counter;
    this.on("message", onMessage);
    this.on("error", onError);
    this.on("close", onClose);
    desk.opened(this, credentials);
  }

  write(messages: Uint8Array): number {
    if (this.readyState !== WebSocket.OPEN) return 0;
    eachMessage(messages, (message) => this.send(message, BINARY));
    return this.#held();
  }

  writeAll(pieces: readonly Uint8Array[]): number {
    for (const piece of pieces) this.write(piece);
    return this.readyState === WebSocket.OPEN ? this.bufferedAmount : 0;
  }

  welcomed(): void {
    this.#counter!.welcomed(this);
  }

  /** The connection is closed. */
  ended(): void {
    this.#desk!.closed(this);
    this.#counter!.gone(this);
  }

  shut(code: number, text: string): void {
    this.close(code, shortened(text));
  }

  get desk(): Desk {
    return this.#desk!;
  }

  /** Only a connection that holds bytes back has a listener for their end. */
  #held(): number {
    const unsent = this.bufferedAmount;
    if (unsent > 0 && !this.#isHeldBack) {
      this.#isHeldBack = true;
      this.#stream!.once("drain", () => {
        this.#isHeldBack = false;
        this.desk.drained(this);
      });
    }
    return unsent;
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const connection = this as WsConnection;
  const bytes = data as Buffer;
  if (isBinary) connection.desk.received(connection, bytes, 0, bytes.length);
  else connection.desk.receivedText(connection);
}

/** What is wrong with the client's WebSocket, `ws` answers itself with a close code of RFC 6455; `close` follows. */
function onError(): void {}

function onClose(this: WebSocket): void {
  (this as WsConnection).ended();
}
