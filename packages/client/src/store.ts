// A value that changes, and who wants to know.

import { guarded } from "./report.ts";

/** A value that can be read and followed: Svelte's contract; feeds React's `useSyncExternalStore`, Solid and Vue as it is. */
export interface Store<S> {
  /** The present value; the same object until it changes. */
  get(): S;
  /** Calls `run` with the present value at once, and with each later one. Returns what ends that. */
  subscribe(run: (value: S) => void): () => void;
}

/** Who follows; replaced, not changed, so that whoever goes through it sees what it was. */
export type List<T> = readonly T[];

export const none: List<never> = [];

/** A {@link Store} that its owner sets. */
export interface Cell<S> extends Store<S> {
  set(value: S): void;
}

export function newCell<S>(value: S): Cell<S> {
  let runs: List<(value: S) => void> = none;
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const run of runs) guarded(run, value);
    },
    subscribe(run) {
      const own = (now: S): void => run(now);
      runs = runs.concat(own);
      run(value);
      return () => {
        runs = runs.filter((other) => other !== own);
      };
    },
  };
}
