// Where each job has its cell: as large as all of them fit.
import type { Kind } from "./account.ts";

/** Beyond this many jobs a cell stands for several. */
const CELLS_MAX = 5_000;
const PITCH_MAX = 16;
const PITCH_MIN = 4;

export interface CellGrid {
  /** From one cell to the next, gap included. */
  readonly pitch: number;
  readonly size: number;
  readonly columns: number;
  /** Jobs of one cell. */
  readonly each: number;
}

/** For so many jobs, in a space of so many pixels. A space without room for any has one cell, which nobody sees. */
export function cellGrid(jobs: number, width: number, height: number): CellGrid {
  for (let each = Math.max(1, Math.ceil(jobs / CELLS_MAX)); each < jobs; each++)
    for (let pitch = PITCH_MAX; pitch >= PITCH_MIN; pitch--) {
      const grid = gridOf(pitch, width, each);
      const rows = Math.ceil(jobs / each / grid.columns);
      if ((rows - 1) * pitch + grid.size <= height) return grid;
    }
  return gridOf(PITCH_MAX, width, Math.max(1, jobs));
}

function gridOf(pitch: number, width: number, each: number): CellGrid {
  const gap = pitch > 5 ? 2 : 1;
  return {
    pitch,
    size: pitch - gap,
    columns: Math.max(1, Math.floor((width + gap) / pitch)),
    each,
  };
}

/** The kind that a cell of several jobs shows: what is left to do comes before what is done. */
const LEAST_DONE: readonly Kind[] = [
  "lost",
  "dead",
  "leased",
  "delayed",
  "ready",
  "sending",
  "twice",
  "done",
  "removed",
];

export const leastDone = (kinds: readonly Kind[]): Kind =>
  LEAST_DONE.find((kind) => kinds.includes(kind)) ?? "removed";
