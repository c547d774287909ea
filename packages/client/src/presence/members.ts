// The members of a topic, and who comes and goes.

import type { AnyClient } from "../client.ts";
import type { Position } from "../position.ts";
import type { Publication } from "../publication.ts";
import { addHook, type Hooked } from "../hook.ts";
import { guarded } from "../report.ts";
import { type LiveMapOptions, liveMap } from "../state/live-map.ts";
import { newCell, none, type Store } from "../store.ts";
import type { Subscription } from "../subscription.ts";
import { listOf, type Member, memberOf } from "./member.ts";

/** How to follow members. */
export type MembersOptions = LiveMapOptions;

/** What {@link Members.on} tells. */
export interface MemberEvents<T> {
  /** A session has entered. */
  readonly join: Member<T>;
  /** A session has left, or its connection has ended; with what it said last. */
  readonly leave: Member<T>;
  /** A member says something else of itself. */
  readonly update: Member<T>;
  /** A subject has its first session here: told once, behind the `join` of that. */
  readonly first: Member<T>;
  /** A subject has no session here any more: told once, behind the `leave` of its last. */
  readonly last: Member<T>;
}

/**
 * The members of a topic by session, in the order in which they spoke last; of more than 1,000 the hub tells those who were first, and
 * counts the others (see {@link memberCount}). It is told whole, when all of it has come, and then once for all that comes in a turn; the
 * same map until then, with the same objects for those who said nothing new. While the link is lost it stays as it was; then it is compared
 * with what the hub tells, so that nobody is said to come or go who was there all the time. Once it has ended it stays as it is.
 */
export interface Members<T> extends Store<ReadonlyMap<string, Member<T>>>, Disposable {
  /** By which it is kept: its `ready`, its `state`, its end. */
  readonly subscription: Subscription<T>;
  /** Calls `run` when that happens, after the map was told; also for each who is there when the map is whole at first. Returns what ends that. */
  on<K extends keyof MemberEvents<T>>(
    kind: K,
    run: (member: MemberEvents<T>[K]) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): () => void;
}

/** What is counted as one: a subject, or a session without one. */
const whoOf = ({ subject, session }: Member): unknown => subject ?? { session };

/** Those who are in one map and not in the other, and of their subjects those of which nobody is; one of each subject. */
function without<T>(
  some: ReadonlyMap<string, Member<T>>,
  others: ReadonlyMap<string, Member<T>>,
): readonly [sessions: readonly Member<T>[], subjects: readonly Member<T>[]] {
  const sessions = [...some.values()].filter(({ session }) => !others.has(session));
  if (!sessions[0]) return [none, none];
  const seen = new Set([...others.values()].map(whoOf));
  const subjects = sessions.filter((member) => {
    const who = whoOf(member);
    return !seen.has(who) && seen.add(who);
  });
  return [sessions, subjects];
}

/** Follows the members of `topic`, for which the token must give the presence right, from now on until it is ended. */
export function members<T = unknown>(
  client: AnyClient,
  topic: string,
  options: MembersOptions = {},
): Members<T> {
  const cell = newCell<ReadonlyMap<string, Member<T>>>(new Map());
  const positions = new WeakMap<Member<T>, Position>();
  const own: Hooked = { hooks: none };
  const map = liveMap(client.topic<T>(listOf(topic)), options);

  function tell(kind: keyof MemberEvents<T>, who: readonly Member<T>[]): void {
    for (const member of who)
      for (const hook of own.hooks) if (hook.kind === kind) guarded(hook.run, member as never);
  }

  /** What was told before, if it is that still. */
  function known(session: string, publication: Publication<T>): Member<T> {
    const before = cell.get().get(session);
    if (before && positions.get(before) === publication.position) return before;
    const member = memberOf(publication);
    positions.set(member, publication.position);
    return member;
  }

  map.subscribe((publications) => {
    const before = cell.get();
    const now = new Map<string, Member<T>>();
    for (const [session, publication] of publications)
      now.set(session, known(session, publication));
    const [left, last] = without(before, now);
    const [joined, first] = without(now, before);
    const updated = [...now.values()].filter((member) => {
      const other = before.get(member.session);
      return other && other !== member;
    });
    if (!left[0] && !joined[0] && !updated[0]) return;
    cell.set(now);
    tell("leave", left);
    tell("last", last);
    tell("join", joined);
    tell("first", first);
    tell("update", updated);
  });

  return {
    ...cell,
    get() {
      map.get();
      return cell.get();
    },
    subscription: map.subscription,
    on: (kind, run, more) => addHook(own, kind, run, more?.signal),
    [Symbol.dispose]: map[Symbol.dispose],
  };
}
