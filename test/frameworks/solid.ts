// A store in Solid: a signal, followed as long as its owner is there.

import type { Store } from "@fanwire/client";
import { type Accessor, from } from "solid-js";

export function useStore<S>(store: Store<S>): Accessor<S> {
  return from(store, store.get());
}
