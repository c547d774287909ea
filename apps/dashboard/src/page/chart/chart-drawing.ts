// What a chart shows besides its lines. All in CSS pixels.
import type { Wire } from "../data/wire.ts";
import { decimals } from "../numbers/digits.ts";
import type { View } from "../view.ts";
import type { Axis } from "./axis.ts";
import { colour, FONT } from "./palette.ts";
import type { Plot } from "./plot.ts";
import type { ChartSpec } from "./spec.ts";
import { drawTimeLabels } from "./time-labels.ts";
import { drawBands, drawWire, sayCuts } from "./wire-line.ts";

export interface Drawing {
  readonly g: CanvasRenderingContext2D;
  readonly plot: Plot;
  readonly wire: Wire;
  readonly view: View;
  readonly spec: ChartSpec;
  readonly axis: Axis;
  readonly y: (value: number) => number;
  /** Undefined while the cursor is elsewhere. */
  readonly cursorX: number | undefined;
  /** Of the whole canvas. */
  readonly height: number;
}

/** Space that words keep from the lines they speak of. */
const WORDS_PX = 6;
/** Words at the cursor change sides when less than this is left of the plot. */
const TURN_PX = 80;

/** Below the grid. */
export function drawUnder({ g, plot, wire }: Drawing): void {
  drawBands(g, plot, wire);
}

/** Above the grid, below the lines. */
export function drawRules({ g, plot, axis, spec, y }: Drawing): void {
  if (axis.min < 0) rule(g, plot, y(0), colour("edge"), []);
  const mark = spec.mark?.();
  if (!mark || mark.value > axis.max) return;
  const at = y(mark.value);
  rule(g, plot, at, colour("text-3"), [2, 3]);
  g.font = `11px ${FONT}`;
  g.fillStyle = colour("text-3");
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
  const below = at + 13 < plot.bottom;
  g.fillText(mark.words, plot.left + WORDS_PX, below ? at + 13 : at - 5);
}

/** Above the lines. */
export function drawOver(drawing: Drawing): void {
  const { g, plot, wire, view, spec, height } = drawing;
  drawWire(g, plot, wire);
  drawTimeLabels(g, plot, view.span.get(), height - 4);
  if (!spec.large) return;
  sayCuts(g, plot, wire);
  sayCursor(drawing);
}

function sayCursor({ g, plot, view, cursorX }: Drawing): void {
  if (cursorX === undefined) return;
  const secondsAgo = (view.span.get() * (plot.right - cursorX)) / (plot.right - plot.left);
  const left = cursorX < plot.right - TURN_PX;
  g.font = `11px ${FONT}`;
  g.fillStyle = colour("text");
  g.textBaseline = "alphabetic";
  g.textAlign = left ? "left" : "right";
  const words = `${decimals(secondsAgo, 1)} s ago`;
  g.fillText(words, cursorX + (left ? WORDS_PX : -WORDS_PX), plot.bottom - 6);
}

function rule(
  g: CanvasRenderingContext2D,
  plot: Plot,
  y: number,
  stroke: string,
  dash: number[],
): void {
  const at = Math.round(y) + 0.5;
  g.strokeStyle = stroke;
  g.lineWidth = 1;
  g.setLineDash(dash);
  g.beginPath();
  g.moveTo(plot.left, at);
  g.lineTo(plot.right, at);
  g.stroke();
}
