// MQTT 3.1.1 over WebSocket, QoS 0. Packets and messages have nothing to do with each other (section 6 of the standard): a packet may come in
// several messages, so what came is joined again for each client.

import { BINARY, type Message } from "../frame.ts";
import type { Client, Outgoing, Wire } from "../wire.ts";

/** Types of packets, in the high four bits of the first byte. */
const CONNECT = 0x10;
const PUBLISH = 0x30;
const SUBSCRIBE = 0x82;

/** Clean session, and no keep-alive. */
const CONNECT_HEAD = Uint8Array.of(0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0);

const LONG_ENOUGH = 65_536;
const joined = new WeakMap<Client, Stream>();
let clients = 0;

/** MQTT 3.1.1. */
export const mqtt: Wire = {
  path: "/",
  subprotocol: "mqtt",

  async subscribe(client, patterns) {
    await connect(client);
    const entries = patterns.flatMap((topic) => [text(topic), Uint8Array.of(0)]);
    client.send(packet(SUBSCRIBE, Uint8Array.of(0, 1), ...entries));
    await bytesOf(client, 4 + patterns.length); // SUBACK
  },

  announce: connect,

  publish: ({ topic, payload }: Outgoing) => [packet(PUBLISH, text(topic), payload)],

  take(client: Client, from: number, to: number) {
    let stream = joined.get(client);
    if (stream === undefined) joined.set(client, (stream = new Stream()));
    stream.add(client, from, to);
  },
};

/** The packets of one client. */
class Stream {
  readonly #bytes = Buffer.alloc(LONG_ENOUGH * 2);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
  #end = 0;

  add(client: Client, from: number, to: number): void {
    client.lane.bytes.copy(this.#bytes, this.#end, from, to);
    this.#end += to - from;
    let at = 0;
    for (let next = this.#packetEnd(0); next > 0; next = this.#packetEnd(at)) {
      if ((this.#bytes[at]! & 0xf0) === PUBLISH) this.#take(client, at);
      at = next;
    }
    this.#bytes.copyWithin(0, at, this.#end);
    this.#end -= at;
  }

  /** Where the packet at `at` ends; 0 when it is not all there. */
  #packetEnd(at: number): number {
    let length = 0;
    for (let i = 1; i <= 4 && at + i < this.#end; i++) {
      const byte = this.#bytes[at + i]!;
      length += (byte & 0x7f) * 128 ** (i - 1);
      if (byte < 0x80) return at + 1 + i + length <= this.#end ? at + 1 + i + length : 0;
    }
    return 0;
  }

  #take(client: Client, at: number): void {
    let head = at + 1;
    while (this.#bytes[head]! >= 0x80) head++;
    const topicBytes = this.#bytes.readUInt16BE(head + 1);
    client.ledger.take(client, this.#view, head + 3 + topicBytes, client.lane.now);
  }
}

async function connect(client: Client): Promise<void> {
  client.send(packet(CONNECT, CONNECT_HEAD, text(`bench-${process.pid}-${clients++}`)));
  await bytesOf(client, 4); // CONNACK
}

/** Waits for an answer of this length, in however many messages. */
async function bytesOf(client: Client, count: number): Promise<void> {
  const { body } = await client.receive();
  if (body.length < count) await bytesOf(client, count - body.length);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length), bytes]);
}

function packet(type: number, ...parts: readonly Uint8Array[]): Message {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = body.length; left > 0 || length.length === 0; left >>= 7)
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  return { opcode: BINARY, body: Buffer.concat([Uint8Array.of(type, ...length), body]) };
}
