// The client: one link to a hub, and the topics that are used over it.

import { aborted, Call, type CallOptions, onAbort } from "./call.ts";
import type { ClientError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { nameOf, type Params } from "./names.ts";
import { type ClientOptions, readOptions } from "./options.ts";
import { watchPage } from "./page.ts";
import { platform, type Runtime } from "./runtime.ts";
import type { Status } from "./status.ts";
import type { Store } from "./store.ts";
import { NamedTopic, type Topic } from "./topic.ts";

/** How many topics are kept, so that asking again gives the same object. */
const topicsMax = 1000;

/** A client of one hub. It connects when it is first used, and comes back by itself. */
export interface Client extends AsyncDisposable {
  readonly status: Store<Status>;
  /** Publications that were not answered yet. */
  readonly pending: number;
  /**
   * A topic or a pattern; asking again gives the same object. `params` fill the places of the name: `topic("prices.{symbol}", { symbol })`;
   * each becomes one coded level. Throws a TypeError when that is no topic or pattern.
   */
  topic<T = unknown>(nameOrPattern: string, params?: Params): Topic<T>;
  /** Resolves when the link is live, and connects for that. Rejects with a {@link ClientError}: `timeout`, `aborted`, `closed`, or the reason for being closed. */
  ready(options?: CallOptions): Promise<void>;
  /** Resolves when all that was published until now is answered, however. Rejects with `timeout` or `aborted`. */
  flush(options?: CallOptions): Promise<void>;
  /** Gives the link up for a new one, at once. */
  reconnect(): void;
  /** Ends all subscriptions, waits until what was published is answered, at most 10 s, and closes. */
  close(): Promise<void>;
  /** Resolves when the client is closed, with the reason if the application did not want it. */
  readonly closed: Promise<ClientError | undefined>;
}

class HubClient implements Client {
  readonly closed: Promise<ClientError | undefined>;
  readonly #exchange: Exchange;
  readonly #topics = new Map<string, Topic<unknown>>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.closed = new Promise((resolve) => {
      exchange.driver.status.subscribe((status) => {
        if (status.state === "closed") resolve(status.cause);
      });
    });
  }

  get status(): Store<Status> {
    return this.#exchange.driver.status;
  }

  get pending(): number {
    return this.#exchange.publisher.pending.length;
  }

  topic<T>(nameOrPattern: string, params?: Params): Topic<T> {
    const name = nameOf(nameOrPattern, params);
    let topic = this.#topics.get(name);
    if (!topic) {
      if (this.#topics.size >= topicsMax) this.#topics.clear();
      topic = new NamedTopic(name, this.#exchange);
      this.#topics.set(name, topic);
    }
    return topic as Topic<T>;
  }

  ready(options?: CallOptions): Promise<void> {
    const { driver } = this.#exchange;
    const call = new Call<void>(driver, options);
    const off = driver.status.subscribe(({ state }) => {
      if (state === "live") call.resolve();
    });
    return call.promise.finally(off);
  }

  flush(options?: CallOptions): Promise<void> {
    const call = new Call<void>(this.#exchange.driver, options);
    const answers = this.#exchange.publisher.pending.map(({ promise }) => promise);
    void Promise.allSettled(answers).then(() => call.resolve());
    return call.promise;
  }

  reconnect(): void {
    this.#exchange.driver.step({ type: "renew" });
  }

  async close(): Promise<void> {
    this.#exchange.driver.step({ type: "end" });
    this.#exchange.subscriber.endAll();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Makes a client of the hub at `url` (`wss://…`, or a path on the page's own host). Nothing is sent until it is used. Throws a
 * TypeError for a URL or an option that cannot be.
 */
export function createClient(url: string | URL, options: ClientOptions = {}): Client {
  return openClient(url, options, platform);
}

/** {@link createClient} with another time and chance. */
export function openClient(url: string | URL, options: ClientOptions, runtime: Runtime): Client {
  const exchange = new Exchange(readOptions(url, options), runtime);
  const { driver } = exchange;
  const client = new HubClient(exchange);
  const { signal } = options;
  const unwatch = watchPage(
    () => driver.step({ type: "renew" }),
    () => driver.step({ type: "probe" }),
  );
  const off = onAbort(signal, () => driver.step({ type: "abort", cause: aborted(signal) }));
  void client.closed.finally(() => {
    unwatch();
    off();
  });
  return client;
}
