// When a drawing is worth drawing again: something new is to be seen, or it has moved far enough to be seen moving.

/** Of a pixel: finer steps than this no eye tells from a slide. */
const STEP_PX = 0.25;

export class Pace {
  #edge = NaN;
  #state = "";

  /** `edge`: the moment at the right edge; `columnMs`: what one pixel stands for; `state`: whatever else changes the picture. */
  due(edge: number, columnMs: number, state: string): boolean {
    const moved = Math.abs(edge - this.#edge) >= STEP_PX * columnMs;
    if (!moved && state === this.#state && !Number.isNaN(this.#edge)) return false;
    this.#edge = edge;
    this.#state = state;
    return true;
  }
}
