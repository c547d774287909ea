// A value that tells when it changes; the same contract as the SDK's stores.
import type { Store } from "@fanwire/client";
import { useEffect, useState } from "preact/hooks";

export class Value<T> implements Store<T> {
  #value: T;
  readonly #runs = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const run of this.#runs) run(value);
  }

  subscribe(run: (value: T) => void): () => void {
    this.#runs.add(run);
    run(this.#value);
    return () => void this.#runs.delete(run);
  }
}

/** Renders anew when the store changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => store.get());
  // a function is a value here too, not an update
  useEffect(() => store.subscribe((next) => setValue(() => next)), [store]);
  return value;
}
