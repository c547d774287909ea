// The foot of every chart: whole where the page was connected, thin where what was published was read back later, open where nothing
// is known; and a band over each cut.
import type { Cut, Wire } from "../data/wire.ts";
import { count } from "../numbers/digits.ts";
import { lasted } from "../numbers/times.ts";
import { colour, FONT, tint } from "./palette.ts";
import type { Plot } from "./plot.ts";

/** Below the plot. */
const OFFSET = 3;
const WIDTH = 2;
const THIN = 1;
const TICK = 6;
const BAND_ALPHA = 0.05;
const WORDS_PX = 6;

const within = (plot: Plot, time: number): number => {
  const part = (time - plot.from) / (plot.to - plot.from);
  return plot.left + (plot.right - plot.left) * Math.min(1, Math.max(0, part));
};
const visible = (plot: Plot, { from, to }: Cut): boolean =>
  from < plot.to && (to === undefined || to > plot.from);

export function drawBands(g: CanvasRenderingContext2D, plot: Plot, wire: Wire): void {
  g.fillStyle = tint("text", BAND_ALPHA);
  for (const cut of wire.cuts()) {
    if (!visible(plot, cut)) continue;
    const left = within(plot, cut.from);
    g.fillRect(left, plot.top, within(plot, cut.to ?? plot.to) - left, plot.bottom - plot.top);
  }
}

export function drawWire(g: CanvasRenderingContext2D, plot: Plot, wire: Wire): void {
  const y = plot.bottom + OFFSET;
  g.fillStyle = colour("live");
  for (const { from, to = plot.to } of wire.spans) {
    const [left, right] = [within(plot, from), within(plot, to)];
    if (right > left) g.fillRect(left, y, right - left, WIDTH);
  }
  const { recalled = Infinity } = wire;
  thin(g, plot, recalled, wire.spans[0]?.from ?? plot.to);
  for (const cut of wire.cuts()) {
    const { from, to, outcome } = cut;
    const isWhole = outcome !== undefined && outcome.gap === undefined;
    g.fillStyle = colour(isWhole ? "live" : outcome ? "bad" : "wait");
    if (isWhole) thin(g, plot, from, to ?? plot.to);
    // of a gap the one tick says where the line begins again
    for (const end of outcome?.gap === undefined ? [from, to] : [to]) {
      if (end === undefined || end < plot.from || end > plot.to) continue;
      const width = isWhole ? THIN : WIDTH;
      // inside the plot also at its very edge, where a cut begins
      const x = Math.min(within(plot, end), plot.right - width);
      g.fillRect(x, y - (TICK - WIDTH) / 2, width, TICK);
    }
  }
}

function thin(g: CanvasRenderingContext2D, plot: Plot, from: number, to: number): void {
  const [left, right] = [within(plot, from), within(plot, to)];
  if (right > left) g.fillRect(left, plot.bottom + OFFSET, right - left, THIN);
}

/** "cut 10 s, 2,120 replayed, gap 0"; what was missing without a cut has its number alone. */
export function cutWords({ from, to = from, outcome, killed }: Cut): string {
  const cut = `${killed ? "hub killed" : "cut"} ${lasted(to - from)}`;
  if (!outcome) return cut;
  const { replayed, gap } = outcome;
  if (gap !== undefined) return replayed === undefined ? gap : `${cut}, ${gap}`;
  return `${cut}, ${count(replayed ?? 0)} replayed, gap 0`;
}

/** Says each cut that is over, where it was: beside its band when the plot ends too soon, not at all over a later one. */
export function sayCuts(g: CanvasRenderingContext2D, plot: Plot, wire: Wire): void {
  g.font = `11px ${FONT}`;
  g.fillStyle = colour("text-2");
  g.textBaseline = "alphabetic";
  g.textAlign = "left";
  let free = plot.right;
  for (const cut of wire.cuts().toReversed()) {
    if (cut.to === undefined || !visible(plot, cut)) continue;
    const words = cutWords(cut);
    const width = g.measureText(words).width;
    const inside = within(plot, cut.from) + WORDS_PX;
    const left = inside + width <= plot.right ? inside : inside - 2 * WORDS_PX - width;
    if (left + width > free || left < plot.left) continue;
    g.fillText(words, left, plot.bottom - 7);
    free = left - WORDS_PX;
  }
}
