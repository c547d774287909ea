// Sends publications as fast as bytes can be copied: each topic has its frames ready, masked, and only the markers are filled in.

import { frame, headBytes, keyAt, type Message } from "./frame.ts";
import type { Ledger } from "./ledger.ts";
import { markersIn, stamp } from "./marker.ts";
import type { Outgoing, Wire } from "./wire.ts";

/** Framed messages, with the places of their markers and how the mask falls on them. */
export interface Template {
  readonly bytes: Uint8Array;
  readonly marks: readonly { readonly at: number; readonly key: number }[];
}

/** Frames the messages and finds the markers in them. */
export function templateOf(messages: readonly Message[]): Template {
  const frames = messages.map(frame);
  const marks: { at: number; key: number }[] = [];
  let start = 0;
  for (const [index, { body }] of messages.entries()) {
    const head = headBytes(body.length);
    for (const at of markersIn(body)) marks.push({ at: start + head + at, key: keyAt(at) });
    start += frames[index]!.length;
  }
  return { bytes: Buffer.concat(frames), marks };
}

/** What is to be published. */
export interface Content {
  readonly topics: readonly string[];
  readonly payload: Uint8Array;
  /** Publications of one topic in one message, where the language has that. */
  readonly perMessage: number;
}

/** Writes publications to one socket, topic after topic. */
export class Publisher {
  readonly perMessage: number;
  readonly #templates: readonly Template[];
  readonly #ledger: Ledger;
  readonly #write: (bytes: Uint8Array) => void;
  #topic = 0;

  constructor(
    wire: Wire,
    { topics, payload, perMessage }: Content,
    ledger: Ledger,
    write: (bytes: Uint8Array) => void,
  ) {
    this.#ledger = ledger;
    this.#write = write;
    this.perMessage = perMessage;
    this.#templates = topics.map((topic, index) =>
      templateOf(messagesFor(wire, { topic, index, payload }, perMessage)),
    );
  }

  /** Publishes at least one message and at most as many publications; returns how many. One write. */
  publish(count: number, now: number): number {
    const messages = Math.max(1, Math.floor(count / this.perMessage));
    const chosen: number[] = [];
    let bytes = 0;
    for (let i = 0; i < messages; i++) {
      chosen.push(this.#topic);
      bytes += this.#templates[this.#topic]!.bytes.length;
      this.#topic = (this.#topic + 1) % this.#templates.length;
    }
    const out = Buffer.allocUnsafeSlow(bytes); // the socket may keep it
    const view = new DataView(out.buffer);
    let at = 0;
    for (const topic of chosen) at = this.#fill(out, view, at, topic, now);
    this.#write(out);
    return messages * this.perMessage;
  }

  #fill(out: Buffer, view: DataView, at: number, topic: number, now: number): number {
    const { bytes, marks } = this.#templates[topic]!;
    out.set(bytes, at);
    for (const mark of marks)
      stamp(view, at + mark.at, mark.key, this.#ledger.next[topic]!++, this.#ledger.publish(), now);
    return at + bytes.length;
  }
}

function messagesFor(wire: Wire, outgoing: Outgoing, perMessage: number): readonly Message[] {
  const several = Array.from({ length: perMessage }, () => outgoing);
  if (perMessage === 1) return wire.publish(outgoing);
  return wire.publishMany?.(several) ?? several.flatMap((one) => wire.publish(one));
}
