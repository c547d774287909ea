// One client's WebSocket on a plain TCP or TLS socket, without a library between: the frames of the hub are written as they are, and
// those of the client are read where they lie. There may be tens of thousands of these, so the socket's listeners are shared
// functions, and what only some need is made when they do.

import { Socket } from "node:net";
import type { Credentials, Desk, Wire } from "../ports/desk.ts";
import { closeFrame, pongFrame } from "./control-frames.ts";
import { type FrameBounds, FrameParser, type FrameSink } from "./frame-parser.ts";

/** How long the other side may take to answer a close, in milliseconds. */
const CLOSE_MS = 5000;

/** A client that leaves this much unread and still pings is not answered, in bytes. */
const PONG_UNSENT_MAX = 65_536;

/** Up to this many bytes several pieces are copied into one buffer: a write of several buffers costs more than the copy. */
const COPIED_BYTES_MAX = 16_384;

/** Where a socket keeps the connection that it belongs to. */
const owner: unique symbol = Symbol("connection");

interface OwnedSocket extends Socket {
  [owner]: PlainConnection;
}

/** Whoever counts connections. */
export interface Counter {
  /** The client was let in. */
  welcomed(connection: Counted): void;
  /** The connection is closed. */
  gone(connection: Counted): void;
}

export interface Counted {
  /** Where it counts as waiting until it is let in; null when it does not. */
  neighbourhood: string | null;
}

export class PlainConnection implements Wire, Counted, FrameSink {
  session: Wire["session"] = undefined;
  neighbourhood: string | null;
  readonly #socket: Socket;
  readonly #desk: Desk;
  readonly #counter: Counter;
  readonly #parser: FrameParser;
  #state: "open" | "closing" | "closed" = "open";
  #timer: NodeJS.Timeout | null = null;

  constructor(
    socket: Socket,
    desk: Desk,
    bounds: FrameBounds,
    counter: Counter,
    neighbourhood: string | null,
  ) {
    this.#socket = socket;
    this.#desk = desk;
    this.#counter = counter;
    this.neighbourhood = neighbourhood;
    this.#parser = new FrameParser(bounds, this);
    (socket as OwnedSocket)[owner] = this;
  }

  /** Begins to listen. `head`: what came behind the request. */
  begin(head: Buffer, credentials: Credentials): void {
    const socket = this.#socket;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on("data", onData);
    socket.on("drain", onDrain);
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
    this.#desk.opened(this, credentials);
    if (head.length > 0) this.read(head);
    socket.resume();
  }

  write(messages: Uint8Array): number {
    if (this.#state !== "open") return 0;
    return this.#socket.write(messages) ? 0 : this.#socket.writableLength;
  }

  writeAll(messages: readonly Uint8Array[]): number {
    if (this.#state !== "open") return 0;
    const socket = this.#socket;
    let bytes = 0;
    for (const piece of messages) bytes += piece.length;
    if (bytes <= COPIED_BYTES_MAX) return this.write(Buffer.concat(messages, bytes));
    socket.cork();
    for (const piece of messages) socket.write(piece);
    socket.uncork();
    return socket.writableLength;
  }

  welcomed(): void {
    this.#counter.welcomed(this);
  }

  shut(code: number, text: string): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#socket.write(closeFrame(code, text));
    this.#timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS).unref();
  }

  read(chunk: Buffer): void {
    if (!this.#parser.isOver) this.#parser.read(chunk);
  }

  drained(): void {
    if (this.#state === "open") this.#desk.drained(this);
  }

  /** The other side sends no more: a WebSocket is over then. */
  ended(): void {
    this.#socket.end();
  }

  closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#desk.closed(this);
    this.#counter.gone(this);
  }

  // frame-parser.ts

  onBinary(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === "open") this.#desk.received(this, bytes, from, to);
  }

  onText(): void {
    if (this.#state === "open") this.#desk.receivedText(this);
  }

  onPing(payload: Uint8Array): void {
    if (this.#state === "open" && this.#socket.writableLength < PONG_UNSENT_MAX)
      this.#socket.write(pongFrame(payload));
  }

  /** Answers a close, or learns that its own was answered; then it is the server who closes the socket. */
  onClose(code: number | undefined): void {
    if (this.#state === "open") this.shut(code ?? NORMAL, "");
    this.#socket.end();
  }

  onFault(code: number, text: string): void {
    this.shut(code, text);
    this.#socket.end();
  }
}

/** What a close without a code is answered with. */
const NORMAL = 1000;

function onData(this: Socket, chunk: Buffer): void {
  (this as OwnedSocket)[owner].read(chunk);
}

function onDrain(this: Socket): void {
  (this as OwnedSocket)[owner].drained();
}

function onEnd(this: Socket): void {
  (this as OwnedSocket)[owner].ended();
}

/** A reset, a broken pipe: `close` follows. */
function onError(): void {}

function onClose(this: Socket): void {
  (this as OwnedSocket)[owner].closed();
}
