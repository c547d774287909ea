// The client's end of a connection: what it uses of a WebSocket.

import type { Line } from "./line.ts";
import { type ClientEnd, Wire } from "./wire.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

class MemorySocket implements ClientEnd {
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: ArrayBuffer }) => void) | undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;
  onerror: (() => void) | undefined;
  binaryType = "arraybuffer";
  readyState: number = CONNECTING;
  readonly url: string;
  readonly #wire: Wire;

  constructor(line: Line, url: string) {
    this.url = url;
    this.#wire = new Wire(line, this);
  }

  send(bytes: Uint8Array): void {
    if (this.readyState === OPEN) this.#wire.fromClient(new Uint8Array(bytes));
  }

  close(code = 1000): void {
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    this.#wire.closeByClient(code);
  }

  // what the wire tells

  opened(): void {
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.onopen?.();
  }

  received(message: Uint8Array<ArrayBuffer>): void {
    if (this.readyState === OPEN) this.onmessage?.({ data: message.buffer });
  }

  ended(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.onclose?.({ code, reason });
  }
}

/** A kind of WebSocket that all lead over this line. */
export function socketOf(line: Line): typeof WebSocket {
  class Socket extends MemorySocket {
    constructor(url: string) {
      super(line, url);
    }
  }
  return Socket as unknown as typeof WebSocket;
}
