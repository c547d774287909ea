// What a chart shows: everything about it that is not the same for all charts.
import type { Track } from "../data/track.ts";
import type { Axis } from "./axis.ts";
import type { PaletteName } from "./palette.ts";

export interface Line {
  readonly column: number;
  readonly colour: Extract<PaletteName, "c1" | "c2" | "c3">;
  /** To zero, or to the line before it. */
  readonly fill?: "zero" | "line before";
  readonly dash?: readonly number[];
}

export interface ChartSpec {
  /** Undefined while there is nothing to follow. */
  readonly track: () => Track | undefined;
  readonly lines: readonly Line[];
  /** `peak`: the largest value of a line in the window, or with sign -1 how far it goes below zero; NaN of nothing. */
  readonly axis: (peak: (line: number, sign?: 1 | -1) => number, now: number) => Axis;
  readonly tick: (value: number) => string;
  /** A bound that gives the values a meaning. */
  readonly mark?: () => { readonly value: number; readonly words: string } | undefined;
  /** The largest chart says cuts and the cursor's moment in words. */
  readonly large?: boolean;
  /** "CPU, all cores 31 %, busiest 74 %, last 60 s between 24 and 37 %", made on focus. */
  readonly describe: () => string;
}
