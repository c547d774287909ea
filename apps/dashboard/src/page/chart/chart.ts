// One chart: uPlot with the rules that all our charts share.
import uPlot from "uplot";
import type { Wire } from "../data/wire.ts";
import { refreshText } from "../quarter.ts";
import type { View } from "../view.ts";
import type { Axis } from "./axis.ts";
import { Pace } from "./pace.ts";
import { colour, FONT, paletteVersion } from "./palette.ts";
import { drawOver, drawRules, drawUnder, type Drawing } from "./chart-drawing.ts";
import { plotOf } from "./plot.ts";
import { seriesOf } from "./series.ts";
import type { ChartSpec } from "./spec.ts";

/** The same in every chart, so that plots align. */
const GUTTER_PX = 36;
const TOP_PX = 6;
const FOOT_PX = 22;
/** A cursor farther from every point than this shows none: it stands in a hole. */
const NEAR_MS = 1_500;
const EMPTY = new Float64Array(0);

export interface ChartContext {
  readonly view: View;
  readonly wire: Wire;
}

export class Chart {
  readonly #spec: ChartSpec;
  readonly #context: ChartContext;
  readonly #plot: uPlot;
  readonly #pace = new Pace();
  #axis: Axis = { min: 0, max: 1, ticks: [] };

  constructor(host: HTMLElement, spec: ChartSpec, context: ChartContext) {
    this.#spec = spec;
    this.#context = context;
    this.#plot = new uPlot(this.#options(host), undefined, host);
  }

  draw(): void {
    const { lines, track: find, axis } = this.#spec;
    const { view } = this.#context;
    const to = view.edge();
    const spanMs = view.span.get() * 1000;
    const from = to - spanMs;
    const track = find();
    const state = [track?.changes, spanMs, this.#plot.cursor.left, paletteVersion()].join();
    if (!this.#pace.due(to, spanMs / this.#plot.over.clientWidth, state)) return;
    const { start, end } = track?.between(from, to) ?? { start: 0, end: 0 };
    const columns = lines.map((l) => track?.columns[l.column]?.subarray(start, end) ?? EMPTY);
    this.#axis = axis((line, sign = 1) => peak(columns[line] ?? EMPTY, sign), to);
    this.#plot.batch((u: uPlot) => {
      u.setData([track?.times.subarray(start, end) ?? EMPTY, ...columns], false);
      u.setScale("x", { min: from, max: to });
      u.setScale("y", { min: this.#axis.min, max: this.#axis.max });
    });
  }

  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height });
  }

  /** As if the mouse were there: uPlot takes the cursors of the other charts along. `left` in CSS pixels of the plot. */
  pointAt(left: number): void {
    const { over } = this.#plot;
    const box = over.getBoundingClientRect();
    const clientX = box.left + Math.min(box.width, Math.max(0, left));
    over.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY: box.top + box.height / 2 }));
  }

  /** `seconds` earlier (below zero) or later; a cursor that was not there begins at now. */
  moveCursor(seconds: number): void {
    const width = this.#plot.over.clientWidth;
    const left = this.#plot.cursor.left ?? -1;
    this.pointAt((left < 0 ? width : left) + (seconds * width) / this.#context.view.span.get());
  }

  leave(): void {
    this.#plot.over.dispatchEvent(new MouseEvent("mouseleave"));
  }

  destroy(): void {
    this.leave();
    this.#plot.destroy();
  }

  #options(host: HTMLElement): uPlot.Options {
    return {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [TOP_PX, 0, FOOT_PX, 0],
      legend: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      // exactly what is set, with data or without
      scales: { x: { time: false, range: asSet }, y: { range: asSet } },
      axes: [{ show: false }, this.#yAxis()],
      series: [{}, ...this.#spec.lines.map((_, i) => seriesOf(this.#spec.lines, i))],
      cursor: this.#cursor(),
      hooks: {
        drawClear: [(u) => this.#drawing(u, drawUnder)],
        drawAxes: [(u) => this.#drawing(u, drawRules)],
        draw: [(u) => this.#drawing(u, drawOver)],
        setCursor: [(u) => this.#cursorMoved(u)],
      },
    };
  }

  #yAxis(): uPlot.Axis {
    return {
      scale: "y",
      size: GUTTER_PX,
      gap: 8,
      font: `11px ${FONT}`,
      stroke: () => colour("text-3"),
      grid: { stroke: () => colour("grid"), width: 1 },
      ticks: { show: false },
      splits: () => [...this.#axis.ticks],
      values: (_, splits) => splits.map(this.#spec.tick),
    };
  }

  #cursor(): uPlot.Cursor {
    return {
      y: false,
      drag: { x: false, y: false, setScale: false },
      sync: { key: "fanwire", scales: ["x", null], setSeries: false },
      points: {
        size: 6,
        width: 0,
        fill: (_, i) => colour(this.#spec.lines[i - 1]?.colour ?? "c1"),
        stroke: () => "transparent",
      },
      dataIdx: (u, series, index, time) => {
        const near = Math.abs((u.data[0][index] ?? Infinity) - time) < NEAR_MS;
        return near && !Number.isNaN(u.data[series]?.[index]) ? index : null;
      },
    };
  }

  #cursorMoved(u: uPlot): void {
    const { view } = this.#context;
    const { left = -1 } = u.cursor;
    const before = view.cursorAge;
    view.cursorAge = left < 0 ? undefined : view.edge() - u.posToVal(left, "x");
    // while it stands still the window moves under it, and the text follows at its own pace
    if (left < 0 ? before !== undefined : Math.abs((before ?? -1e9) - view.cursorAge!) > 1)
      refreshText();
  }

  #drawing(u: uPlot, draw: (d: Drawing) => void): void {
    const { view, wire } = this.#context;
    const g = u.ctx;
    g.save();
    g.scale(uPlot.pxRatio, uPlot.pxRatio);
    const y = (value: number) => u.valToPos(value, "y");
    const plot = plotOf(u);
    const cursorLeft = u.cursor.left ?? -1;
    draw({
      g,
      plot,
      wire,
      view,
      spec: this.#spec,
      axis: this.#axis,
      y: (value) => plot.top + y(value),
      cursorX: cursorLeft < 0 ? undefined : plot.left + cursorLeft,
      height: u.height,
    });
    g.restore();
  }
}

const asSet = (_: uPlot, min: number, max: number): uPlot.Range.MinMax => [min, max];

function peak(values: ArrayLike<number>, sign: 1 | -1): number {
  let most = NaN;
  for (let i = 0; i < values.length; i++) {
    const value = sign * (values[i] ?? NaN);
    if (!(value <= most)) most = Number.isNaN(value) ? most : value;
  }
  return most;
}
