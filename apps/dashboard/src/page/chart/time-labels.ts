// Labels below a plot: how long ago. They stand still while the window moves.
import type { SpanSeconds } from "../view.ts";
import { colour, FONT } from "./palette.ts";
import type { Plot } from "./plot.ts";

const WIDE_PX = 600;

/** Seconds ago, from the left edge to now. */
export function timeSteps(span: SpanSeconds, widthPx: number): number[] {
  if (span === 60) return widthPx > WIDE_PX ? [60, 50, 40, 30, 20, 10, 0] : [60, 40, 20, 0];
  return widthPx > WIDE_PX ? [600, 480, 360, 240, 120, 0] : [600, 300, 0];
}

export function timeWords(secondsAgo: number, span: SpanSeconds): string {
  if (secondsAgo === 0) return "now";
  return span === 60 ? `${secondsAgo} s` : `${secondsAgo / 60} m`;
}

export function drawTimeLabels(
  g: CanvasRenderingContext2D,
  plot: Plot,
  span: SpanSeconds,
  baseline: number,
): void {
  g.font = `11px ${FONT}`;
  g.fillStyle = colour("text-3");
  g.textBaseline = "alphabetic";
  const width = plot.right - plot.left;
  for (const ago of timeSteps(span, width)) {
    g.textAlign = ago === 0 ? "right" : ago === span ? "left" : "center";
    g.fillText(timeWords(ago, span), plot.left + width * (1 - ago / span), baseline);
  }
}
