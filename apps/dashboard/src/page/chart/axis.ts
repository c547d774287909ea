// Where the horizontal lines of a chart lie, and when its scale changes.

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** Four or five lines: so many steps at most. */
const STEPS_MAX = 4;
const NICE = [1, 2, 2.5, 5];

/** From `-down` to `up`, widened to whole nice steps, of which there are at most four. */
export function niceAxis(up: number, down = 0): Axis {
  const step = niceStep(up, down);
  // one part in a million, so that 0.3 is three steps of 0.1 and not four
  const whole = (size: number): number => Math.ceil(size / step - 1e-6);
  return steps(-whole(down), whole(up), step);
}

/** Steps of 2^k: memory is built that way, and a machine of 24 GiB should not end at 25. */
export function binaryAxis(up: number): Axis {
  const step = 2 ** Math.ceil(Math.log2(up / STEPS_MAX) - 1e-9);
  return steps(0, Math.ceil(up / step), step);
}

function niceStep(up: number, down: number): number {
  for (let power = Math.floor(Math.log10((up + down) / STEPS_MAX)); ; power++)
    for (const nice of NICE) {
      const step = nice * 10 ** power;
      const needed = Math.ceil(up / step - 1e-6) + Math.ceil(down / step - 1e-6);
      if (needed <= STEPS_MAX) return step;
    }
}

function steps(from: number, to: number, step: number): Axis {
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
  return { min: from * step, max: to * step, ticks };
}

const SHRINK_BELOW = 0.6;
const SHRINK_AFTER_MS = 10_000;

/** How far one side of a scale must reach: it grows at once, and shrinks when ten seconds needed less than 60 % of it. */
export class Reach {
  readonly #least: number;
  #reach: number;
  #smallSince: number | undefined;

  /** `least`: a chart of almost nothing shows a flat line, not its noise. */
  constructor(least: number) {
    this.#least = least;
    this.#reach = least;
  }

  follow(peak: number, now: number): number {
    const needed = Math.max(this.#least, Number.isFinite(peak) ? peak : 0);
    if (needed >= this.#reach * SHRINK_BELOW) this.#smallSince = undefined;
    else this.#smallSince ??= now;
    const small = this.#smallSince !== undefined && now - this.#smallSince >= SHRINK_AFTER_MS;
    if (needed > this.#reach || small) {
      this.#reach = needed;
      this.#smallSince = undefined;
    }
    return this.#reach;
  }
}
