// A client that subscribes and unsubscribes as fast as it is answered. It asks for a topic and for patterns that match it in one frame, so
// all of these streams begin and end at the same publication, whatever comes in between.

import {
  plainOk,
  type Reader,
  type SeenPace,
  subscribeOk,
  unsubscribeFrame,
} from "@fanwire/protocol";
import type { Client } from "./wire.ts";
import { batch, subscription } from "./wires/fanwire-frames.ts";
import type { Talker } from "./wires/talk.ts";

/** What it counts. */
export class Restless implements Talker {
  readonly seen: SeenPace;
  cycles = 0;
  deliveries = 0;
  wrong = 0;
  /** It has no subscriptions and asks for none any more. */
  isCalm = false;
  readonly #client: Client;
  readonly #patterns: readonly string[];
  /** The offset that comes next, of each stream that it has. */
  readonly #next = new Map<number, number>();
  /** What came next when it had streams last. */
  #left = 0;
  #isSubscribed = false;
  #isStopping = false;

  constructor(client: Client, seen: SeenPace, patterns: readonly string[]) {
    this.#client = client;
    this.seen = seen;
    this.#patterns = patterns;
  }

  begin(): void {
    this.#client.send(subscription(this.#patterns));
  }

  /** It is calm after the next answer but one. */
  stop(): void {
    this.#isStopping = true;
  }

  answered(r: Reader, count: number): void {
    if (this.#isSubscribed) {
      plainOk.read(r, count);
      this.#end();
    } else {
      this.#grant(r, count);
      this.#client.send(
        batch((w) => unsubscribeFrame.write(w, { id: 1, patterns: this.#patterns })),
      );
    }
    this.#isSubscribed = !this.#isSubscribed;
  }

  published(sub: number, offset: number): void {
    this.deliveries++;
    if (this.#next.get(sub) !== offset) this.wrong++;
    this.#next.set(sub, offset + 1);
  }

  #grant(r: Reader, count: number): void {
    const { outcomes } = subscribeOk.read(r, count);
    let head = 0;
    for (const outcome of outcomes) {
      if (!outcome.granted) throw new Error(`A subscription was refused: ${outcome.text}`);
      head = outcome.head ?? head;
      this.#next.set(outcome.sub, head + 1);
    }
    if (head + 1 < this.#left) this.wrong++;
  }

  #end(): void {
    const ends = [...this.#next.values()];
    this.#left = Math.max(...ends);
    if (Math.min(...ends) !== this.#left) this.wrong++;
    this.#next.clear();
    this.cycles++;
    this.isCalm = this.#isStopping;
    if (!this.isCalm) this.begin();
  }
}
