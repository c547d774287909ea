// A round: once per turn each stream's batch is joined once, and every live subscriber is owed that same buffer. What a session is
// owed stands in one list, in the order in which it will be sent: publications, then replies, then, for subscriptions that
// were granted in these, the rest of the batch, then replay. So joining and leaving never flush, and no reply overtakes a
// publication. Long rounds are paid in slices; rounds in progress take turns, and a stream has one round at a time:
// meanwhile its batch grows.

import type { Writer } from "@fanwire/protocol";
import { type Allocate, type Batch, BatchPool, type Joined } from "./batch.ts";
import { copyWithout } from "./cancel.ts";
import type { Clock } from "./clock.ts";
import type { Counts } from "./counts.ts";
import type { LiveSession, LiveStream, LiveSubscription } from "./session.ts";
import type { Sink } from "./sink.ts";
import { JOINING, type Joining, Turn } from "./stream.ts";

interface Round {
  readonly number: number;
  readonly streams: LiveStream[];
  readonly sessions: LiveSession[];
  /** The first session that has not been paid. */
  next: number;
}

/** Told after a write, when there is something to tell: what to do about it is not decided here. */
export interface WriteListener {
  /** The session is behind from now on. */
  wentBehind(session: LiveSession): void;
  /** The session's socket holds bytes back; `before`: how many it held before the write. */
  heldBack(session: LiveSession, before: number): void;
  /** A session that has something to catch up with was written to. */
  wrote(session: LiveSession): void;
}

export class Rounds {
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #counts: Counts;
  readonly #listener: WriteListener;
  readonly #allocate: Allocate;
  readonly #pool = new BatchPool();
  /** Streams with a batch or with subscribers that joined. */
  #changed: LiveStream[] = [];
  #replying: LiveSession[] = [];
  /** The round that has begun in this turn; null before. */
  #begun: Round | null = null;
  #inProgress: Round[] = [];
  #number = 0;
  readonly #pieces: Uint8Array[] = [];

  constructor(sink: Sink, clock: Clock, counts: Counts, listener: WriteListener) {
    this.#sink = sink;
    this.#clock = clock;
    this.#counts = counts;
    this.#listener = listener;
    this.#allocate = (bytes) => sink.allocate(bytes);
  }

  /** The stream's open batch, for one more frame. `before`: the cursor of everything before that frame. */
  open(stream: LiveStream, before: number): Batch {
    const turn = this.#turnOf(stream);
    if (turn.batch === null) {
      turn.batch = this.#pool.take();
      turn.before = before;
    }
    return turn.batch;
  }

  /**
   * The row is live from the next round on, and gets the open batch from the byte `enteredAt` on. Its grant stands in the replies or
   * was sent, so nothing reaches it before them.
   */
  join(stream: LiveStream, row: LiveSubscription, enteredAt: number): void {
    const turn = this.#turnOf(stream);
    row.index = JOINING;
    turn.joining ??= [];
    turn.joining.push({ row, enteredAt });
  }

  /**
   * The row is no longer live. `isPaid`: it is still owed what was published up to now, ahead of the reply that says so. What it
   * joined and left in one turn it is not owed.
   */
  leave(stream: LiveStream, row: LiveSubscription, isPaid: boolean): void {
    const { turn } = stream;
    if (row.index >= 0) {
      if (isPaid && turn !== null && turn.batch !== null)
        append(row.session, turn.batch.join(this.#allocate));
      stream.dismiss(row);
    } else if (turn !== null && turn.joining !== null) {
      const others = turn.joining.filter((other) => other.row !== row);
      turn.joining = others.length > 0 ? others : null;
    }
    if (turn !== null && !stream.isHeard) this.#abandon(turn);
  }

  /** Where a reply to the session is written. `bytesMax`: what it does not exceed. */
  reply(session: LiveSession, bytesMax: number): Writer {
    if (session.replies === null) {
      session.replies = this.#pool.take();
      this.#replying.push(session);
      this.#sink.scheduleFlush();
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

  /** Begins a round with all that has changed; {@link owe} may add to it until it is {@link pay}ed. */
  begin(): void {
    const changed = this.#changed;
    const replying = this.#replying;
    this.#changed = [];
    this.#replying = [];
    for (const stream of changed) {
      const { turn } = stream;
      if (turn === null) continue; // all that had changed is gone
      if (turn.owed === null) this.#close(stream, turn);
      else this.#changed.push(stream);
    }
    for (const session of replying) this.#appendReplies(session);
  }

  /** Adds to what the session is owed in the round that has begun: replay. */
  owe(session: LiveSession, batch: Batch): void {
    this.#append(session, batch.join(this.#allocate));
  }

  /** Owes the same bytes to several. */
  oweAll(rows: readonly LiveSubscription[], batch: Batch): void {
    const joined = batch.join(this.#allocate);
    for (let i = 0; i < rows.length; i++) this.#append(rows[i]!.session, joined);
    this.#counts.deliveries += rows.length * batch.count;
  }

  /** A batch to fill and give back by {@link recycle}. */
  borrow(): Batch {
    return this.#pool.take();
  }

  recycle(batch: Batch): void {
    this.#pool.give(batch);
  }

  /** Pays at most `writesMax` sessions of the rounds in progress. Returns whether there is more to do. */
  pay(writesMax: number): boolean {
    if (this.#begun !== null) this.#inProgress.push(this.#begun);
    this.#begun = null;
    let left = writesMax;
    while (left > 0 && this.#inProgress.length > 0) {
      const share = Math.ceil(left / this.#inProgress.length);
      const unpaid: Round[] = [];
      for (const round of this.#inProgress) {
        left -= this.#payRound(round, share);
        if (round.next < round.sessions.length) unpaid.push(round);
        else for (const stream of round.streams) settle(stream);
      }
      this.#inProgress = unpaid;
    }
    return this.#inProgress.length > 0 || this.#changed.length > 0;
  }

  /** Pays one session all that it has been promised up to now, out of turn: before its connection is closed. */
  payNow(session: LiveSession): void {
    this.#appendReplies(session);
    this.#write(session);
  }

  /** The session is owed nothing more of the stream with this number. */
  cancel(session: LiveSession, sub: number): void {
    const { out, outMore, afterReplies } = session;
    const owed = out === null ? [] : [out, ...(outMore ?? [])];
    const [first = null, ...more] = this.#without(sub, owed);
    session.out = first;
    session.outMore = more.length > 0 ? more : null;
    if (afterReplies !== null) session.afterReplies = this.#without(sub, afterReplies);
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

  /** The stream's turn; one that begins is looked at by the next round. */
  #turnOf(stream: LiveStream): Turn<LiveSubscription> {
    stream.turn ??= new Turn();
    const { turn } = stream;
    if (turn.batch === null && turn.joining === null) {
      this.#changed.push(stream);
      this.#sink.scheduleFlush();
    }
    return turn;
  }

  #round(): Round {
    this.#begun ??= { number: ++this.#number, streams: [], sessions: [], next: 0 };
    return this.#begun;
  }

  #append(session: LiveSession, joined: Joined): void {
    append(session, joined);
    enter(this.#round(), session);
  }

  /** Joins the stream's batch and owes it to all that follow the stream. */
  #close(stream: LiveStream, turn: Turn<LiveSubscription>): void {
    const { batch, joining, holding } = turn;
    turn.batch = null;
    turn.joining = null;
    turn.holding = null;
    if (batch !== null) {
      if (stream.live !== null) this.#oweLive(stream, stream.live, batch);
      if (joining !== null) this.#oweJoining(joining, batch);
      this.#pool.give(batch);
    }
    for (const { row } of joining ?? []) stream.admit(row);
    for (const session of holding ?? []) this.#release(session);
    if (turn.owed === null) settle(stream);
  }

  #oweLive(stream: LiveStream, live: LiveSubscription | LiveSubscription[], batch: Batch): void {
    const joined = batch.join(this.#allocate);
    const round = this.#round();
    let count = 1;
    if (Array.isArray(live)) {
      count = live.length;
      for (let i = 0; i < count; i++) {
        const { session } = live[i]!;
        append(session, joined);
        enter(round, session);
      }
    } else {
      append(live.session, joined);
      enter(round, live.session);
    }
    this.#counts.deliveries += count * batch.count;
    stream.turn!.owed = joined;
    round.streams.push(stream);
  }

  /** Those that joined while the batch was open get the rest of it, after their grants. */
  #oweJoining(joining: readonly Joining<LiveSubscription>[], batch: Batch): void {
    let rest: Joined | undefined;
    let restFrom = -1;
    for (const { row, enteredAt } of joining) {
      if (enteredAt === batch.at) continue;
      if (enteredAt !== restFrom) {
        rest = batch.join(this.#allocate, enteredAt);
        restFrom = enteredAt;
      }
      this.#appendAfterReplies(row.session, rest!);
    }
  }

  /** What the replies waited for is owed: they follow it, unless another stream still holds them. */
  #release(session: LiveSession): void {
    const held = session.heldReplies;
    session.holds--;
    if (held === null || session.holds > 0) return;
    session.heldReplies = null;
    this.#appendAfterReplies(session, held.join(this.#allocate));
    this.#pool.give(held);
  }

  #without(sub: number, owed: readonly Joined[]): Joined[] {
    return owed.flatMap((joined) => {
      const rest = this.#pool.take();
      const isChanged = copyWithout(sub, joined, rest);
      const left = !isChanged ? [joined] : rest.at > 0 ? [rest.join(this.#allocate)] : [];
      this.#pool.give(rest);
      return left;
    });
  }

  #appendAfterReplies(session: LiveSession, joined: Joined): void {
    session.afterReplies ??= [];
    session.afterReplies.push(joined);
    if (session.replies === null) this.#appendReplies(session); // else at the end of this beginning
  }

  #appendReplies(session: LiveSession): void {
    const { replies, afterReplies } = session;
    session.replies = null;
    session.afterReplies = null;
    if (replies !== null) {
      this.#append(session, replies.join(this.#allocate));
      this.#pool.give(replies);
    }
    for (const joined of afterReplies ?? []) this.#append(session, joined);
  }

  /** Nobody is left to get the batch, so nothing need wait for it. */
  #abandon(turn: Turn<LiveSubscription>): void {
    if (turn.batch !== null) this.#pool.give(turn.batch);
    turn.batch = null;
    const { holding } = turn;
    turn.holding = null;
    for (const session of holding ?? []) this.#release(session);
    if (holding !== null) this.#sink.scheduleFlush();
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
    const { link, out, outMore, flow } = session;
    if (out === null) return false;
    session.out = null;
    let unsent: number;
    let { payloadBytes } = out;
    if (outMore === null) unsent = this.#sink.send(link, out.bytes);
    else {
      const pieces = this.#pieces;
      pieces.push(out.bytes);
      for (const joined of outMore) {
        pieces.push(joined.bytes);
        payloadBytes += joined.payloadBytes;
      }
      session.outMore = null;
      unsent = this.#sink.sendAll(link, pieces);
      pieces.length = 0;
    }
    const { now } = this.#clock;
    const before = flow.unsent;
    session.sentAt = now;
    this.#counts.sentBytes += payloadBytes;
    const wentBehind = flow.wrote(now, payloadBytes, unsent);
    if (unsent > 0 || before > 0) this.#listener.heldBack(session, before);
    if (wentBehind) this.#listener.wentBehind(session);
    if (session.lagging !== null) this.#listener.wrote(session);
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

/** The round has paid all that it owed of the stream. */
function settle(stream: LiveStream): void {
  const { turn } = stream;
  if (turn === null) return;
  turn.owed = null;
  if (turn.isOver) stream.turn = null;
}

/**
 * A publication that waits in the stream's batch reaches the session behind its replies when a round of the stream is being
 * paid, or when the session joined in this turn. Then the reply to the publication must wait too.
 */
function hold(stream: LiveStream, session: LiveSession): boolean {
  const { turn } = stream;
  if (turn === null || turn.batch === null) return false;
  const isJoining = turn.joining?.some(({ row }) => row.session === session) ?? false;
  if (turn.owed === null && !isJoining) return false;
  turn.holding ??= [];
  if (!turn.holding.includes(session)) {
    turn.holding.push(session);
    session.holds++;
  }
  return true;
}
