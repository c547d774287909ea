import { expect, test } from "vitest";
import { trace, type Pen, type Points } from "./trace.ts";

/** Writes down where it was led. */
function pen() {
  const way: string[] = [];
  const at = (word: string) => (x: number, y: number) => void way.push(`${word} ${x},${y}`);
  const it: Pen = { moveTo: at("to"), lineTo: at("line"), closePath: () => void way.push("close") };
  return { it, way };
}

const points = (values: number[], stepMs = 100): Points => ({
  times: values.map((_, i) => i * stepMs),
  values,
  start: 0,
  end: values.length,
});
const place = (columnMs: number) => ({ x: (t: number) => t, y: (v: number) => v, columnMs });

test("every point is drawn when there is room for it", () => {
  const { it, way } = pen();
  trace(points([1, 2, 3]), place(50), it);
  expect(way).toEqual(["to 0,1", "line 100,2", "line 200,3"]);
});

test("a missing value breaks the line", () => {
  const { it, way } = pen();
  trace(points([NaN, 1, 2, NaN, NaN, 3, 4]), place(1), it);
  expect(way).toEqual(["to 100,1", "line 200,2", "to 500,3", "line 600,4"]);
});

test("nothing known draws nothing", () => {
  const { it, way } = pen();
  trace(points([NaN, NaN]), place(1), it);
  trace(points([]), place(1), it);
  expect(way).toEqual([]);
});

test("a fill goes back along its base", () => {
  const { it } = pen();
  const fill = pen();
  trace(points([5, 6]), place(1), it, { pen: fill.it, base: (i) => i });
  expect(fill.way).toEqual(["to 0,5", "line 100,6", "line 100,1", "line 0,0", "close"]);
});

test("where points are denser than pixels a column shows its smallest and its largest, in their order", () => {
  const { it, way } = pen();
  trace(points([5, 1, 9, 6, 4, 4, 4, 8], 10), place(40), it);
  expect(way).toEqual(["to 20,1", "line 20,9", "line 60,4", "line 60,8"]);
});

test("the fill of dense points runs along their middle, and back along its base", () => {
  const { it } = pen();
  const fill = pen();
  trace(points([5, 1, 9, 6, 4, 4, 4, 8], 10), place(40), it, { pen: fill.it, base: (i) => -i });
  expect(fill.way).toEqual(["to 20,5", "line 60,6", "line 60,-4", "line 20,0", "close"]);
});
