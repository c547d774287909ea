// What the application listens to: one feed for each topic and pattern, asked for anew on each link.

import type { Reader, Tail, up } from "@fanwire/protocol";
import { type Codec, decode } from "./codec.ts";
import type { Place } from "./core/gap.ts";
import type { Driver } from "./driver.ts";
import { ClientError, refusal } from "./errors.ts";
import { Feed, type Owner } from "./feed.ts";
import { Listening } from "./listening.ts";
import type { Options } from "./options.ts";
import { type Publication, Received } from "./publication.ts";
import { uintOrNil } from "./read.ts";
import type { Report } from "./report.ts";
import type { Asker } from "./sender.ts";
import type { Streams } from "./streams.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

const SUBSCRIBE: typeof up.SUBSCRIBE = 3;
const UNSUBSCRIBE: typeof up.UNSUBSCRIBE = 4;

/** What an entry of SUBSCRIBE takes beside its pattern, and the frame beside its entries, at most, in bytes. */
const ENTRY_BYTES = 8;

/** The answer to one entry of SUBSCRIBE. */
type Outcome =
  | ClientError
  | { readonly sub: number; readonly head: Place; readonly replay: number };

/** Subscribes for all topics of a client. */
export class Subscriber implements Owner {
  readonly report: Report;
  readonly #codec: Codec;
  readonly #driver: Driver;
  readonly #streams: Streams;
  readonly #feeds: Map<string, Feed> = new Map();
  readonly #unasked: Set<Feed> = new Set();
  /** Names to unsubscribe from. */
  #left: string[] = [];

  constructor(driver: Driver, streams: Streams, { codec, report }: Options) {
    this.report = report;
    this.#codec = codec;
    this.#driver = driver;
    this.#streams = streams;
  }

  subscribe<T>(
    name: string,
    handler: ((publication: Publication<T>) => void) | undefined,
    options: SubscribeOptions,
  ): Subscription<T> {
    const feed = this.#feeds.get(name) ?? this.#newFeed(name);
    feed.lingerMs = Math.max(feed.lingerMs, options.lingerMs ?? 250);
    return new Listening(feed, handler, options, this);
  }

  /** Says what changed since it was last said on this link. */
  load(): void {
    const { sender } = this.#driver;
    const left = this.#left.splice(0);
    if (left.length > 0) sender.say(UNSUBSCRIBE, sender.id(), left);
    const feeds = [...this.#unasked];
    this.#unasked.clear();
    if (feeds.length > 0) this.#ask(feeds);
  }

  /** The link is gone. What nobody listens to is not asked for again. */
  cut(cause: ClientError | undefined): void {
    this.#streams.clear();
    for (const feed of this.#feeds.values()) {
      if (feed.isHeard) this.#unasked.add(feed);
      else this.end(feed, undefined);
    }
    this.#left = [];
    for (const feed of this.#unasked) feed.step({ type: "cut", cause });
  }

  /** Ends all subscriptions. */
  endAll(): void {
    for (const feed of this.#feeds.values()) this.end(feed, undefined);
  }

  open(
    topic: string,
    epoch: number,
    offset: number,
    tail: Tail,
    replayed: boolean,
  ): Received | undefined {
    try {
      const data = decode(this.#codec, tail.payload, tail.encoding);
      return new Received(data, topic, epoch, offset, tail, replayed);
    } catch (cause) {
      const error = new ClientError("undecodable", { cause });
      this.report({ kind: "undecodable", error, topic });
      return undefined;
    }
  }

  left(feed: Feed): void {
    if (feed.isHeard || feed.stream.state === "ended") return;
    feed.dueAt = this.#driver.now + feed.lingerMs;
    this.#driver.alarm.add(feed);
  }

  /** Without a cause it ends on this side, and the hub is told. */
  end(feed: Feed, cause: ClientError | undefined): void {
    const { alarm, sender } = this.#driver;
    const { stream, isAsked, name } = feed;
    if ("sub" in stream) this.#streams.delete(stream.sub);
    if (isAsked && !cause) this.#left.push(name);
    this.#unasked.delete(feed);
    this.#feeds.delete(name);
    alarm.delete(feed);
    sender.soon();
    feed.step({ type: "ended", cause });
    this.#driver.release(feed);
  }

  #newFeed(name: string): Feed {
    const feed = new Feed(name, this);
    this.#feeds.set(name, feed);
    this.#unasked.add(feed);
    this.#driver.use(feed);
    this.#driver.sender.soon();
    return feed;
  }

  /** In one frame, or in as many as the hub's bound of a batch makes of it. */
  #ask(feeds: readonly Feed[]): void {
    const { sender } = this.#driver;
    const bytes = feeds.reduce((sum, { name }) => sum + name.length + ENTRY_BYTES, ENTRY_BYTES);
    const half = feeds.length >> 1;
    if (half > 0 && bytes > sender.batchBytesMax) {
      this.#ask(feeds.slice(0, half));
      return this.#ask(feeds.slice(half));
    }
    const asker: Asker = {
      ok: (r, count) => this.#answered(feeds, id, r, count),
      refused: (error) => {
        for (const feed of feeds) this.#answer(feed, id, error);
      },
      cut() {},
    };
    const entries = feeds.map(({ name }) => [name, null, null]);
    const id = sender.ask(asker, SUBSCRIBE, entries);
    for (const feed of feeds) feed.step({ type: "asked", id });
  }

  #answered(feeds: readonly Feed[], id: number, r: Reader, count: number): void {
    const outcomes: Outcome[] = [];
    const length = r.array();
    while (outcomes.length < length && r.fault === "") outcomes.push(readOutcome(r));
    r.closeTuple(length, feeds.length);
    r.closeTuple(count, 3);
    if (r.fault === "")
      for (const [i, feed] of feeds.entries()) this.#answer(feed, id, outcomes[i]!);
  }

  #answer(feed: Feed, id: number, outcome: Outcome): void {
    if (!feed.isAskedBy(id)) return;
    if (outcome instanceof ClientError) return this.end(feed, outcome);
    this.#streams.set(outcome.sub, feed);
    feed.granted(outcome, outcome.head);
  }
}

function readOutcome(r: Reader): Outcome {
  const count = r.array();
  const code = r.uint();
  if (code > 0) {
    const error = refusal(code, r.text(), uintOrNil(r));
    r.closeTuple(count, 3);
    return error;
  }
  const sub = r.uint();
  const head = { epoch: uintOrNil(r), offset: uintOrNil(r) ?? 0 };
  r.value();
  const replay = r.uint();
  r.closeTuple(count, 6);
  return { sub, head, replay };
}
