// Many cores: a strip of shade each, in two columns; the busier, the brighter.
import type { Track } from "../data/track.ts";
import { colour, FONT } from "./palette.ts";

/** Shades that the eye can tell apart, and that a canvas can be filled with at once. */
const SHADES = 8;
const LABEL_PX = 26;
const GAP_PX = 24;
const LABEL_EVERY_PX = 32;
/** The window is cut in so many pieces. */
const PIECES = 120;

interface Canvas {
  readonly g: CanvasRenderingContext2D;
  readonly width: number;
}

export function drawStrips(
  { g, width }: Canvas,
  cores: ReadonlyMap<number, Track>,
  { from, to }: { readonly from: number; readonly to: number },
  stripPx: number,
): void {
  const rows = Math.ceil(cores.size / 2);
  const half = (width - GAP_PX) / 2;
  const pieceMs = (to - from) / PIECES;
  const shades = Array.from({ length: SHADES }, () => new Path2D());
  g.font = `11px ${FONT}`;
  g.fillStyle = colour("text-3");
  g.textAlign = "right";
  g.textBaseline = "top";
  [...cores].forEach(([core, track], i) => {
    const [x, y] = [i < rows ? 0 : half + GAP_PX, (i % rows) * stripPx];
    if (y % LABEL_EVERY_PX === 0) g.fillText(String(core), x + LABEL_PX - 8, y - 1);
    const wide = (half - LABEL_PX) / PIECES;
    // pieces lie on multiples of their length in time, so that they keep their shade while they move
    for (let piece = Math.floor(from / pieceMs); piece * pieceMs < to; piece++) {
      const busy = track.at((piece + 1) * pieceMs, 0);
      const left = Math.max(0, piece - from / pieceMs) * wide;
      const shade = shades[Math.min(SHADES - 1, Math.floor((busy / 100) * SHADES))];
      shade?.rect(x + LABEL_PX + left, y, wide + 0.5, stripPx - 1);
    }
  });
  shades.forEach((shade, i) => {
    g.globalAlpha = (i + 0.6) / SHADES;
    g.fillStyle = colour("c1");
    g.fill(shade);
  });
  g.globalAlpha = 1;
}
