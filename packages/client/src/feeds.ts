// What the application listens to: one feed for each topic and pattern, asked for anew on each link.

import { encodePayload, type gapReason, type replay } from "@fanwire/protocol";
import { newCall } from "./call.ts";
import type { Codec } from "./codec.ts";
import { pauseMs } from "./core/backoff.ts";
import { gapOf, missedSince } from "./core/gap.ts";
import { ClientError, hubError } from "./errors.ts";
import { Feed, LATEST, type Listener, PER_KEY } from "./feed.ts";
import type { Frame, GapFrame } from "./frames.ts";
import type { Link, User } from "./link.ts";
import { type Handler, Listening, type ListenOptions, type Owner } from "./listening.ts";
import {
  CAUGHT_UP,
  ENDED,
  GAP,
  MARK,
  PATTERN_PUBLICATION,
  PUBLICATION,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./opcodes.ts";
import { type At, goalOf, isKnown, isPosition, placeOf, STATE } from "./position.ts";
import { readPublication } from "./publication.ts";
import type { Report } from "./report.ts";
import { Resyncing } from "./resync.ts";
import type { List } from "./store.ts";
import type { Subscription, SubscriptionState } from "./subscription.ts";

/** What a SUBSCRIBE or UNSUBSCRIBE of one entry takes at most, in bytes, without the topics beside the mark of a pattern. */
const entryBytes = 512;

/** What it takes at most beside its entries. */
const frameBytes = 16;

/** The reasons of a gap whose position is beyond the log, and behind deletions that are forgotten. */
const AHEAD: typeof gapReason.ahead = 4;
const RESET: typeof gapReason.reset = 5;

/** A grant whose state comes first. */
const WITH_STATE: typeof replay.state = 3;

/** What an entry is answered: with a code above 0, a refusal with its sentence and delay in the next two places. */
type Outcome = readonly [
  code: number,
  sub: number,
  epoch: number | null,
  head: number | null,
  mark: Uint8Array | null,
  replay: number,
];

/** The options of the hub for a {@link Feed.mode}. */
function optionsOf(mode: number): object | null {
  if (mode < PER_KEY) return mode ? { lag: 3 } : null;
  const isLatest = mode >= LATEST;
  const intervalMs = mode - (isLatest ? LATEST : PER_KEY);
  return { lag: isLatest ? 1 : 2, ...(intervalMs && { intervalMs }) };
}

export interface Feeds {
  /** Follows a topic or pattern for one who listens. */
  subscribe(
    name: string,
    handler: Handler<unknown> | undefined,
    options: ListenOptions,
  ): Subscription<unknown>;
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
      else if (feed.listeners[0]) {
        if (!feed.id || (!feed.isAsked && hasWishes(feed))) asked.push(feed);
        else feed.dueAt = Infinity;
      } else {
        if (feed.id) left.push(feed.name);
        forget(feed);
      }
    if (link.isLive()) {
      inParts(left, (names) => link.ask(() => {}, UNSUBSCRIBE, names));
      inParts(asked.map(entryOf), (entries, from) =>
        ask(asked.slice(from, from + entries.length), entries),
      );
      sweptUntil = next;
    }
    return next;
  }

  /** Whether the hub is to be asked for something else than it gives. Those who cannot have what they want are served as it is. */
  function hasWishes(feed: Feed): boolean {
    const { topic, state, listeners } = feed;
    if (state === "live") share(listeners);
    const waiting = listeners.filter(({ from }) => from !== undefined);
    if (topic || !listeners[1])
      return feed.mode !== feed.wanted || (state === "live" && !!waiting[0]);
    // a pattern does not go back for one, as what others have had of it could not be told from the rest
    for (const listener of waiting) {
      listener.from = undefined;
      listener.gap(missedSince(topic, undefined, feed.granted)!);
      listener.tell(state);
    }
    return feed.mode !== feed.wanted;
  }

  /** Who has a copy of the state gives it to those who wait for one. */
  function share(listeners: List<Listener>): void {
    const giver = listeners.find(({ copy, from }) => copy && from === undefined);
    if (giver)
      for (const listener of listeners)
        if (listener.copy && listener.from !== undefined) {
          listener.from = undefined;
          listener.floor = giver.floor;
          listener.copy.take(giver.copy!);
          listener.tell("live");
        }
  }

  /** Something about the feed has changed: at the end of this turn it is looked after. */
  function touch(feed: Feed): void {
    if (!feed.id || feed.isAsked || !feed.listeners[0]) return;
    feed.dueAt = sweptUntil = 0;
    link.soon();
  }

  function later(feed: Feed, ms: number): void {
    feed.dueAt = link.now + ms;
    sweptUntil = Math.min(sweptUntil, feed.dueAt);
    link.use(user, feed.dueAt);
  }

  /** Of a change hears who was served, of the end everybody. */
  function move(feed: Feed, state: SubscriptionState, cause?: ClientError): void {
    feed.state = state;
    for (const listener of feed.listeners)
      if (listener.from === undefined || state === "ended") listener.tell(state, cause);
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

  /** Hands `entries` to `run` in as few parts as fit into a message each, and where in them a part begins. */
  function inParts<T>(
    entries: readonly T[],
    run: (part: readonly T[], from: number) => unknown,
  ): void {
    let from = 0;
    let bytes = frameBytes;
    for (const [i, entry] of entries.entries()) {
      const { length } = encodePayload(entry);
      bytes += length;
      if (bytes <= link.limits.batchBytesMax || i === from) continue;
      run(entries.slice(from, i), from);
      from = i;
      bytes = frameBytes + length;
    }
    if (entries[0]) run(entries.slice(from), from);
  }

  /** How the hub is asked for it. */
  function entryOf(feed: Feed): unknown {
    const { name, place, topic, stands, id: before, listeners } = feed;
    const bytes = link.limits.batchBytesMax - entryBytes;
    const goesOn = !before && stands;
    const waiting = listeners.find(({ from }) => from !== undefined);
    const start = goesOn ? undefined : waiting?.from;
    feed.mode = feed.wanted;
    feed.start = start;
    let from: unknown = null;
    if (start !== undefined) {
      feed.goal = goalOf(start, topic, feed.mode < LATEST ? place.get(name) : undefined);
      // the hub tells the state to who begins
      if (start !== STATE) from = feed.goal.from(bytes) ?? (start === "start" ? [0, 0] : start);
    } else if (goesOn) from = place.from(bytes);
    return [name, from, optionsOf(feed.mode)];
  }

  function ask(asked: readonly Feed[], entries: readonly unknown[]): void {
    const again = asked.filter(({ start, sub }) => start === STATE && sub !== undefined);
    if (again[0]) {
      const names = again.map(({ name }) => name);
      link.ask(() => {}, UNSUBSCRIBE, names);
    }
    const id = link.ask(
      (told) =>
        asked.forEach((feed, i) => {
          if (feed.id !== id) return;
          feed.isAsked = false;
          if (told instanceof ClientError) refused(feed, told);
          else answered(feed, (told[2] as Outcome[])[i]!);
        }),
      SUBSCRIBE,
      entries,
    );
    for (const feed of asked) {
      feed.id = id;
      feed.isAsked = true;
      feed.dueAt = Infinity;
    }
  }

  function answered(feed: Feed, [code, sub, epoch, head, mark, replay]: Outcome): void {
    if (code > 0) return refused(feed, hubError(code, sub as never, epoch));
    const { topic, name, place, start, listeners, state } = feed;
    const isNew = feed.sub === undefined;
    const isState = start === STATE;
    const granted: At = [epoch ?? 0, head ?? 0];
    const known = place.get(name);
    touch(feed);
    feed.refusals = 0;
    if (start !== undefined) {
      feed.before = place;
      feed.place = feed.goal;
      feed.starters = listeners.filter(({ from }) => from === start);
    } else if (!isNew) return; // only the options are others
    for (const listener of listeners)
      if (listener.from !== undefined) {
        if (listener.from !== start) continue;
        listener.from = undefined;
        listener.floor = isPosition(start, topic) ? placeOf(start, topic).at : undefined;
        listener.had = isState ? undefined : known;
      } else if (topic && listener.isNew) {
        // it came while the feed was away: what is replayed is not new
        if (known || (start !== undefined && !isState)) listener.floor = granted;
      } else if (isState && known) {
        // the state is for others: it was served up to now, or is told what it was not
        listener.floor = granted;
      } else if (start !== undefined && known && !isKnown(listener.floor, known))
        listener.floor = known;
    feed.sub = sub;
    feed.granted = granted;
    streams.set(sub, feed);
    const isNow = replay === 0 && state === "interrupted" && start === undefined;
    const gap =
      (isState ? known : isNow && (topic || !feed.stands)) && missedSince(topic, known, granted);
    if (replay === 0) {
      if (topic) feed.place.set(topic, granted);
      else if (mark) reach(feed, mark);
    }
    if (gap)
      for (const listener of listeners)
        if (
          isState
            ? listener.floor === granted && !listener.isNew
            : listener.from === undefined && listener.floor !== granted
        )
          listener.gap(gap);
    feed.hasState ||= replay === WITH_STATE;
    move(feed, replay > 0 ? "replaying" : "live");
  }

  /** What can be granted later is asked for again. What is granted already stays. */
  function refused(feed: Feed, error: ClientError): void {
    const { name, listeners, start } = feed;
    // to be told the state it was left
    if (start === STATE && feed.sub !== undefined) {
      streams.delete(feed.sub);
      feed.sub = undefined;
      if (error.retryable) move(feed, "interrupted", error);
    }
    const isGranted = feed.sub !== undefined;
    if (!error.retryable || !listeners[0]) {
      if (!isGranted) return end(feed, error);
      for (const listener of listeners)
        if (start !== undefined && listener.from === start) listener.tell("ended", error);
      return touch(feed);
    }
    if (isGranted) feed.mode = -1;
    else feed.id = 0;
    report({ kind: "refused", error, topic: name });
    later(feed, error.retryAfterMs ?? pauseMs(link.chance, ++feed.refusals));
  }

  /** All of a pattern up to there was delivered. */
  function reach(feed: Feed, view: Uint8Array): void {
    const mark = view.slice();
    feed.place.reach(mark);
    for (const listener of feed.listeners) listener.reach(mark);
  }

  /** What the hub tells is missing; who has had it is not told. */
  function miss(feed: Feed, [, , named, epoch, next, missed, reason]: GapFrame): void {
    const { place } = feed;
    const topic = feed.topic ?? named ?? undefined;
    if (!topic || epoch === null || next === null) {
      const vague = gapOf(topic, epoch, next, missed, reason);
      for (const listener of feed.listeners) if (listener.from === undefined) listener.gap(vague);
      return;
    }
    const at: At = [epoch, next - 1];
    const known = place.get(topic);
    if (!feed.topic && isKnown(known, at)) return;
    place.set(topic, at);
    for (const listener of feed.listeners) {
      // what it had is void, unless it is ahead of the feed, which went back for another
      if (
        reason === AHEAD ||
        (reason === RESET && listener.floor && isKnown(known, listener.floor))
      )
        listener.floor = undefined;
      const { from, floor = listener.had } = listener;
      if (from !== undefined || isKnown(floor, at)) continue;
      const isLess = floor?.[0] === epoch && !isKnown(known, floor);
      listener.gap(gapOf(topic, epoch, next, isLess ? at[1] - floor[1] : missed, reason));
    }
  }

  /** `i`: where the tail stands in the frame. */
  function deliver(feed: Feed, topic: string, at: At, frame: Frame, i: number): void {
    const { place, listeners } = feed;
    if (isKnown(place.get(topic), at)) return;
    place.set(topic, at);
    if (!listeners[0]) return;
    const isReplayed = feed.state === "replaying";
    const publication = readPublication(codec, report, topic, at, frame, i, isReplayed);
    if (!publication) return;
    feed.hasState ||= publication.key !== undefined && feed.mode < LATEST;
    for (const listener of listeners)
      if (listener.from === undefined && !isKnown(listener.floor, at)) {
        listener.had = undefined;
        listener.deliver(publication, link.heard, at);
      }
  }

  link.cargo.push({
    load: sweep,
    cut(cause) {
      streams.clear();
      sweptUntil = 0;
      for (const feed of feeds.values())
        if (feed.listeners[0]) {
          feed.id = feed.dueAt = 0;
          feed.isAsked = false;
          feed.sub = undefined;
          move(feed, feed.state === "pending" ? "pending" : "interrupted", cause);
          if (feed.stands) continue;
          // nothing of the start has come: it is asked for again
          feed.place = feed.before;
          for (const listener of feed.starters) listener.from = feed.start;
        } else forget(feed);
    },
    read(frame) {
      const feed = streams.get(frame[1]);
      if (!feed) return;
      switch (frame[0]) {
        case PUBLICATION:
          deliver(feed, feed.name, [feed.granted[0], frame[2]], frame, 3);
          break;
        case PATTERN_PUBLICATION:
          deliver(feed, frame[2], [frame[3], frame[4]], frame, 5);
          break;
        case GAP:
          miss(feed, frame);
          break;
        case ENDED:
          end(feed, hubError(frame[2], frame[3]));
          break;
        case MARK:
          reach(feed, frame[2]);
          break;
        case CAUGHT_UP:
          if (feed.topic && frame[2] !== null && frame[3] !== null)
            feed.place.set(feed.topic, [frame[2], frame[3]]);
          if (frame[4]) reach(feed, frame[4]);
          move(feed, "live");
          touch(feed);
      }
    },
  });

  const owner: Owner = {
    report,
    touch,
    // a wait without an answer
    pause: (attempt, signal) =>
      newCall<void>(link, {
        timeoutMs: pauseMs(link.chance, attempt),
        signal,
      }).promise.catch(() => {}),
    leave(feed, listener) {
      feed.listeners = feed.listeners.filter((other) => other !== listener);
      if (feed.listeners[0]) touch(feed);
      else if (feed.state !== "ended") later(feed, feed.lingerMs);
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
      const listening = new (options.resync ? Resyncing : Listening)(owner, feed, handler, options);
      listening.begin();
      // what is replayed was not meant for it
      if (feed.topic && feed.state === "replaying") listening.floor = feed.granted;
      touch(feed);
      link.use(user, Infinity);
      link.soon();
      return listening;
    },
  };
}
