// The drawing surface: a pen on a canvas, and everybody's lines.
import { cleared } from "../chart/canvas.ts";
import { colour, FONT } from "../chart/palette.ts";
import type { Board, Pen } from "./board.ts";

const GRID_PX = 24;
const DOT_PX = 1.5;
const LINE_PX = 2;
/** How long the name stays beside a pen that rests. */
const NAME_MS = 2_000;

export class Surface {
  readonly #canvas: HTMLCanvasElement;
  readonly #board: Board;
  /** What the canvas shows, so that it is drawn anew only when that differs. */
  #shown = "";

  constructor(canvas: HTMLCanvasElement, board: Board) {
    this.#canvas = canvas;
    this.#board = board;
  }

  draw(): void {
    const pens = [...this.#board.pens.values()].filter(
      ({ at }) => performance.now() - at < NAME_MS,
    );
    const { clientWidth, clientHeight } = this.#canvas;
    const shown = [
      clientWidth,
      clientHeight,
      devicePixelRatio,
      colour("sheet"),
      this.#board.changes,
      pens.length,
    ].join(" ");
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { g, width, height } = cleared(this.#canvas);
    dots(g, width, height);
    g.lineWidth = LINE_PX;
    g.lineJoin = "round";
    g.lineCap = "round";
    for (const stroke of this.#board.strokes.all) {
      g.strokeStyle = colour(stroke.colour);
      g.stroke(line(stroke.points, width, height));
    }
    for (const pen of pens) name(g, pen, width, height);
  }

  /** For pointer events: pressed is drawing. */
  point(event: PointerEvent): void {
    if (event.type === "pointerdown") {
      this.#canvas.setPointerCapture(event.pointerId);
      this.#board.penDown();
    } else if (event.buttons === 0) return;
    const box = this.#canvas.getBoundingClientRect();
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of moves.length > 0 ? moves : [event])
      this.#board.draw((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }
}

function dots(g: CanvasRenderingContext2D, width: number, height: number): void {
  g.fillStyle = colour("grid");
  for (let x = GRID_PX / 2; x < width; x += GRID_PX)
    for (let y = GRID_PX / 2; y < height; y += GRID_PX) g.fillRect(x, y, DOT_PX, DOT_PX);
}

function line(points: readonly number[], width: number, height: number): Path2D {
  const path = new Path2D();
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [(points[i] ?? 0) * width, (points[i + 1] ?? 0) * height];
    // a line to where it begins, so that a touch without a move leaves a dot
    if (i === 0) path.moveTo(x, y);
    path.lineTo(x, y);
  }
  return path;
}

function name(g: CanvasRenderingContext2D, pen: Pen, width: number, height: number): void {
  const [x, y] = [pen.x * width, pen.y * height];
  g.fillStyle = colour(pen.author.colour);
  g.beginPath();
  g.arc(x, y, 4, 0, 2 * Math.PI);
  g.fill();
  g.font = `12px ${FONT}`;
  const left = x + 10 + g.measureText(pen.author.name).width < width;
  g.textAlign = left ? "left" : "right";
  g.fillText(pen.author.name, left ? x + 10 : x - 10, y + 4);
}
