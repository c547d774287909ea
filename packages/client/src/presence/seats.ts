// The topics that a client's session is a member of, asked for anew on each link. Several may enter the same topic: the session says of
// itself what was said last, and leaves when the last of them does.

import type { Call } from "../call.ts";
import { pauseMs } from "../core/backoff.ts";
import { ClientError, hubError } from "../errors.ts";
import type { OkFrame } from "../frames.ts";
import type { Inside } from "../inside.ts";
import type { User } from "../link.ts";
import { ENTER, LEAVE, REFUSED } from "../opcodes.ts";
import { type List, none } from "../store.ts";
import { memberTopicOf } from "./member.ts";

/**
 * - `pending`: the hub has not let it in yet
 * - `entered`: others see it
 * - `interrupted`: the link was lost; it enters again by itself
 * - `left`: for ever
 */
export type MembershipState = "pending" | "entered" | "interrupted" | "left";

/** One who entered. */
export interface Holder {
  /** What it says of itself; another object when it says something else. */
  payload: Uint8Array;
  tell(state: MembershipState, cause?: ClientError): void;
}

/** One topic. */
class Seat {
  readonly name: string;
  /** Who entered it here; the last one spoke last. */
  holders: List<Holder> = none;
  /** Who waits for what is said now. */
  calls: Call<void>[] = [];
  /** What the hub has on this link. */
  said: Uint8Array | undefined;
  /** Something is asked and not answered. */
  isAsked = false;
  /** Nothing is asked before that. */
  dueAt = 0;
  /** Refusals since the hub took something. */
  refusals = 0;

  constructor(name: string) {
    this.name = name;
  }

  get wanted(): Uint8Array | undefined {
    return this.holders.at(-1)?.payload;
  }
}

export interface Seats {
  /** From now on the session says what `holder` does. `call` ends when the hub has it. */
  say(topic: string, holder: Holder, call: Call<void>): void;
  /** `holder` says nothing any more. `call` ends when the hub has that. */
  leave(topic: string, holder: Holder, call: Call<void>): void;
}

const all = new WeakMap<Inside, Seats>();

/** Those of a client. */
export function seatsOf(inside: Inside): Seats {
  let seats = all.get(inside);
  if (!seats) all.set(inside, (seats = openSeats(inside)));
  return seats;
}

function openSeats({ link, codec, report }: Inside): Seats {
  const seats = new Map<string, Seat>();
  const user: User = { wake: sweep, over };

  /** Says what the hub does not have yet, and returns when that is next to be done. */
  function sweep(): number {
    const { now } = link;
    let next = Infinity;
    for (const seat of seats.values())
      if (!seat.isAsked && seat.wanted !== seat.said)
        if (now < seat.dueAt) next = Math.min(next, seat.dueAt);
        else if (link.isLive()) ask(seat);
    return next;
  }

  function ask(seat: Seat): void {
    const { wanted, holders, name } = seat;
    const calls = seat.calls.splice(0);
    seat.isAsked = true;
    const answered = (told: OkFrame | ClientError): void => {
      if (told instanceof ClientError) {
        for (const call of calls) call.cause = told;
        seat.calls.unshift(...calls);
        // the link is lost, and with it what the hub had
        if (told.code !== "unknown-outcome") refused(seat, told);
      } else {
        seat.isAsked = false;
        seat.said = wanted;
        seat.refusals = 0;
        for (const call of calls) call.end();
        for (const holder of holders) holder.tell("entered");
      }
      settle(seat);
    };
    if (wanted) link.ask(answered, ENTER, name, codec.encoding, wanted);
    else link.ask(answered, LEAVE, name);
  }

  function refused(seat: Seat, error: ClientError): void {
    const { name, holders } = seat;
    seat.isAsked = false;
    if (!error.retryable) return end(seat, error);
    const waitMs = error.retryAfterMs ?? pauseMs(link.chance, ++seat.refusals);
    seat.dueAt = link.now + waitMs;
    if (holders[0]) report({ kind: "refused", error, topic: name });
    link.use(user, seat.dueAt);
  }

  /** Nobody holds it any more. */
  function end(seat: Seat, cause?: ClientError): void {
    const { holders, calls } = seat;
    seat.holders = none;
    seat.calls = [];
    for (const holder of holders) holder.tell("left", cause);
    for (const call of calls) call.end(cause ?? new ClientError("closed"));
  }

  /** One that nobody holds and the hub knows nothing of is forgotten; otherwise what is to be said is said at the end of this turn. */
  function settle(seat: Seat): void {
    if (seat.wanted || seat.said || seat.isAsked) return link.soon();
    for (const call of seat.calls.splice(0)) call.end();
    if (seats.get(seat.name) === seat) seats.delete(seat.name);
    if (seats.size === 0) link.release(user);
  }

  function over(cause?: ClientError): void {
    const ended = [...seats.values()];
    seats.clear();
    for (const seat of ended) end(seat, cause);
    link.release(user);
  }

  link.cargo.push({
    load: sweep,
    read(frame) {
      // a fresh token does not allow it any more
      if (frame[0] !== REFUSED || frame[1] > 0) return;
      const seat = seats.get(memberTopicOf(`${frame[5]}`));
      if (!seat) return;
      seat.said = undefined;
      end(seat, hubError(frame[2], frame[3]));
      settle(seat);
    },
    cut(cause) {
      for (const seat of seats.values()) {
        seat.said = undefined;
        seat.isAsked = false;
        seat.dueAt = 0;
        for (const holder of seat.holders) holder.tell("interrupted", cause);
        settle(seat);
      }
    },
  });

  return {
    say(topic, holder, call) {
      const seat = seats.get(topic) ?? new Seat(topic);
      seats.set(topic, seat);
      seat.holders = [...seat.holders.filter((other) => other !== holder), holder];
      seat.calls.push(call);
      link.use(user, Infinity);
      link.soon();
    },
    leave(topic, holder, call) {
      const seat = seats.get(topic);
      if (!seat?.holders.includes(holder)) return call.end();
      seat.holders = seat.holders.filter((other) => other !== holder);
      // the session says what another of them said before
      seat.calls.push(call);
      if (seat.wanted === seat.said && !seat.isAsked)
        for (const one of seat.calls.splice(0)) one.end();
      settle(seat);
    },
  };
}
