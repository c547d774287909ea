// A value that changes, and who wants to know.

import { guarded } from "./report.ts";

/** A value that can be read and followed: Svelte's contract; feeds React's `useSyncExternalStore`, Solid and Vue as it is. */
export interface Store<S> {
  /** The present value; the same object until it changes. */
  get(): S;
  /** Calls `run` with the present value at once, and with each later one. Returns what ends that. */
  subscribe(run: (value: S) => void): () => void;
}

const none: readonly never[] = [];

/** A {@link Store} that its owner sets. */
export class Cell<S> implements Store<S> {
  #value: S;
  #runs: readonly ((value: S) => void)[] = none;

  constructor(value: S) {
    this.#value = value;
  }

  get(): S {
    return this.#value;
  }

  set(value: S): void {
    this.#value = value;
    for (const run of this.#runs) guarded(run, value);
  }

  subscribe(run: (value: S) => void): () => void {
    const own = (value: S): void => run(value);
    this.#runs = [...this.#runs, own];
    run(this.#value);
    return () => {
      this.#runs = this.#runs.filter((other) => other !== own);
    };
  }
}
