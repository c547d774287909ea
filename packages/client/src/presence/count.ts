// How many are there: cheap, however many they are and however fast they come and go.

import type { AnyClient } from "../client.ts";
import { type LiveMapOptions, liveMap } from "../state/live-map.ts";
import { newCell, type Store } from "../store.ts";
import type { Subscription } from "../subscription.ts";
import { countOf } from "./member.ts";

/** The size of a topic's crowd. */
export interface Count {
  /** Sessions. */
  readonly members: number;
  /** Subjects: one with several sessions counts once, a session without a subject as one. */
  readonly subjects: number;
}

/** How many members a topic has: told at once, and once a second while it changes; undefined until the hub has told it. */
export interface MemberCount extends Store<Count | undefined>, Disposable {
  /** By which it is kept: its `ready`, its `state`, its end. */
  readonly subscription: Subscription<Count>;
}

const nobody: Count = { members: 0, subjects: 0 };

/** Counts the members of `topic`, for which the token must give the presence right, from now on until it is ended. */
export function memberCount(
  client: AnyClient,
  topic: string,
  options: LiveMapOptions = {},
): MemberCount {
  const cell = newCell<Count | undefined>(undefined);
  const map = liveMap(client.topic<Count>(countOf(topic)), options);
  const { subscription } = map;

  function look(): void {
    const told = map.get().get("")?.data;
    const before = cell.get();
    const now = told ?? (subscription.state.get() === "live" || before ? nobody : before);
    if (now?.members !== before?.members || now?.subjects !== before?.subjects) cell.set(now);
  }

  map.subscribe(look);
  // nobody is there: that is no change of the map
  subscription.state.subscribe(look);
  return {
    ...cell,
    get() {
      look();
      return cell.get();
    },
    subscription,
    [Symbol.dispose]: map[Symbol.dispose],
  };
}
