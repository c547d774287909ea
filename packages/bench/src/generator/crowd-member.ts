// A connection with thousands of topics, each its own. It asks for them and gives them up in batches, and knows which stream each is.

import {
  plainOk,
  type Reader,
  type SeenPace,
  subscribeOk,
  unsubscribeFrame,
} from "@fanwire/protocol";
import { collect, inTurn } from "../in-turn.ts";
import { MAGIC_LOW, SEQUENCE_AT } from "./marker.ts";
import type { Connection } from "./connection.ts";
import { batch, ENTRIES_MAX, subscription } from "./wires/fanwire-frames.ts";
import type { Talker } from "./wires/talk.ts";

/** Takes publications whose marker carries the number of a topic in the crowd. */
export class CrowdMember implements Talker {
  readonly seen: SeenPace;
  readonly #client: Connection;
  /** The number of its first topic in the crowd. */
  #first = 0;
  /** The stream of each of its topics; 0 while it has none. */
  #subs = new Float64Array(0);
  readonly #took: (topic: number, isRight: boolean) => void;
  #asked:
    | { readonly answer: (r: Reader, count: number) => void; readonly fail: (error: Error) => void }
    | undefined;

  /** `took`: called for each publication. It is right when it came on the topic's stream as the first of it. */
  constructor(client: Connection, seen: SeenPace, took: (topic: number, isRight: boolean) => void) {
    this.#client = client;
    this.seen = seen;
    this.#took = took;
  }

  /** Topics `first` … of the crowd. */
  async subscribe(names: readonly string[], first: number): Promise<void> {
    this.#first = first;
    this.#subs = new Float64Array(names.length);
    await this.#inBatches(names, async (some, at) => {
      this.#client.send(subscription(some));
      await this.#answered((r, count) => {
        for (const [i, outcome] of subscribeOk.read(r, count).outcomes.entries()) {
          if (!outcome.granted) throw new Error(`A subscription was refused: ${outcome.text}`);
          this.#subs[at + i] = outcome.sub;
        }
      });
    });
  }

  async unsubscribe(names: readonly string[]): Promise<void> {
    await this.#inBatches(names, async (patterns) => {
      this.#client.send(batch((w) => unsubscribeFrame.write(w, { id: 1, patterns })));
      await this.#answered((r, count) => void plainOk.read(r, count));
    });
    this.#subs.fill(0);
  }

  answered(r: Reader, count: number): void {
    this.#asked?.answer(r, count);
  }

  published(sub: number, offset: number, payloadAt: number): void {
    const { view } = this.#client.lane;
    const topic = view.getUint32(payloadAt + SEQUENCE_AT, true);
    const isOwn = this.#subs[topic - this.#first] === sub;
    this.#took(topic, isOwn && offset === 1 && view.getUint32(payloadAt, true) === MAGIC_LOW);
  }

  /** Tells whoever waits for an answer when none can come any more. */
  look(): void {
    const { closed } = this.#client;
    if (closed !== 0) this.#asked?.fail(new Error(`The server closed a connection (${closed}).`));
  }

  async #inBatches(
    names: readonly string[],
    each: (some: readonly string[], at: number) => Promise<void>,
  ): Promise<void> {
    const places: number[] = [];
    for (let at = 0; at < names.length; at += ENTRIES_MAX) places.push(at);
    await collect(inTurn(places, (at) => each(names.slice(at, at + ENTRIES_MAX), at)));
  }

  #answered(read: (r: Reader, count: number) => void): Promise<void> {
    return new Promise((resolve, fail) => {
      const answer = (r: Reader, count: number): void => {
        read(r, count);
        resolve();
      };
      this.#asked = { answer, fail };
    });
  }
}
