// What an application does with one topic or pattern.

import { hasWildcard } from "@fanwire/protocol";
import { check, checkNumber } from "./check.ts";
import type { Exchange } from "./exchange.ts";
import type { Publication } from "./publication.ts";
import type { Published, PublishOptions } from "./publisher.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

/** A topic or a pattern. Cheap: nothing is sent until it is used. */
export interface Topic<T, In = T> {
  readonly name: string;
  /**
   * Publishes, or waits for a link to do so: at most 1,000 publications and 1 MiB of payloads wait. Resolves when the hub has it.
   * Rejects with a {@link ClientError}: the hub's refusal, `timeout`, `aborted`, `closed`, `outbox-full`, `too-large`, `unencodable`, or
   * `unknown-outcome` when the link was lost before the answer came. Throws a TypeError on a pattern.
   */
  publish(data: In, options?: PublishOptions): Promise<Published>;
  /** Pull: `for await (const publication of topic.subscribe())`. What comes from now on waits for the loop. */
  subscribe(options?: SubscribeOptions): Subscription<T>;
  /** Push: `handler` is called with each publication. What it throws is reported and stops nobody. */
  subscribe(
    handler: (publication: Publication<T>) => void,
    options?: SubscribeOptions,
  ): Subscription<T>;
}

type Handler<T> = (publication: Publication<T>) => void;

/** A {@link Topic}. */
export class NamedTopic<T> implements Topic<T> {
  readonly name: string;
  readonly #exchange: Exchange;

  constructor(name: string, exchange: Exchange) {
    this.name = name;
    this.#exchange = exchange;
  }

  publish(data: T, options: PublishOptions = {}): Promise<Published> {
    check(!hasWildcard(this.name), this.name, "a topic, as nothing is published to a pattern");
    return this.#exchange.publisher.publish(this.name, data, options);
  }

  subscribe(
    handlerOrOptions: Handler<T> | SubscribeOptions = {},
    more: SubscribeOptions = {},
  ): Subscription<T> {
    const isPush = typeof handlerOrOptions === "function";
    const options = isPush ? more : handlerOrOptions;
    checkNumber("buffer", options.buffer, 1);
    checkNumber("lingerMs", options.lingerMs, 0);
    const handler = isPush ? handlerOrOptions : undefined;
    return this.#exchange.subscriber.subscribe(this.name, handler, options);
  }
}
