// Fills topics: publishes as fast as the hub answers, and waits for its answers. On a durable topic that means: it is on disk.

import { publishFrame, publishOk, type Reader, type SeenPace } from "@fanwire/protocol";
import type { Connection } from "./connection.ts";
import { dialTalker } from "./dial-talker.ts";
import { filledOf } from "./filled.ts";
import { blankPayload, SEQUENCE_AT } from "./marker.ts";
import type { FillOrder, FillOutcome } from "./orders.ts";
import { batch } from "./wires/fanwire-frames.ts";
import type { Talker } from "./wires/talk.ts";

/** Messages that may wait for their answer. */
const WINDOW = 64;

/** One message: publications of a topic, of which the last is answered. */
interface Step {
  readonly topic: number;
  readonly count: number;
}

/** One publisher, connected. It knows how many publications each topic has. */
export class Filler implements Talker {
  readonly seen: SeenPace;
  readonly #client: Connection;
  readonly #payload: Uint8Array;
  readonly #marker: DataView;
  readonly #published: Uint32Array;
  /** The offset that the answer must tell, by the id of the request. */
  readonly #expected = new Map<number, number>();
  #lastId = 0;
  #wrong = 0;
  #wake: (() => void) | undefined;

  private constructor(
    client: Connection,
    seen: SeenPace,
    { payloadBytes, seed, topics }: FillOrder,
  ) {
    this.seen = seen;
    this.#client = client;
    this.#payload = blankPayload(payloadBytes, seed);
    this.#marker = new DataView(this.#payload.buffer);
    this.#published = new Uint32Array(topics);
  }

  static async open(order: FillOrder): Promise<Filler> {
    const { client, seen } = await dialTalker(order.port);
    const filler = new Filler(client, seen, order);
    client.state = filler;
    client.begin();
    return filler;
  }

  /** Resolves when everything is answered. */
  async fill(order: FillOrder): Promise<FillOutcome> {
    const begun = performance.now();
    const steps = stepsOf(order);
    let publications = 0;
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        while (this.#expected.size < WINDOW) {
          const step = steps.next();
          if (step.done === true) return this.#expected.size === 0 ? resolve() : undefined;
          this.#publish(order, step.value);
          publications += step.value.count;
        }
      };
      this.#wake();
    });
    const seconds = (performance.now() - begun) / 1000;
    return { publications, seconds, wrong: this.#wrong };
  }

  answered(r: Reader, count: number): void {
    const { id, offset } = publishOk.read(r, count);
    if (this.#expected.get(id) !== offset) this.#wrong++;
    this.#expected.delete(id);
    this.#wake?.();
  }

  published(): void {}

  #publish({ firstLevel, keys }: FillOrder, { topic, count }: Step): void {
    const name = `${firstLevel}.${topic}`;
    const from = this.#published[topic]!;
    const id = ++this.#lastId;
    this.#published[topic] = from + count;
    this.#expected.set(id, from + count);
    const payload = this.#payload;
    this.#client.send(
      batch((w) => {
        for (let i = 0; i < count; i++) {
          this.#marker.setUint32(SEQUENCE_AT, from + i, true);
          publishFrame.write(w, {
            id: i === count - 1 ? id : 0,
            topic: name,
            options: null,
            encoding: 0,
            meta: keys === undefined ? null : new Map([["key", `k${(from + i) % keys}`]]),
            payload,
          });
        }
      }),
    );
  }
}

/** Topic after topic, so that all are filled at the same pace. */
function* stepsOf(order: FillOrder): Generator<Step, void> {
  const { topics, perTopic, extra = 0, perMessage } = order;
  for (let done = 0; done < perTopic + extra; done += perMessage)
    for (let topic = 0; topic < topics; topic++) {
      const count = Math.min(perMessage, filledOf(order, topic) - done);
      if (count > 0) yield { topic, count };
    }
}
