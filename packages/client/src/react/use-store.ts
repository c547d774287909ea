// A store's value in a component.

import { useSyncExternalStore } from "react";
import type { Store } from "../store.ts";

/** What React asks of a store, the same functions for the same store. */
interface Source<S> {
  readonly follow: (changed: () => void) => () => void;
  readonly get: () => S;
  /** What it was when it was first asked for: what a server renders, and the page before it is alive. */
  readonly first: () => S;
}

const sources = new WeakMap<object, Source<never>>();

function sourceOf<S>(store: Store<S>): Source<S> {
  let source = sources.get(store) as Source<S> | undefined;
  if (!source) {
    const initial = store.get();
    source = {
      follow: (changed) => store.subscribe(() => changed()),
      get: () => store.get(),
      first: () => initial,
    };
    sources.set(store, source as Source<never>);
  }
  return source;
}

/**
 * The present value of a store, of this package or of the same contract; the component is rendered again with each later one. On a server, and
 * where a page comes to life, it is the value that the store had first.
 */
export function useStore<S>(store: Store<S>): S {
  const { follow, get, first } = sourceOf(store);
  return useSyncExternalStore(follow, get, first);
}
