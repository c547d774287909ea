// What an application does with one topic or pattern.

import { checkNumber } from "./check.ts";
import type { Feeds } from "./feeds.ts";
import type { Publication } from "./publication.ts";
import type { Published, Publisher, PublishOptions } from "./publisher.ts";
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

export function newTopic<T>(name: string, publisher: Publisher, feeds: Feeds): Topic<T> {
  return {
    name,
    publish(data, options = {}) {
      if (name.includes("*")) throw new TypeError(`nothing is published to a pattern: ${name}`);
      return publisher.publish(name, data, options);
    },
    subscribe(
      handlerOrOptions: Handler<T> | SubscribeOptions = {},
      more: SubscribeOptions = {},
    ): Subscription<T> {
      const isPush = typeof handlerOrOptions === "function";
      const options = isPush ? more : handlerOrOptions;
      checkNumber("buffer", options.buffer, 1);
      checkNumber("lingerMs", options.lingerMs, 0);
      return feeds.subscribe(name, isPush ? handlerOrOptions : undefined, options);
    },
  };
}
