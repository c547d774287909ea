// The client: one link to a hub, and the topics that are used over it.

import { type CallOptions, newCall, onAbort } from "./call.ts";
import type { Contract } from "./contract.ts";
import { ClientError } from "./errors.ts";
import { openFeeds } from "./feeds.ts";
import { openHistory } from "./history.ts";
import { insides } from "./inside.ts";
import { openLink } from "./link.ts";
import { nameOf, type Params, type PlaceOf } from "./names.ts";
import { type ClientOptions, readOptions } from "./options.ts";
import { watchPage } from "./page.ts";
import { openPublisher } from "./publisher.ts";
import { platform, type Runtime } from "./runtime.ts";
import type { InputOf, OutputOf } from "./schema.ts";
import type { Status } from "./status.ts";
import type { Store } from "./store.ts";
import { newTopic, type Topic } from "./topic.ts";

/** How many topics are kept, so that asking again gives the same object. */
const topicsMax = 1000;

/** The topics and patterns that a contract names; without one there is none. */
type Named<C extends Contract> = string extends keyof C ? never : keyof C & string;

/**
 * What is taken where a contract does not help: any name where there is none, or where a type is given; else a sentence that no name is, so
 * that the compiler says it.
 */
export type Free<C extends Contract, T, N extends string> = string extends keyof C
  ? string
  : [T] extends [never]
    ? // never so, but by this the compiler learns N
      [N] extends [never]
      ? N
      : N extends Named<C>
        ? "the params of this pattern are missing, or not those of its {places}"
        : "the contract does not name this; ask for it with a type: topic<T>(name)"
    : string;

/**
 * A client, with or without a contract: what does not depend on that. It is what functions take that work with any client, as
 * `(client: AnyClient) => client.topic<Price>("prices.eur")`.
 */
export interface AnyClient extends AsyncDisposable {
  /** A topic or a pattern, as a {@link Client} without a contract has it: it is not looked at. */
  topic<T = unknown>(nameOrPattern: string, params?: Params): Topic<T>;
  readonly status: Store<Status>;
  /** Publications that were not answered yet. */
  readonly pending: number;
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

/**
 * A client of one hub. It connects when it is first used, and comes back by itself. With a contract its topics have the types of that; one
 * that it does not name must be asked for with a type, `topic<T>(name)`, and is not looked at.
 */
export interface Client<C extends Contract = Contract> extends AnyClient {
  /** A topic of the contract: what is sent is what its schema takes, what comes is what that gives. Otherwise as without one. */
  topic<P extends Named<C>>(
    pattern: P,
    ...params: [PlaceOf<P>] extends [never] ? [] : [params: Params<P>]
  ): Topic<OutputOf<C[P]>, InputOf<C[P]>>;
  /**
   * A topic or a pattern; asking again gives the same object. `params` fill the places of the name: `topic("prices.{symbol}", { symbol })`;
   * each becomes one coded level. Throws a TypeError when that is no topic or pattern.
   */
  topic<T = string extends keyof C ? unknown : never, N extends string = string>(
    nameOrPattern: Free<C, T, N>,
    params?: Params,
  ): Topic<T>;
}

/**
 * Makes a client of the hub at `url` (`wss://…`, or a path on the page's own host). Nothing is sent until it is used. Throws a
 * TypeError for a URL or an option that cannot be.
 */
export function createClient<const C extends Contract = Contract>(
  url: string | URL,
  options: ClientOptions<C> = {},
): Client<C> {
  return openClient(url, options, platform);
}

/** {@link createClient} with another time and chance. */
export function openClient<C extends Contract>(
  url: string | URL,
  options: ClientOptions<C>,
  runtime: Runtime,
): Client<C> {
  const settings = readOptions(url, options);
  const { codec, report, guard, outbox } = settings;
  const link = openLink(settings, runtime);
  const feeds = openFeeds(link, codec, report);
  const history = openHistory(link, codec, report);
  const publisher = openPublisher(link, codec, report, outbox, () => runtime.wallNow());
  const { status } = link;
  const topics = new Map<string, Topic<unknown>>();
  const renew = (): void => link.step("renew");
  const unwatch = watchPage(
    () => link.step("lost", new ClientError("unreachable", { retryable: true })),
    renew,
    () => link.step("probe"),
  );
  const off = onAbort(options.signal, (cause) => link.step("close", cause));
  const closed = new Promise<ClientError | undefined>((resolve) => {
    status.subscribe((told) => {
      if (told.state !== "closed") return;
      resolve(told.cause);
      unwatch();
      void outbox.store?.close();
      off();
    });
  });

  const wait = (timeoutMs: number): Promise<void> =>
    newCall<void>(link, { timeoutMs }).promise.catch(() => {});

  function flush(callOptions?: CallOptions): Promise<void> {
    const call = newCall<void>(link, callOptions);
    const answers = [...publisher.pending].map(({ promise }) => promise);
    void Promise.allSettled(answers).then(() => call.end());
    return call.promise;
  }

  async function close(): Promise<void> {
    feeds.endAll();
    // whatever keeps it from being answered, it is over then
    const flushed = link.isLive() ? flush().catch(() => {}) : undefined;
    link.isClosing = true;
    await flushed;
    link.step("close");
    await closed;
  }

  const client: Client<C> = {
    status,
    closed,
    get pending() {
      return publisher.pending.open;
    },
    topic<T>(nameOrPattern: string, params?: Params): Topic<T> {
      const name = nameOf(nameOrPattern, params);
      const guarding = guard?.(nameOrPattern);
      const key = guarding ? `${nameOrPattern} ${name}` : name;
      let topic = topics.get(key);
      if (!topic) {
        if (topics.size >= topicsMax) topics.clear();
        topic = newTopic(name, publisher, feeds, history, guarding, { report, wait });
        topics.set(key, topic);
      }
      return topic as Topic<T>;
    },
    ready(callOptions) {
      const call = newCall<void>(link, callOptions);
      const forget = status.subscribe(({ state }) => {
        if (state === "live") call.end();
      });
      return call.promise.finally(forget);
    },
    flush,
    reconnect: renew,
    close,
    [Symbol.asyncDispose]: close,
  };
  insides.set(client, { link, codec, report });
  return client;
}
