import type { Outcome, Place } from "./case.ts";

/** What a run of the suite in one runtime needs. */
export interface Bench {
  readonly place: Place;
  /** Where a browser finds the page that has the suite. */
  readonly pageUrl: string;
  /** A folder of its own, which is deleted behind it. */
  readonly folder: string;
  readonly tell: (outcome: Outcome) => void;
  /** Progress. */
  readonly say: (sentence: string) => void;
}

/** A run that takes longer is given up, in milliseconds. */
export const runMs = 180_000;
