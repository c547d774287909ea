// A line without axes, as small as a word.
import type { Track } from "../data/track.ts";
import { colour, tint } from "./palette.ts";
import { trace } from "./trace.ts";

const FILL_ALPHA = 0.14;
const LINE_PX = 1.25;
/** Above the highest value. */
const ROOM_PX = 2;

export interface SparkBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface SparkWindow {
  readonly from: number;
  readonly to: number;
  /** The value that fills the height. */
  readonly top: number;
  readonly bottom?: number;
  /** What is told once a second is drawn as still true for so long, so that its line reaches the edge. */
  readonly holdMs?: number;
}

/** The first column filled in blue, the second a line in orange. */
export function drawSpark(
  g: CanvasRenderingContext2D,
  box: SparkBox,
  track: Track,
  { from, to, top, bottom = 0, holdMs = 0 }: SparkWindow,
): void {
  const { start, end } = track.between(from, to);
  const floor = box.y + box.height;
  const place = {
    x: (time: number) => box.x + (box.width * (time - from)) / (to - from),
    y: (value: number) => {
      const part = Math.min(1, Math.max(0, (value - bottom) / (top - bottom)));
      return floor - 1 - (box.height - ROOM_PX - 1) * part;
    },
    columnMs: (to - from) / box.width,
  };
  g.save();
  g.beginPath();
  g.rect(box.x, box.y, box.width, box.height);
  g.clip();
  track.columns.slice(0, 2).forEach((values, column) => {
    const [line, fill] = [new Path2D(), new Path2D()];
    const held = holdLast(track, { start, end }, to, holdMs, column);
    const points = held ?? { times: track.times, values, start, end };
    trace(points, place, line, { pen: fill, base: () => floor });
    g.strokeStyle = colour(column === 0 ? "c1" : "c2");
    g.lineWidth = LINE_PX;
    g.lineJoin = "round";
    g.stroke(line);
    g.fillStyle = tint("c1", FILL_ALPHA);
    if (column === 0) g.fill(fill);
  });
  g.restore();
}

/** The same points and one more at the edge, with the newest value; undefined when that is too old, or not the last one. */
function holdLast(
  track: Track,
  { start, end }: { start: number; end: number },
  to: number,
  holdMs: number,
  column: number,
) {
  const newest = track.newest;
  if (holdMs === 0 || newest === undefined || newest > to || newest < to - holdMs) return undefined;
  const times = [...track.times.subarray(start, end), to];
  const values = [...(track.columns[column]?.subarray(start, end) ?? []), track.last(column)];
  return { times, values, start: 0, end: times.length };
}
