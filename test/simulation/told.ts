// What a process that lives worlds says, a line of JSON each.

import type { Fault } from "@fanwire/testkit";

/** What is lived in one process. */
export interface Order {
  readonly world: string;
  readonly first: number;
  readonly seeds: number;
  /** The bug that is planted; null: none. */
  readonly bug: string | null;
  /** Each life is told, and not only how far it is from time to time. */
  readonly isEachTold?: boolean;
}

/** How far it has come: `seed` is what it lives next, and it has lived so many. */
export interface Progress {
  readonly seed: number;
  readonly lived: number;
  readonly figures: Readonly<Record<string, number>>;
  /** The first faults of the first life in which there were any: it ends there. */
  readonly faults: readonly Fault[];
}
