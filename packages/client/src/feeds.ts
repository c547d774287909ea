// What the application listens to: one feed for each topic and pattern, asked for anew on each link.

import type { down, up } from "@fanwire/protocol";
import { type Codec, decode } from "./codec.ts";
import { backoff } from "./core/backoff.ts";
import { gapOf, missedSince } from "./core/gap.ts";
import { ClientError, hubError } from "./errors.ts";
import { Feed } from "./feed.ts";
import type { Frame, Meta } from "./frames.ts";
import type { Link, User } from "./link.ts";
import { type Handler, listen, type Owner } from "./listening.ts";
import { position } from "./position.ts";
import type { Publication } from "./publication.ts";
import type { Report } from "./report.ts";
import type { SubscribeOptions, Subscription, SubscriptionState } from "./subscription.ts";

const SUBSCRIBE: typeof up.SUBSCRIBE = 3;
const UNSUBSCRIBE: typeof up.UNSUBSCRIBE = 4;
const PUBLICATION: typeof down.PUBLICATION = 36;
const PATTERN_PUBLICATION: typeof down.PATTERN_PUBLICATION = 37;
const GAP: typeof down.GAP = 38;
const ENDED: typeof down.ENDED = 39;
const CAUGHT_UP: typeof down.CAUGHT_UP = 40;

/** What an entry of SUBSCRIBE or UNSUBSCRIBE takes at most, in bytes. */
const entryBytes = 512;

/** How long a refused subscription waits before it is asked for again, where the hub does not tell, in milliseconds. */
const againMs = { minMs: 1000, maxMs: 20_000 };

/** What an entry is answered: with a code above 0, a refusal with its sentence and delay in the next two places. */
type Outcome = readonly [
  code: number,
  sub: number,
  epoch: number | null,
  head: number | null,
  mark: unknown,
  replay: number,
];

export interface Feeds {
  /** Follows a topic or pattern for one who listens. */
  subscribe<T>(
    name: string,
    handler: Handler<T> | undefined,
    options: SubscribeOptions,
  ): Subscription<T>;
  endAll(): void;
}

/** Subscribes for all topics of a client. */
export function openFeeds(link: Link, codec: Codec, report: Report): Feeds {
  const feeds = new Map<string, Feed>();
  /** By the number of their stream. */
  const streams = new Map<number, Feed>();
  const user: User = { wake: sweep, over: endAll };
  /** Before that no feed is to be looked after on this link. */
  let sweptUntil = 0;

  /** Looks after all that is due, and returns when the next is. */
  function sweep(): number {
    const { now } = link;
    if (now < sweptUntil) return sweptUntil;
    let next = Infinity;
    const left: string[] = [];
    const asked: Feed[] = [];
    for (const feed of feeds.values())
      if (now < feed.dueAt) next = Math.min(next, feed.dueAt);
      else if (feed.listeners[0]) asked.push(feed);
      else {
        if (feed.id) left.push(feed.name);
        forget(feed);
      }
    if (link.isLive()) {
      // what fits into a batch, and at least one
      const count = 1 + link.limits.batchBytesMax / entryBytes;
      while (left.length > 0) link.ask(() => {}, UNSUBSCRIBE, left.splice(0, count));
      while (asked.length > 0) ask(asked.splice(0, count));
      sweptUntil = next;
    }
    return next;
  }

  function later(feed: Feed, ms: number): void {
    feed.dueAt = link.now + ms;
    sweptUntil = Math.min(sweptUntil, feed.dueAt);
    link.use(user, feed.dueAt);
  }

  function tell(feed: Feed, kind: "gap" | SubscriptionState, told: unknown): void {
    for (const listener of feed.listeners) listener.tell(kind, told);
  }

  function move(feed: Feed, state: SubscriptionState, cause?: ClientError): void {
    if (feed.state === state) return;
    feed.state = state;
    tell(feed, state, cause);
  }

  function forget(feed: Feed): void {
    feed.id = 0;
    streams.delete(feed.sub!);
    feeds.delete(feed.name);
    if (feeds.size === 0) link.release(user);
  }

  function end(feed: Feed, cause?: ClientError): void {
    forget(feed);
    move(feed, "ended", cause);
  }

  function endAll(cause?: ClientError): void {
    for (const feed of feeds.values()) end(feed, cause);
  }

  function ask(asked: readonly Feed[]): void {
    const id = link.ask(
      (told) =>
        asked.forEach((feed, i) => {
          if (feed.id !== id) return;
          if (told instanceof ClientError) refused(feed, told);
          else answered(feed, (told[2] as Outcome[])[i]!);
        }),
      SUBSCRIBE,
      asked.map(({ name }) => [name, null, null]),
    );
    for (const feed of asked) {
      feed.id = id;
      feed.dueAt = Infinity;
    }
  }

  function answered(feed: Feed, [code, sub, epoch, head, , replay]: Outcome): void {
    if (code > 0) return refused(feed, hubError(code, sub as never, epoch));
    const before = feed.epoch;
    const offset = head ?? 0;
    const gap = before !== undefined && missedSince(feed.topic, before, feed.offset, epoch, offset);
    // a replay ends at the head, and begins where this feed stood or with the first of all
    if (replay === 0) feed.offset = offset;
    else if (before !== epoch) feed.offset = 0;
    feed.epoch = epoch;
    feed.sub = sub;
    feed.refusals = 0;
    streams.set(sub, feed);
    if (gap) tell(feed, "gap", gap);
    move(feed, replay > 0 ? "replaying" : "live");
  }

  /** What can be granted later is asked for again. */
  function refused(feed: Feed, error: ClientError): void {
    if (!error.retryable || !feed.listeners[0]) return end(feed, error);
    feed.id = 0;
    report({ kind: "refused", error, topic: feed.name });
    later(feed, error.retryAfterMs ?? backoff(againMs, link.chance, ++feed.refusals));
  }

  /** On a topic everything up to there was delivered or told. */
  function stand(feed: Feed, epoch: number | null, offset: number | null): void {
    if (!feed.topic || epoch === null || offset === null) return;
    feed.epoch = epoch;
    feed.offset = offset;
  }

  /** `at`: where the offset stands in the frame, and behind it the tail. */
  function deliver(feed: Feed, topic: string, epoch: number, frame: Frame, at: number): void {
    const offset = frame[at] as number;
    const meta = frame[at + 4] as Meta | null;
    let data: unknown;
    feed.offset = offset;
    if (!feed.listeners[0]) return;
    try {
      data = decode(codec, frame[at + 5] as Uint8Array, frame[at + 3] as number);
    } catch (cause) {
      const error = new ClientError("undecodable", { cause });
      return report({ kind: "undecodable", error, topic });
    }
    const publication: Publication = {
      data,
      topic,
      position: position(epoch, offset),
      time: frame[at + 1] as number,
      from: (frame[at + 2] as string | null) ?? undefined,
      key: meta?.key,
      headers: meta?.h,
      replayed: feed.state === "replaying",
    };
    for (const listener of feed.listeners) listener.deliver(publication, link.heard);
  }

  link.cargo.push({
    load: sweep,
    cut(cause) {
      streams.clear();
      sweptUntil = 0;
      for (const feed of feeds.values())
        if (feed.listeners[0]) {
          feed.id = 0;
          feed.dueAt = 0;
          move(feed, feed.epoch === undefined ? "pending" : "interrupted", cause);
        } else forget(feed);
    },
    read(frame) {
      const feed = streams.get(frame[1]);
      if (!feed) return;
      switch (frame[0]) {
        case PUBLICATION:
          if (frame[2] > feed.offset) deliver(feed, feed.name, feed.epoch!, frame, 2);
          break;
        case PATTERN_PUBLICATION:
          deliver(feed, frame[2], frame[3], frame, 4);
          break;
        case GAP:
          stand(feed, frame[3], frame[4] && frame[4] - 1);
          tell(feed, "gap", gapOf(feed.topic ?? frame[2], frame[3], frame[4], frame[5], frame[6]));
          break;
        case ENDED:
          end(feed, hubError(frame[2], frame[3]));
          break;
        case CAUGHT_UP:
          stand(feed, frame[2], frame[3]);
          move(feed, "live");
      }
    },
  });

  const owner: Owner = {
    report,
    leave(feed, listener) {
      feed.listeners = feed.listeners.filter((other) => other !== listener);
      if (!feed.listeners[0] && feed.state !== "ended") later(feed, feed.lingerMs);
    },
  };

  return {
    endAll,
    subscribe(name, handler, options) {
      const feed = feeds.get(name) ?? new Feed(name);
      feeds.set(name, feed);
      sweptUntil = 0;
      feed.lingerMs = Math.max(feed.lingerMs, options.lingerMs ?? 250);
      if (!feed.listeners[0]) feed.dueAt = feed.id ? Infinity : 0;
      const listening = listen(owner, feed, handler, options);
      link.use(user, Infinity);
      link.soon();
      return listening;
    },
  };
}
