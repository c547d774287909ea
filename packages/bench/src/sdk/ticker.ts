// Publishes prices at a fixed rate, a few of many symbols every few milliseconds.

import { type Client, createClient } from "@fanwire/client";
import { quote, topicsOf } from "./quotes.ts";

/** How often it publishes, in milliseconds. */
const EVERY_MS = 5;

/** What stands before the symbol in a topic. */
const PREFIX = "quotes.".length;

/** How many symbols there are, and how many updates of all of them a second. */
export interface TickerOrder {
  readonly port: number;
  readonly symbols: number;
  readonly perSecond: number;
}

/** What it did. */
export interface Ticked {
  readonly published: number;
  readonly refused: number;
  /** The longest that a publication came after its time, in milliseconds. */
  readonly lateMs: number;
}

/** Goes round all symbols, until it is ended. */
export class Ticker {
  readonly #client: Client;
  readonly #topics: readonly string[];
  readonly #perMs: number;
  #begun = 0;
  #timer: NodeJS.Timeout | undefined;
  #published = 0;
  #refused = 0;
  #lateMs = 0;

  private constructor({ port, symbols, perSecond }: TickerOrder) {
    this.#client = createClient(`ws://127.0.0.1:${port}/`, {
      onDiagnostic: (told) => {
        if (told.kind === "refused") this.#refused += told.count ?? 1;
      },
    });
    this.#topics = topicsOf(symbols);
    this.#perMs = perSecond / 1000;
  }

  static async begin(order: TickerOrder): Promise<Ticker> {
    const ticker = new Ticker(order);
    await ticker.#client.ready();
    ticker.#timer = setInterval(() => ticker.#turn(), EVERY_MS);
    ticker.#begun = performance.now();
    return ticker;
  }

  /** Resolves when all that was published has left. */
  async end(): Promise<Ticked> {
    clearInterval(this.#timer);
    await this.#client.close();
    return { published: this.#published, refused: this.#refused, lateMs: this.#lateMs };
  }

  #turn(): void {
    const elapsed = performance.now() - this.#begun;
    this.#lateMs = Math.max(this.#lateMs, elapsed - this.#published / this.#perMs);
    for (const wanted = elapsed * this.#perMs; this.#published < wanted; this.#published++) {
      const topic = this.#topics[this.#published % this.#topics.length]!;
      const price = quote(this.#published, topic.slice(PREFIX));
      void this.#client.topic(topic).publish(price, { confirm: "none" });
    }
  }
}
