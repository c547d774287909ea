// The lines on the board, as far as they are remembered.
import type { ColourName } from "./names.ts";
import type { StrokePiece } from "./payloads.ts";

/** Of all lines together; the oldest line gives way. */
const POINTS_MAX = 50_000;

export interface Stroke {
  readonly id: string;
  readonly colour: ColourName;
  /** x, y, x, y … */
  readonly points: number[];
}

export class Strokes {
  readonly #strokes = new Map<string, Stroke>();
  #numbers = 0;

  get all(): Iterable<Stroke> {
    return this.#strokes.values();
  }

  get isEmpty(): boolean {
    return this.#strokes.size === 0;
  }

  add({ tab, id, colour, points }: StrokePiece): void {
    const key = `${tab} ${id}`;
    const stroke = this.#strokes.get(key) ?? { id: key, colour, points: [] };
    this.#strokes.set(key, stroke);
    for (const part of points) stroke.points.push(part);
    this.#numbers += points.length;
    for (const [oldest, { points: old }] of this.#strokes) {
      if (this.#numbers <= 2 * POINTS_MAX || oldest === key) break;
      this.#strokes.delete(oldest);
      this.#numbers -= old.length;
    }
  }

  clear(): void {
    this.#strokes.clear();
    this.#numbers = 0;
  }
}
