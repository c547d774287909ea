// Being a member of a topic.

import type { limits } from "@fanwire/protocol";
import { type CallOptions, deferred, newCall, onAbort } from "../call.ts";
import { check } from "../check.ts";
import type { AnyClient } from "../client.ts";
import type { Codec } from "../codec.ts";
import { ClientError } from "../errors.ts";
import { insides } from "../inside.ts";
import { newCell, type Store } from "../store.ts";
import { placeOfMembers } from "./member.ts";
import { type Holder, type MembershipState, seatsOf } from "./seats.ts";

/** What a member may say of itself, in bytes. */
const memberBytesMax: typeof limits.memberBytesMax = 2048;

/** How to enter. */
export interface EnterOptions {
  /** Aborting it leaves. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * This client among the members of a topic. It is one member there, whoever entered for it: what was said last counts, and what was said
 * before that when whoever said it leaves.
 */
export interface Membership<T> extends Disposable {
  readonly state: Store<MembershipState>;
  /** The first time that others see it. Rejects with the reason when it ends before: the hub's refusal, `too-large`, `unencodable`, `closed`. */
  readonly ready: Promise<void>;
  /** Resolves when it is over, with the reason if the application did not want it. */
  readonly left: Promise<ClientError | undefined>;
  /**
   * Says something else. Resolves when the hub has it, or something that was said later. Rejects with a {@link ClientError}: `too-large` or
   * `unencodable`, and then what it said before stands; `timeout` or `aborted`, which end the wait alone; `closed` when it has left; or the
   * hub's refusal.
   */
  update(data: T, options?: CallOptions): Promise<void>;
  /** Resolves when the hub has it, or the connection is gone and so the member. Rejects with `timeout` or `aborted`, which end the wait alone. */
  leave(options?: CallOptions): Promise<void>;
}

function payloadOf(codec: Codec, data: unknown): Uint8Array | ClientError {
  let payload: Uint8Array;
  try {
    payload = codec.encode(data).slice();
  } catch (cause) {
    return new ClientError("unencodable", { cause });
  }
  if (payload.length <= memberBytesMax) return payload;
  const message = `a member says at most ${memberBytesMax} bytes of itself, not ${payload.length}`;
  return new ClientError("too-large", { message });
}

/**
 * Makes this client a member of `topic`, with at most 2 KiB that it says of itself, until it leaves or the client is closed: over lost
 * links and restarts of the hub it enters again. The token must give the presence right. What the hub refuses for now is asked for again.
 * Throws a TypeError for what can have no members.
 */
export function enter<T>(
  client: AnyClient,
  topic: string,
  data: T,
  options: EnterOptions = {},
): Membership<T> {
  const name = placeOfMembers(topic);
  const inside = insides.get(client)!;
  check(!!inside, "client", "one that createClient made");
  const { link, codec } = inside;
  const seats = seatsOf(inside);
  const state = newCell<MembershipState>("pending");
  const [ready, settle] = deferred<void>();
  let leftWith!: (cause: ClientError | undefined) => void;
  const left = new Promise<ClientError | undefined>((resolve) => {
    leftWith = resolve;
  });
  let off: (() => void) | undefined;
  const isOver = (): boolean => state.get() === "left";

  const holder: Holder = {
    payload: new Uint8Array(0),
    tell(kind, cause) {
      const before = state.get();
      if (isOver() || kind === before || (kind === "interrupted" && before === "pending")) return;
      if (kind === "entered") settle();
      if (kind === "left") {
        off?.();
        settle(cause ?? new ClientError("closed"));
        leftWith(cause);
      }
      state.set(kind);
    },
  };

  function say(value: T, callOptions: CallOptions): Promise<void> {
    const call = newCall<void>(link, callOptions);
    if (!call.isOpen) return call.promise;
    const payload = payloadOf(codec, value);
    if (payload instanceof ClientError) call.end(payload);
    else if (isOver()) call.end(new ClientError("closed"));
    else {
      holder.payload = payload;
      seats.say(name, holder, call);
    }
    return call.promise;
  }

  function leave(callOptions?: CallOptions): Promise<void> {
    if (isOver()) return Promise.resolve();
    const call = newCall<void>(link, callOptions);
    holder.tell("left");
    seats.leave(name, holder, call);
    return call.promise;
  }

  const dispose = (): void => void leave().catch(() => {});
  ready.catch(() => {}); // whoever does not wait for it hears of it by `left`
  say(data, { timeoutMs: Infinity }).catch((cause: ClientError) => holder.tell("left", cause));
  off = onAbort(options.signal, dispose);
  return {
    state,
    ready,
    left,
    update: (value, callOptions = {}) => say(value, callOptions),
    leave,
    [Symbol.dispose]: dispose,
  };
}
