// A round: once per turn each stream's batch is joined once, and every live subscriber is owed that same buffer. What a session is
// owed stands in one list, in the order in which it will be sent: publications, then replies, then, for subscriptions that
// were granted in these, the rest of the batch. So joining and leaving never flush, and no reply overtakes a publication. Long
// rounds are paid in slices; rounds in progress take turns, and a stream has one round at a time: meanwhile its batch grows.

import type { Writer } from "@fanwire/protocol";
import { type Allocate, type Batch, BatchPool, type Joined } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { Counts } from "./counts.ts";
import type { LiveSession, LiveStream } from "./session.ts";
import type { Sink } from "./sink.ts";

interface Round {
  readonly number: number;
  readonly streams: LiveStream[];
  readonly sessions: LiveSession[];
  /** The first session that has not been paid. */
  next: number;
}

export class Rounds {
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #counts: Counts;
  readonly #overdrawn: (session: LiveSession, unsentBytes: number) => void;
  readonly #allocate: Allocate;
  readonly #pool = new BatchPool();
  /** Streams with a batch or with subscribers that joined. */
  #changed: LiveStream[] = [];
  #replying: LiveSession[] = [];
  #inProgress: Round[] = [];
  #number = 0;
  readonly #pieces: Uint8Array[] = [];

  /** `overdrawn` is told of each session whose socket holds bytes back after a write. */
  constructor(
    sink: Sink,
    clock: Clock,
    counts: Counts,
    overdrawn: (session: LiveSession, unsentBytes: number) => void,
  ) {
    this.#sink = sink;
    this.#clock = clock;
    this.#counts = counts;
    this.#overdrawn = overdrawn;
    this.#allocate = (bytes) => sink.allocate(bytes);
  }

  /** The stream's open batch, for one more publication. */
  open(stream: LiveStream): Batch {
    if (stream.batch === null) {
      if (stream.joining === null) this.#changes(stream);
      stream.batch = this.#pool.take();
    }
    return stream.batch;
  }

  join(stream: LiveStream, subscription: LiveStream["live"][number]): void {
    if (stream.batch === null && stream.joining === null) this.#changes(stream);
    stream.join(subscription);
  }

  /** The subscriber gets what was published before it left, ahead of the reply that says so. */
  leave(stream: LiveStream, subscription: LiveStream["live"][number]): void {
    if (subscription.index >= 0 && stream.batch !== null)
      append(subscription.session, stream.batch.join(this.#allocate));
    stream.leave(subscription);
  }

  /** Where a reply to the session is written. `bytesMax`: what it does not exceed. */
  reply(session: LiveSession, bytesMax: number): Writer {
    if (session.replies === null) {
      session.replies = this.#pool.take();
      this.#replies(session);
    }
    return session.replies.begin(bytesMax);
  }

  /** The same for a reply that must not leave before a publication that was just added to the batches of these streams. */
  replyBehind(
    topic: LiveStream,
    matching: readonly LiveStream[],
    session: LiveSession,
    bytesMax: number,
  ): Writer {
    let isHeld = hold(topic, session);
    for (let i = 0; i < matching.length; i++) isHeld = hold(matching[i]!, session) || isHeld;
    if (!isHeld) return this.reply(session, bytesMax);
    session.heldReplies ??= this.#pool.take();
    return session.heldReplies.begin(bytesMax);
  }

  /** Begins a round with all that has changed, and pays at most `writesMax` sessions. Returns whether some are left. */
  flush(writesMax: number): boolean {
    this.#begin();
    let left = writesMax;
    while (left > 0 && this.#inProgress.length > 0) {
      const share = Math.ceil(left / this.#inProgress.length);
      const unpaid: Round[] = [];
      for (const round of this.#inProgress) {
        left -= this.#payRound(round, share);
        if (round.next < round.sessions.length) unpaid.push(round);
        else for (const stream of round.streams) stream.owed = null;
      }
      this.#inProgress = unpaid;
    }
    return this.#inProgress.length > 0 || this.#changed.length > 0;
  }

  /** Pays one session all that it has been promised up to now, out of turn: before its connection is closed. */
  pay(session: LiveSession): void {
    this.#appendReplies(session);
    this.#write(session);
  }

  /** Forgets what the session is owed and what it would be told. */
  drop(session: LiveSession): void {
    session.out = null;
    session.outMore = null;
    session.afterReplies = null;
    for (const batch of [session.replies, session.heldReplies])
      if (batch !== null) this.#pool.give(batch);
    session.replies = null;
    session.heldReplies = null;
  }

  /** What is published from here on reaches nobody: the stream has no subscriber left. */
  abandon(stream: LiveStream): void {
    if (stream.batch !== null) this.#pool.give(stream.batch);
    stream.batch = null;
  }

  #changes(stream: LiveStream): void {
    this.#changed.push(stream);
    this.#sink.scheduleFlush();
  }

  #replies(session: LiveSession): void {
    this.#replying.push(session);
    this.#sink.scheduleFlush();
  }

  #begin(): void {
    if (this.#changed.length === 0 && this.#replying.length === 0) return;
    const round: Round = { number: ++this.#number, streams: [], sessions: [], next: 0 };
    const waiting: LiveStream[] = [];
    for (const stream of this.#changed) {
      if (stream.owed === null) this.#close(stream, round);
      else waiting.push(stream);
    }
    this.#changed = waiting;
    for (const session of this.#replying) {
      this.#appendReplies(session);
      enter(round, session);
    }
    this.#replying = [];
    if (round.sessions.length > 0) this.#inProgress.push(round);
    else for (const stream of round.streams) stream.owed = null;
  }

  /** Joins the stream's batch and owes it to all that follow the stream. */
  #close(stream: LiveStream, round: Round): void {
    const { batch } = stream;
    stream.batch = null;
    if (batch !== null) {
      if (stream.live.length > 0) this.#oweAll(stream, batch, round);
      if (stream.joining !== null) this.#oweJoining(stream, batch, round);
      this.#pool.give(batch);
    }
    stream.admitJoining();
    for (const session of stream.holding ?? []) this.#release(session, round);
    stream.holding = null;
  }

  #oweAll(stream: LiveStream, batch: Batch, round: Round): void {
    const joined = batch.join(this.#allocate);
    const { live } = stream;
    for (let i = 0; i < live.length; i++) {
      const { session } = live[i]!;
      append(session, joined);
      enter(round, session);
    }
    this.#counts.deliveries += live.length * batch.count;
    stream.owed = joined;
    round.streams.push(stream);
  }

  /** Those that joined while the batch was open get the rest of it, after their grants. */
  #oweJoining(stream: LiveStream, batch: Batch, round: Round): void {
    let rest: Joined | undefined;
    let restFrom = -1;
    for (const { session, enteredAt } of stream.joining ?? []) {
      if (enteredAt === batch.at) continue;
      if (enteredAt !== restFrom) {
        rest = batch.join(this.#allocate, enteredAt);
        restFrom = enteredAt;
      }
      this.#afterReplies(session, rest!, round);
    }
  }

  /** What the replies waited for is owed: they follow it, unless another stream still holds them. */
  #release(session: LiveSession, round: Round): void {
    const held = session.heldReplies;
    session.holds--;
    if (held === null || session.holds > 0) return;
    session.heldReplies = null;
    this.#afterReplies(session, held.join(this.#allocate), round);
    this.#pool.give(held);
  }

  #afterReplies(session: LiveSession, joined: Joined, round: Round): void {
    session.afterReplies ??= [];
    session.afterReplies.push(joined);
    if (session.replies !== null) return; // they are appended at the end of this beginning
    this.#appendReplies(session);
    enter(round, session);
  }

  #appendReplies(session: LiveSession): void {
    const { replies, afterReplies } = session;
    session.replies = null;
    session.afterReplies = null;
    if (replies !== null) {
      append(session, replies.join(this.#allocate));
      this.#pool.give(replies);
    }
    for (const joined of afterReplies ?? []) append(session, joined);
  }

  /** Pays sessions of the round until `share` writes are made. Returns how many were. */
  #payRound(round: Round, share: number): number {
    let writes = 0;
    const { sessions } = round;
    while (writes < share && round.next < sessions.length)
      if (this.#write(sessions[round.next++]!)) writes++;
    return writes;
  }

  /** One write with all that the session is owed. Returns whether it was owed anything. */
  #write(session: LiveSession): boolean {
    const { link, out, outMore } = session;
    if (out === null) return false;
    session.out = null;
    let unsentBytes: number;
    let payloadBytes = out.payloadBytes;
    if (outMore === null) unsentBytes = this.#sink.send(link, out.bytes);
    else {
      const pieces = this.#pieces;
      pieces.push(out.bytes);
      for (const joined of outMore) {
        pieces.push(joined.bytes);
        payloadBytes += joined.payloadBytes;
      }
      session.outMore = null;
      unsentBytes = this.#sink.sendAll(link, pieces);
      pieces.length = 0;
    }
    session.sentBytes += payloadBytes;
    session.sentAt = this.#clock.now;
    this.#counts.sentBytes += payloadBytes;
    if (unsentBytes > 0) this.#overdrawn(session, unsentBytes);
    return true;
  }
}

function append(session: LiveSession, joined: Joined): void {
  if (session.out === null) session.out = joined;
  else {
    session.outMore ??= [];
    session.outMore.push(joined);
  }
}

function enter(round: Round, session: LiveSession): void {
  if (session.round === round.number) return;
  session.round = round.number;
  round.sessions.push(session);
}

/**
 * A publication that waits in the stream's batch reaches the session behind its replies when a round of the stream is being
 * paid, or when the session joined in this turn. Then the reply to the publication must wait too.
 */
function hold(stream: LiveStream, session: LiveSession): boolean {
  if (stream.batch === null) return false;
  const isJoining = stream.joining?.some((row) => row.session === session) ?? false;
  if (stream.owed === null && !isJoining) return false;
  stream.holding ??= [];
  if (!stream.holding.includes(session)) {
    stream.holding.push(session);
    session.holds++;
  }
  return true;
}
