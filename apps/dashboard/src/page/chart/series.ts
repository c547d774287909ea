// One line of a chart, as uPlot draws it.
import uPlot from "uplot";
import { colour, tint } from "./palette.ts";
import { plotOf } from "./plot.ts";
import type { Line } from "./spec.ts";
import { trace } from "./trace.ts";

const FILL_ALPHA = 0.15;
const LINE_PX = 1.5;
const EMPTY = new Float64Array(0);

export function seriesOf(lines: readonly Line[], index: number): uPlot.Series {
  const line = lines[index];
  if (!line) throw new RangeError(`There is no line ${index}.`);
  return {
    scale: "y",
    auto: false,
    pxAlign: 0,
    width: LINE_PX,
    stroke: () => colour(line.colour),
    points: { show: false },
    ...(line.fill && { fill: () => tint(line.colour, FILL_ALPHA) }),
    ...(line.dash && { dash: [...line.dash] }),
    paths: (u, _, start, last) => paths(u, line, index, start, last + 1),
  };
}

function paths(
  u: uPlot,
  line: Line,
  index: number,
  start: number,
  end: number,
): uPlot.Series.Paths {
  const [times = EMPTY, ...columns] = u.data as unknown as ArrayLike<number>[];
  const { from, to, left, right } = plotOf(u);
  const perMs = ((right - left) / (to - from)) * uPlot.pxRatio;
  const place = {
    x: (time: number) => left * uPlot.pxRatio + (time - from) * perMs,
    y: (value: number) => u.valToPos(value, "y", true),
    columnMs: (to - from) / (right - left),
  };
  const below = line.fill === "line before" ? columns[index - 1] : undefined;
  const base = (i: number): number => place.y(below?.[i] ?? 0);
  const [stroke, fill] = [new Path2D(), new Path2D()];
  const points = { times, values: columns[index] ?? EMPTY, start, end };
  trace(points, place, stroke, line.fill && { pen: fill, base });
  return { stroke, fill };
}
