// Units that change with the size of the figure, and do not flicker where two of them meet.
import { decimals, NOTHING, threeDigits, type Figure } from "./digits.ts";

export interface Step {
  readonly unit: string;
  /** In the base unit. */
  readonly size: number;
}

/** A unit changes up when the figure would read 1,000 of it, and down when it would read less than 900 of the one below. */
const UP = 1_000;
const DOWN = 900;

export const BYTES_PER_SECOND: readonly Step[] = [
  { unit: "B/s", size: 1 },
  { unit: "kB/s", size: 1e3 },
  { unit: "MB/s", size: 1e6 },
  { unit: "GB/s", size: 1e9 },
];
export const BYTES: readonly Step[] = [
  { unit: "B", size: 1 },
  { unit: "KiB", size: 2 ** 10 },
  { unit: "MiB", size: 2 ** 20 },
  { unit: "GiB", size: 2 ** 30 },
  { unit: "TiB", size: 2 ** 40 },
];
/** One figure's way along a ladder of units: it remembers where it stands. */
export class Unit {
  readonly #ladder: readonly Step[];
  #at = 0;

  constructor(ladder: readonly Step[]) {
    this.#ladder = ladder;
  }

  readonly format = (value: number): Figure => {
    if (!Number.isFinite(value)) return NOTHING;
    const step = this.#stepFor(Math.abs(value));
    if (!step) return NOTHING;
    const inUnits = value / step.size;
    // there are no parts of a byte
    const text = step.size === 1 ? decimals(inUnits, 0) : threeDigits(inUnits);
    return { text, unit: step.unit };
  };

  #stepFor(size: number): Step | undefined {
    const ladder = this.#ladder;
    const now = (i: number): number => ladder[i]?.size ?? Infinity;
    while (this.#at + 1 < ladder.length && size >= UP * now(this.#at)) this.#at++;
    while (this.#at > 0 && size < DOWN * now(this.#at - 1)) this.#at--;
    return ladder[this.#at];
  }
}
