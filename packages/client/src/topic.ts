// What an application does with one topic or pattern.

import type { limits } from "@fanwire/protocol";
import { check, checkNumber, checkOneOf } from "./check.ts";
import type { CallOptions } from "./call.ts";
import type { Feeds } from "./feeds.ts";
import type { History, HistoryOptions } from "./history.ts";
import { type From, isPosition } from "./position.ts";
import type { Publication } from "./publication.ts";
import type { Published, Publisher, PublishOptions } from "./publisher.ts";
import type { Basis, Guarding } from "./guard.ts";
import type { Handler } from "./listening.ts";
import type { Store } from "./store.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";
import {
  type KeepOptions,
  keeping,
  openStore,
  type ReduceOptions,
  type StoreSource,
} from "./topic-store.ts";

/** A topic or a pattern. Cheap: nothing is sent until it is used. */
export interface Topic<T, In = T> {
  readonly name: string;
  /**
   * Publishes, or waits for a link to do so: as many as `outbox` of the client says. Resolves when the hub has it. What a
   * lost link left unanswered, and what the hub refuses for now, is sent again until its time or its signal ends it, and happens once.
   * Rejects with a {@link ClientError}: the hub's refusal, `timeout`, `aborted`, `closed`, `outbox-full`, `unreachable`, `too-large`, `unencodable`, or
   * `unknown-outcome` when the client was closed before the answer came. Throws a TypeError on a pattern.
   */
  publish(data: In, options?: PublishOptions): Promise<Published>;
  /** Pull: `for await (const publication of topic.subscribe())`. What comes from now on waits for the loop. */
  subscribe(options?: SubscribeOptions): Subscription<T>;
  /** Push: `handler` is called with each publication. What it throws is reported and stops nobody. */
  subscribe(
    handler: (publication: Publication<T>) => void,
    options?: SubscribeOptions,
  ): Subscription<T>;
  /**
   * What the topic keeps, page by page, each when it is asked for. It ends with what there was when it began, and what the topic let go
   * before it was read is left out. Rejects with a {@link ClientError}: the hub's refusal, which is `epoch-changed` when the topic has begun
   * again since `from`, or what else ends a wait. Throws a TypeError on a pattern.
   */
  history(options?: HistoryOptions): AsyncIterable<Publication<T>>;
  /**
   * The last publication that the topic keeps; undefined: it keeps none, or one that is undecodable, which `onDiagnostic` tells. Rejects
   * as `history` does, and with `invalid` when it is not what the contract says.
   */
  latest(options?: CallOptions): Promise<Publication<T> | undefined>;
  /**
   * What `reduce` makes of the publications, from `initial` on, as one value: a new one for each message of the hub. The topic is followed
   * while the store is. The value is the initial one when nobody followed for `lingerMs`, and after a gap. What `reduce` throws is
   * reported, and changes nothing; when the hub ends it, `onDiagnostic` tells why.
   */
  store<S>(options: ReduceOptions<T, S>): Store<S>;
  /** As that, of the last publications: a new list for each message of the hub, at first an empty one. */
  store(options?: KeepOptions<T>): Store<readonly Publication<T>[]>;
}

/** What {@link From} may ask of the end of a topic. */
const lastMax: typeof limits.lastMax = 1_000_000;

/** What most subscriptions share. */
const usual: SubscribeOptions = {};

export function newTopic(
  name: string,
  publisher: Publisher,
  feeds: Feeds,
  read: History,
  guard: Guarding | undefined,
  source: Pick<StoreSource<unknown>, "report" | "wait">,
): Topic<unknown> {
  const checkTopic = (what: string): void => {
    if (name.includes("*")) throw new TypeError(`nothing is ${what} a pattern: ${name}`);
  };
  function history(options: HistoryOptions = {}): AsyncGenerator<Publication> {
    checkTopic("read of");
    check(isStart(name, options.from ?? "now"), "from", `where ${name} can begin`);
    checkNumber("limit", options.limit, 0);
    checkNumber("timeoutMs", options.timeoutMs, 0);
    return read(name, options);
  }
  const own: Basis = {
    history,
    latest: (options) =>
      history({ ...options, backwards: true, limit: 1 })
        .next()
        .then(({ value }) => value),
    name,
    publish(data, options = {}) {
      checkTopic("published to");
      checkPublish(name, options);
      return publisher.publish(name, data, options);
    },
    subscribe(handler, options) {
      checkSubscribe(name, options);
      const { rate } = options;
      const how = { ...options, rate: rate === "frame" ? { everyMs: 16 } : rate };
      return feeds.subscribe(name, handler, options === usual ? usual : how);
    },
  };
  const basis = guard ? guard(own) : own;
  function subscribe(
    handlerOrOptions: Handler<unknown> | SubscribeOptions = usual,
    more: SubscribeOptions = usual,
  ): Subscription<unknown> {
    const isPush = typeof handlerOrOptions === "function";
    return isPush
      ? basis.subscribe(handlerOrOptions, more)
      : basis.subscribe(undefined, handlerOrOptions);
  }
  return {
    ...basis,
    subscribe,
    store<S>(options: KeepOptions<unknown> & Partial<ReduceOptions<unknown, S>> = {}): Store<S> {
      checkSubscribe(name, options);
      checkNumber("keep", options.keep, 1);
      const how = options.reduce ? options : keeping(options);
      return openStore({ ...basis, ...source }, how as ReduceOptions<unknown, S>);
    },
  };
}

/** Options that cannot be. */
function checkSubscribe(name: string, options: SubscribeOptions): void {
  checkNumber("buffer", options.buffer, 1);
  checkNumber("lingerMs", options.lingerMs, 0);
  checkStart(name, options);
}

/** Options that the hub would refuse. */
function checkPublish(
  name: string,
  { confirm, id = "-", ifPosition, ttlMs, offline }: PublishOptions,
): void {
  checkOneOf("confirm", confirm, "received", "disk", "quorum", "none");
  checkOneOf("offline", offline, "queue", "fail");
  check(typeof id === "string" && /^[^]{1,64}$/u.test(id), "id", "a text of 1 to 64 characters");
  checkNumber("ttlMs", ttlMs, 1);
  check(
    (ifPosition ?? null) === null || isPosition(ifPosition, name),
    "ifPosition",
    `a position of ${name}`,
  );
}

function checkStart(name: string, { from = "now", lag, rate = "all" }: SubscribeOptions): void {
  const isGood = from === "state" ? !name.includes("*") : isStart(name, from);
  check(isGood, "from", `where ${name} can begin`);
  checkOneOf("lag", lag, "all", "close", "latest-per-key", "latest");
  check(
    lag !== "latest-per-key" || !name.includes("*"),
    "lag",
    "another, as a pattern has no keys",
  );
  if (rate === "all") return;
  if (rate !== "frame")
    check(rate.everyMs > 0 && rate.everyMs <= 5000, "rate.everyMs", "a number from 1 to 5,000");
  checkOneOf("lag", lag, "latest-per-key", "latest");
}

function isStart(name: string, from: From): boolean {
  const topic = name.includes("*") ? undefined : name;
  if (from === "now" || isPosition(from, topic)) return true;
  const { last } = from as { last: number };
  return !!topic && (from === "start" || (Number.isInteger(last) && last >= 0 && last <= lastMax));
}
