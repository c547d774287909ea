// Horizontal bars, as inline SVG: ours in colour, the others grey, a thin line from the least to the most of all rounds.

import { escaped } from "./markup.ts";

/** One bar. */
export interface ChartBar {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  /** What stands behind the bar. */
  readonly text: string;
  readonly isOurs: boolean;
}

const WIDTH = 720;
const LABEL = 90;
const TEXT = 230;
const ROW = 30;
const BAR = 18;

/** `title` is read to those who do not see it. */
export function barChart(title: string, bars: readonly ChartBar[]): string {
  const most = Math.max(...bars.map((bar) => bar.most), Number.MIN_VALUE);
  const scale = (WIDTH - LABEL - TEXT) / most;
  const rows = bars.map((bar, i) => rowOf(bar, i * ROW, scale));
  const read = bars.map(({ label, text }) => `${label}: ${text}`).join("; ");
  return `<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${escaped(`${title}. ${read}`)}">${rows.join("")}</svg>`;
}

function rowOf(
  { label, value, least, most, text, isOurs }: ChartBar,
  y: number,
  scale: number,
): string {
  const px = (n: number): string => (Math.max(0, n) * scale).toFixed(1);
  const middle = y + ROW / 2;
  const kind = isOurs ? "ours" : "other";
  return [
    `<text class="label ${kind}" x="${LABEL - 10}" y="${middle + 5}">${escaped(label)}</text>`,
    `<rect class="${kind}" x="${LABEL}" y="${middle - BAR / 2}" width="${px(value)}" height="${BAR}" rx="3"/>`,
    `<line x1="${(LABEL + Number(px(least))).toFixed(1)}" x2="${(LABEL + Number(px(most))).toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="value" x="${(LABEL + Number(px(Math.max(value, most))) + 8).toFixed(1)}" y="${middle + 5}">${escaped(text)}</text>`,
  ].join("");
}
