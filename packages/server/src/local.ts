// The hub's own process as a client: the same session, the same frames, no socket.

import {
  decodePayload,
  down,
  eachMessage,
  encoding,
  type FrameHead,
  readHead,
  Reader,
  readMeta,
  readPatternPublication,
  readPublication,
  type Tail,
} from "@fanwire/protocol";
import type { Wire } from "./ports/desk.ts";
import type { Logger } from "./ports/logger.ts";

/** A publication as a handler in the hub's own process gets it. */
export interface LocalPublication {
  readonly topic: string;
  /** The payload, decoded: MessagePack and JSON to values, text to a string, anything else as bytes. */
  readonly data: unknown;
  readonly epoch: number;
  readonly offset: number;
  /** When the hub took it, in milliseconds since 1970. */
  readonly time: number;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What gets the publications of a subscription in the hub's own process. */
export type LocalHandler = (publication: LocalPublication) => void;

/** One subscription of the hub's own process. */
export class LocalWire implements Wire {
  session: Wire["session"] = undefined;
  readonly #pattern: string;
  readonly #handler: LocalHandler;
  readonly #logger: Logger;
  /** Of the topic, when the pattern is one: it stays while somebody follows it. */
  epoch = 0;
  #arrived: Uint8Array[] = [];

  constructor(pattern: string, handler: LocalHandler, logger: Logger) {
    this.#pattern = pattern;
    this.#handler = handler;
    this.#logger = logger;
  }

  /** The handler may call the hub, so it runs when the core has returned. */
  write(messages: Uint8Array): number {
    if (this.#arrived.length === 0) queueMicrotask(() => this.#deliver());
    this.#arrived.push(messages);
    return 0;
  }

  writeAll(messages: readonly Uint8Array[]): number {
    for (const piece of messages) this.write(piece);
    return 0;
  }

  welcomed(): void {}

  shut(): void {
    this.#arrived = [];
  }

  #deliver(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const messages of arrived) eachMessage(messages, (message) => this.#read(message));
  }

  #read(message: Uint8Array): void {
    const r = new Reader().reset(message);
    const head: FrameHead = { count: 0, op: 0 };
    while (r.left > 0) {
      readHead(r, head);
      if (head.op === down.PUBLICATION) {
        const frame = readPublication(r, head.count);
        this.#hand(this.#pattern, this.epoch, frame.offset, frame);
      } else if (head.op === down.PATTERN_PUBLICATION) {
        const frame = readPatternPublication(r, head.count);
        this.#hand(frame.topic, frame.epoch, frame.offset, frame);
      } else r.closeTuple(head.count, 1);
    }
  }

  #hand(topic: string, epoch: number, offset: number, tail: Tail): void {
    try {
      this.#handler(publicationOf(topic, epoch, offset, tail));
    } catch (error) {
      this.#logger.error("A handler of a subscription in the hub's process threw.", {
        topic,
        offset,
        error,
      });
    }
  }
}

function publicationOf(topic: string, epoch: number, offset: number, tail: Tail): LocalPublication {
  const meta = tail.meta === null ? {} : readMeta(tail.meta);
  return {
    topic,
    data: dataOf(tail),
    epoch,
    offset,
    time: tail.time,
    ...(meta.key !== undefined && { key: meta.key }),
    ...(meta.h !== undefined && { headers: meta.h }),
  };
}

function dataOf({ encoding: kind, payload }: Tail): unknown {
  switch (kind) {
    case encoding.messagePack:
      return decodePayload(payload);
    case encoding.json:
      return JSON.parse(new TextDecoder().decode(payload)) as unknown;
    case encoding.text:
      return new TextDecoder().decode(payload);
    default:
      return new Uint8Array(payload); // a copy: `slice` of a Buffer is none
  }
}
