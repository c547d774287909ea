// Every job, one cell.
import { cleared } from "../chart/canvas.ts";
import { colour, tint, type PaletteName } from "../chart/palette.ts";
import { PRIORITIES } from "../../jobs.ts";
import { kindOf } from "./account.ts";
import { cellGrid, leastDone } from "./cells.ts";
import type { SheetJob } from "./sheet.ts";

const DONE_ALPHA = 0.6;
const IN_WORK_ALPHA = 0.35;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Answers with how many jobs a cell stands for. */
export function drawCells(canvas: HTMLCanvasElement, jobs: readonly SheetJob[]): number {
  const { g, width, height } = cleared(canvas);
  const shown = jobs.filter(({ stand }) => stand !== "removed");
  const { pitch, size, columns, each } = cellGrid(shown.length, width, height);
  for (let first = 0; first < shown.length; first += each) {
    const at = first / each;
    const box = { x: (at % columns) * pitch, y: Math.floor(at / columns) * pitch, size };
    drawCell(g, box, shown.slice(first, first + each));
  }
  return each;
}

function drawCell(g: CanvasRenderingContext2D, box: Box, jobs: readonly SheetJob[]): void {
  const kind = leastDone(jobs.map(kindOf));
  const job = jobs.find((one) => kindOf(one) === kind);
  const name = PRIORITIES.find(({ priority }) => priority === job?.priority)?.colour ?? "c1";
  switch (kind) {
    case "sending":
      return outline(g, box, "edge", false);
    case "ready":
      return outline(g, box, name, false);
    case "delayed":
      return outline(g, box, name, true);
    case "leased":
      return inWork(g, box, job?.progress ?? 0);
    case "done":
      return fill(g, box, tint("live", DONE_ALPHA));
    case "twice":
      fill(g, box, tint("live", DONE_ALPHA));
      g.fillStyle = colour("text");
      return g.fillRect(box.x + Math.floor(box.size / 2) - 1, box.y, 2, box.size);
    case "dead":
      return cross(g, box);
    case "lost":
      return fill(g, box, colour("bad"));
    case "removed":
      return undefined;
  }
}

function fill(g: CanvasRenderingContext2D, { x, y, size }: Box, style: string): void {
  g.fillStyle = style;
  g.fillRect(x, y, size, size);
}

function outline(
  g: CanvasRenderingContext2D,
  { x, y, size }: Box,
  name: PaletteName,
  dashed: boolean,
): void {
  g.strokeStyle = colour(name);
  g.lineWidth = 1;
  g.setLineDash(dashed ? [2, 2] : []);
  g.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  g.setLineDash([]);
}

/** It fills from the left as its worker goes on. */
function inWork(g: CanvasRenderingContext2D, box: Box, progress: number): void {
  fill(g, box, tint("text", IN_WORK_ALPHA));
  g.fillStyle = colour("text");
  g.fillRect(box.x, box.y, Math.max(2, Math.round(box.size * progress)), box.size);
}

function cross(g: CanvasRenderingContext2D, { x, y, size }: Box): void {
  g.strokeStyle = colour("bad");
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(x + 1, y + 1);
  g.lineTo(x + size - 1, y + size - 1);
  g.moveTo(x + size - 1, y + 1);
  g.lineTo(x + 1, y + size - 1);
  g.stroke();
}
