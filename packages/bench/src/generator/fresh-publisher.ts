// Publishes every time to a topic that has never been. It makes each frame anew, so it is slower than the other publisher.

import type { Ledger } from "./ledger.ts";
import { stamp } from "./marker.ts";
import { templateOf } from "./publisher.ts";
import type { Wire } from "./wire.ts";

/** What is to be published. */
export interface FreshContent {
  readonly topicOf: (n: number) => string;
  readonly payload: Uint8Array;
}

/** Writes publications to one socket, each to another topic. */
export class FreshPublisher {
  readonly perMessage = 1;
  readonly #wire: Wire;
  readonly #content: FreshContent;
  readonly #ledger: Ledger;
  readonly #write: (bytes: Uint8Array) => void;

  constructor(
    wire: Wire,
    content: FreshContent,
    ledger: Ledger,
    write: (bytes: Uint8Array) => void,
  ) {
    this.#wire = wire;
    this.#content = content;
    this.#ledger = ledger;
    this.#write = write;
  }

  publish(count: number, now: number): number {
    const frames = Array.from({ length: count }, () => this.#frame(now));
    this.#write(Buffer.concat(frames));
    return count;
  }

  #frame(now: number): Uint8Array {
    const { topicOf, payload } = this.#content;
    const number = this.#ledger.publish();
    const { bytes, marks } = templateOf(
      this.#wire.publish({ topic: topicOf(number), index: -1, payload }),
    );
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (const { at, key } of marks) stamp(view, at, key, this.#ledger.next[0]!++, number, now);
    return bytes;
  }
}
