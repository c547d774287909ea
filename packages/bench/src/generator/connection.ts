// A client: bytes in, messages out. It knows WebSocket frames and nothing of sockets, so that a test can feed it byte by byte. While
// the client is set up, messages are kept for whoever waits for them; after that they are counted where they lie.

import type { EachTopic } from "./each-topic.ts";
import { CLOSE, frame, type Message, PING, PONG } from "./frame.ts";
import { type Lane, MESSAGE_BYTES_MAX, READ_AT } from "./lane.ts";
import type { Ledger } from "./ledger.ts";
import type { Client, Wire } from "./wire.ts";

/** Where a client's bytes go. */
export interface Outlet {
  write(bytes: Uint8Array): void;
  end(): void;
}

/** Who the client is. */
export interface Role {
  readonly lane: Lane;
  readonly wire: Wire;
  readonly ledger: Ledger;
  /** The topic that it follows, or one of the ledger's special ones. */
  readonly topic: number;
  readonly each: EachTopic | null;
  readonly isTimed: boolean;
  /** What it presents with the upgrade. */
  readonly token?: string | undefined;
}

/** The bytes after which HTTP ends and WebSocket begins. */
const HEAD_END = Buffer.from("\r\n\r\n", "latin1");

/** A client of a server under test. */
export class Connection implements Client {
  readonly lane: Lane;
  readonly ledger: Ledger;
  readonly topic: number;
  readonly each: EachTopic | null;
  readonly isTimed: boolean;
  expected = 0;
  /** The code with which the server closed, 1006 when it just went; 0 while it is open. */
  closed = 0;
  /** What the wire keeps of this client. */
  state: unknown = null;
  readonly #wire: Wire;
  readonly #inbox: Message[] = [];
  #outlet: Outlet | undefined;
  #phase: "upgrading" | "joining" | "live" = "upgrading";
  #wake: (() => void) | undefined;
  #stash: Buffer | undefined;
  #stashed = 0;

  constructor(role: Role) {
    this.lane = role.lane;
    this.ledger = role.ledger;
    this.topic = role.topic;
    this.each = role.each;
    this.isTimed = role.isTimed;
    this.#wire = role.wire;
  }

  /** The connection is open: sends the upgrade and waits for its answer. */
  async open(outlet: Outlet, request: string): Promise<void> {
    this.#outlet = outlet;
    outlet.write(Buffer.from(request, "latin1"));
    await this.#until(() => this.#phase !== "upgrading");
  }

  /** Messages are counted from here on. */
  begin(): void {
    this.#phase = "live";
  }

  send(...messages: readonly Message[]): void {
    this.#outlet?.write(
      messages.length === 1 ? frame(messages[0]!) : Buffer.concat(messages.map(frame)),
    );
  }

  /** Bytes that are frames already. */
  write(bytes: Uint8Array): void {
    this.#outlet?.write(bytes);
  }

  end(): void {
    this.#outlet?.end();
  }

  /** The next message, while the client is being set up. */
  async receive(): Promise<Message> {
    await this.#until(() => this.#inbox.length > 0);
    return this.#inbox.shift()!;
  }

  /** So many bytes have been read into the lane. */
  feed(count: number): void {
    const { lane } = this;
    const end = READ_AT + count;
    let at = READ_AT - this.#stashed;
    if (this.#stashed > 0) this.#stash!.copy(lane.bytes, at, 0, this.#stashed);
    this.#stashed = 0;
    if (this.#phase === "upgrading") at = this.#readHead(at, end);
    if (this.#phase !== "upgrading") at = this.#readMessages(at, end);
    if (at < end) this.#keep(at, end);
  }

  /** The connection is gone. */
  lost(): void {
    if (this.closed === 0) this.closed = 1006;
    this.#wake?.();
  }

  #readMessages(from: number, end: number): number {
    const { bytes } = this.lane;
    let at = from;
    while (at + 2 <= end) {
      const short = bytes[at + 1]!;
      let head = 2;
      let length = short;
      if (short >= 126) {
        head = short === 126 ? 4 : 10;
        if (at + head > end) break;
        length =
          short === 126 ? (bytes[at + 2]! << 8) | bytes[at + 3]! : bytes.readUInt32BE(at + 6);
        if (length > MESSAGE_BYTES_MAX) throw new RangeError(`A message has ${length} bytes.`);
      }
      if (at + head + length > end) break;
      const opcode = bytes[at]!;
      at += head + length;
      if (opcode === 0x82 && this.#phase === "live") this.#wire.take(this, at - length, at);
      else this.#other(opcode, at - length, at);
    }
    return at;
  }

  #other(first: number, from: number, to: number): void {
    const opcode = first & 0x0f;
    const body = Uint8Array.from(this.lane.bytes.subarray(from, to));
    if (opcode === PING) this.send({ opcode: PONG, body });
    else if (opcode === CLOSE) this.closed = to - from < 2 ? 1005 : (body[0]! << 8) | body[1]!;
    else if (first < 0x80 || opcode === 0) throw new TypeError("A message came in fragments.");
    else if (this.#phase === "live") this.#wire.takeText?.(this, body);
    else {
      this.#inbox.push({ opcode, body });
      this.#wake?.();
    }
  }

  #readHead(from: number, end: number): number {
    const head = this.lane.bytes.subarray(from, end);
    const length = head.indexOf(HEAD_END);
    if (length < 0) return from;
    const status = head.toString("latin1", 0, head.indexOf("\r"));
    if (!status.startsWith("HTTP/1.1 101")) throw new TypeError(`The upgrade got "${status}".`);
    this.#phase = "joining";
    this.#wake?.();
    return from + length + HEAD_END.length;
  }

  #keep(at: number, end: number): void {
    const length = end - at;
    if (this.#stash === undefined || this.#stash.length < length)
      this.#stash = Buffer.allocUnsafeSlow(Math.max(1024, 2 ** Math.ceil(Math.log2(length))));
    this.lane.bytes.copy(this.#stash, 0, at, end);
    this.#stashed = length;
  }

  async #until(isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    if (this.closed !== 0) throw new Error(`The server closed a connection (${this.closed}).`);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await this.#until(isSo);
  }
}
