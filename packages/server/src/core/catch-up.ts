// The one driver of catch-up. A subscription that is not at the head is a cursor; this gives each session that has room a page at a
// time, in turns, out of whatever source its cursors read. It knows budgets and fairness and nothing else. When a cursor arrives, the
// subscription is live.

import { caughtUpFrame, type Writer } from "@fanwire/protocol";
import type { Batch } from "./batch.ts";
import type { Cohorts } from "./cohorts.ts";
import type { Rounds } from "./round.ts";
import type { LiveSession, LiveSubscription } from "./session.ts";
import type { Sink } from "./sink.ts";
import { tellHistory } from "./sources/history-source.ts";
import type { Progress } from "./sources/source.ts";
import type { Sources } from "./sources/sources.ts";
import { HEAD_BYTES } from "./sources/topic-source.ts";
import { JOINING, LAGGING } from "./stream.ts";
import { Lagging, type Replay } from "./subscription.ts";
import { Topic } from "./topic.ts";
import type { Topics } from "./topics.ts";

/** Bytes of pages that one turn makes, all sessions together … */
const TURN_BYTES = 1_048_576;

/** … and steps of sources (see `work` of the pattern source): about a millisecond. */
const TURN_WORK = 20_000;

export class CatchUp {
  readonly #sink: Sink;
  readonly #rounds: Rounds;
  readonly #topics: Topics;
  readonly #cohorts: Cohorts;
  readonly #sources: Sources;
  /** Sessions that have room and something to catch up with. */
  #queue: LiveSession[] = [];

  constructor(sink: Sink, rounds: Rounds, topics: Topics, cohorts: Cohorts, sources: Sources) {
    this.#sink = sink;
    this.#rounds = rounds;
    this.#topics = topics;
    this.#cohorts = cohorts;
    this.#sources = sources;
  }

  /** The subscription is not live; its cursor says from where it goes on, and `replay` what it is told before it is live. */
  begin(subscription: LiveSubscription, replay: Replay | null): void {
    const { session } = subscription;
    subscription.index = LAGGING;
    session.lagging ??= [];
    session.lagging.push(new Lagging(subscription, replay));
    this.consider(session);
  }

  /** The session is sent no more publications: the cursors of its live subscriptions stop where what was written to it ends. */
  stop(session: LiveSession): void {
    for (const subscription of session.subscriptions) {
      if (subscription.index === LAGGING) continue;
      this.takeOut(subscription, false);
      this.begin(subscription, null);
    }
  }

  /**
   * Takes the subscription out of wherever it is, with its cursor, and returns what it was still to be told. `isPaid`: it is owed what
   * was published up to now.
   */
  takeOut(subscription: LiveSubscription, isPaid: boolean): Replay | null {
    const { session, stream, index, mode } = subscription;
    if (index === LAGGING) return this.#takeLagging(session, subscription);
    if (mode.intervalMs > 0) this.#cohorts.leave(subscription);
    else {
      if (index !== JOINING) subscription.cursor = this.#topics.settledOf(stream);
      this.#rounds.leave(stream, subscription, isPaid);
    }
    return null;
  }

  /** The session is gone. */
  end(session: LiveSession): void {
    session.reads = null;
    for (const lagging of session.lagging ?? []) this.#sources.patterns.drop(lagging);
    session.lagging = null;
  }

  /** The session may have room now. */
  consider(session: LiveSession): void {
    if (session.isCatchingUp || !session.flow.hasRoom) return;
    if (session.lagging === null) {
      session.flow.isBehind = false;
      if (session.reads === null) return;
    }
    session.isCatchingUp = true;
    this.#queue.push(session);
    this.#sink.scheduleFlush();
  }

  /** Gives a page to each session that waits for one, as far as the turn goes. Returns whether some are left. */
  step(): boolean {
    const sessions = this.#queue;
    this.#queue = [];
    this.#sources.patterns.work = 0;
    let bytes = 0;
    let i = 0;
    while (i < sessions.length && bytes < TURN_BYTES && this.#sources.patterns.work < TURN_WORK)
      bytes += this.#give(sessions[i++]!);
    this.#queue = [...sessions.slice(i), ...this.#queue];
    return this.#queue.length > 0;
  }

  /** Makes a page for the session. Returns its bytes. */
  #give(session: LiveSession): number {
    session.isCatchingUp = false;
    if ((session.lagging ?? session.reads) === null || !session.flow.hasRoom) return 0;
    session.flow.isBehind = false;
    const page = this.#rounds.borrow();
    this.#read(session, page);
    const isWaiting = session.lagging !== null && this.#fill(session, page);
    const bytes = page.at;
    if (session.reads !== null) this.consider(session);
    // the write of the page asks again; when there is none, somebody must
    if (bytes > 0) this.#rounds.owe(session, page);
    else if (isWaiting) this.consider(session);
    this.#rounds.recycle(page);
    return bytes;
  }

  #takeLagging(session: LiveSession, subscription: LiveSubscription): Replay | null {
    const at = session.lagging?.findIndex((other) => other.subscription === subscription) ?? -1;
    if (at < 0) return null;
    const [lagging] = session.lagging!.splice(at, 1);
    if (session.lagging!.length === 0) session.lagging = null;
    this.#sources.patterns.drop(lagging!);
    return lagging!.replay;
  }

  /** Goes on with the READs that are not answered; beside cursors it is given half of the page. */
  #read(session: LiveSession, page: Batch): void {
    const { reads, lagging, flow } = session;
    const bytesMax = lagging === null ? flow.pageBytes : flow.pageBytes / 2;
    for (
      let reading = reads?.[0];
      reading !== undefined && page.at < bytesMax;
      reading = reads![0]
    ) {
      if (!tellHistory(reading, page, bytesMax)) return;
      reads!.shift();
    }
    if (reads?.length === 0) session.reads = null;
  }

  /** Lets the session's cursors read until the page is full. Returns whether a source could not go on. */
  #fill(session: LiveSession, page: Batch): boolean {
    const { pageBytes } = session.flow;
    let isWaiting = false;
    // each at most once a page, and the one that was served last comes last in the next
    for (let left = session.lagging!.length; left > 0 && page.at < pageBytes; left--) {
      const lagging = session.lagging!.shift()!;
      const progress = this.#next(lagging, page, pageBytes);
      if (progress === "arrived") this.#arrive(lagging, page);
      else session.lagging!.push(lagging);
      isWaiting ||= progress === "waits";
    }
    if (session.lagging!.length === 0) session.lagging = null;
    return isWaiting;
  }

  /** Up to what live subscribers have been sent: the open batch comes when the subscription is live. */
  #next(lagging: Lagging<LiveSession>, page: Batch, bytesMax: number): Progress {
    const { stream, cursor } = lagging;
    const target = this.#topics.settledOf(stream);
    // The next round closes the open batch. Until then a cursor that stands inside of it cannot arrive, and a pattern is not read, as
    // which topics' publications wait there is not known.
    if (stream.turn?.batch && (cursor > target || (cursor < target && !(stream instanceof Topic))))
      return "waits";
    return this.#sources.of(stream).next(lagging, target, page, bytesMax);
  }

  /** The cursor stands where the live ones stand: it goes on with them. */
  #arrive({ subscription, replay }: Lagging<LiveSession>, page: Batch): void {
    const { stream, mode } = subscription;
    if (replay !== null) this.#writeCaughtUp(subscription, page.begin(HEAD_BYTES));
    if (mode.intervalMs > 0) this.#cohorts.join(subscription);
    else this.#rounds.join(stream, subscription, 0);
  }

  #writeCaughtUp({ stream, cursor }: LiveSubscription, w: Writer): void {
    const topic = stream instanceof Topic ? stream : undefined;
    caughtUpFrame.write(w, {
      sub: stream.number,
      epoch: topic?.epoch ?? null,
      offset: topic === undefined ? null : cursor,
      mark: topic === undefined ? this.#sources.patterns.markOf(cursor) : null,
    });
  }
}
