// From points to a line. Where a value is missing the line is broken, never joined; where there are more points than
// pixels, each column of pixels shows its smallest and its largest.

/** What a line is drawn with: a path, or a canvas. */
export type Pen = Pick<Path2D, "moveTo" | "lineTo" | "closePath">;

export interface Points {
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly start: number;
  readonly end: number;
}

export interface Place {
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
  /** One column of pixels, in ms. */
  readonly columnMs: number;
}

export interface Fill {
  readonly pen: Pen;
  /** Where the fill ends, at each index of the points. */
  readonly base: (index: number) => number;
}

export function trace(points: Points, place: Place, line: Pen, fill?: Fill): void {
  const { values, end } = points;
  let at = points.start;
  while (at < end) {
    if (Number.isNaN(values[at])) {
      at++;
      continue;
    }
    let to = at + 1;
    while (to < end && !Number.isNaN(values[to])) to++;
    piece({ ...points, start: at, end: to }, place, line, fill);
    at = to;
  }
}

/** Points without a missing one among them. */
function piece(points: Points, place: Place, line: Pen, fill: Fill | undefined): void {
  const { times, start, end } = points;
  const spanMs = number(times[end - 1]) - number(times[start]);
  if ((end - start) * place.columnMs < 2 * spanMs) everyPoint(points, place, line, fill);
  else byColumn(points, place, line, fill);
}

function everyPoint(points: Points, { x, y }: Place, line: Pen, fill: Fill | undefined): void {
  const { times, values, start, end } = points;
  const [draw, shade] = [go(line), go(fill?.pen)];
  for (let i = start; i < end; i++) {
    const [px, py] = [x(number(times[i])), y(number(values[i]))];
    draw(px, py);
    shade(px, py);
  }
  if (!fill) return;
  for (let i = end - 1; i >= start; i--) shade(x(number(times[i])), fill.base(i));
  fill.pen.closePath();
}

/** Columns lie on multiples of their width in time, not on pixels: a sliding window would make them shimmer. */
function byColumn(
  points: Points,
  { x, y, columnMs }: Place,
  line: Pen,
  fill: Fill | undefined,
): void {
  const { times, values, start, end } = points;
  const [draw, shade] = [go(line), go(fill?.pen)];
  const back: [x: number, base: number][] = [];
  for (let i = start; i < end;) {
    const column = Math.floor(number(times[i]) / columnMs);
    const first = i;
    let [low, high] = [i, i];
    for (; i < end && Math.floor(number(times[i]) / columnMs) === column; i++) {
      if (number(values[i]) < number(values[low])) low = i;
      if (number(values[i]) > number(values[high])) high = i;
    }
    const px = x((column + 0.5) * columnMs);
    // whichever came first, so that the line does not go back and forth more than it must
    draw(px, y(number(values[Math.min(low, high)])));
    if (low !== high) draw(px, y(number(values[Math.max(low, high)])));
    if (!fill) continue;
    shade(px, (y(number(values[low])) + y(number(values[high]))) / 2);
    back.push([px, fill.base(first)]);
  }
  for (const [px, base] of back.toReversed()) shade(px, base);
  fill?.pen.closePath();
}

function go(pen: Pen | undefined): (x: number, y: number) => void {
  let first = true;
  return (x, y) => {
    if (first) pen?.moveTo(x, y);
    else pen?.lineTo(x, y);
    first = false;
  };
}

/** Indices are within the arrays wherever this is used; the compiler cannot know. */
const number = (value: number | undefined): number => value ?? NaN;
