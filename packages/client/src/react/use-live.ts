// States that are kept as long as a component is there: made when it is followed, ended a moment after nobody does.

import { useMemo } from "react";
import { type Member, members } from "../presence/index.ts";
import type { Publication } from "../publication.ts";
import { liveMap } from "../state/live-map.ts";
import { newCell, type Store } from "../store.ts";
import { useClient } from "./context.ts";
import { useStore } from "./use-store.ts";

/** How long a state outlives its last follower, in milliseconds: so a component that is mounted twice asks for it once. */
const lingerMs = 250;

/** A store that can be ended. */
type Ending<S> = Store<S> & Disposable;

/** `open` is called for the first follower; what it gives ends after the last. */
function lazily<S>(initial: S, open: () => Ending<S>): Store<S> {
  const cell = newCell(initial);
  let opened: Ending<S> | undefined;
  let followers = 0;
  let departures = 0;

  function leave(departure: number): void {
    if (followers > 0 || departure !== departures) return;
    opened?.[Symbol.dispose]();
    opened = undefined;
    cell.set(initial);
  }

  return {
    get: () => cell.get(),
    subscribe(run) {
      if (followers++ === 0 && !opened) (opened = open()).subscribe((value) => cell.set(value));
      let off: (() => void) | undefined = cell.subscribe(run);
      return () => {
        off?.();
        if (off && --followers === 0) setTimeout(leave, lingerMs, ++departures);
        off = undefined;
      };
    },
  };
}

/** The state of a topic: what was published last under each key; see `liveMap` of `@fanwire/client/state`. Empty on a server. */
export function useLiveMap<T = unknown>(topic: string): ReadonlyMap<string, Publication<T>> {
  const client = useClient();
  const store = useMemo(
    () =>
      lazily<ReadonlyMap<string, Publication<T>>>(new Map(), () => liveMap(client.topic<T>(topic))),
    [client, topic],
  );
  return useStore(store);
}

/** The members of a topic by session; see `members` of `@fanwire/client/presence`. Nobody on a server. */
export function usePresence<T = unknown>(topic: string): ReadonlyMap<string, Member<T>> {
  const client = useClient();
  const store = useMemo(
    () => lazily<ReadonlyMap<string, Member<T>>>(new Map(), () => members<T>(client, topic)),
    [client, topic],
  );
  return useStore(store);
}
