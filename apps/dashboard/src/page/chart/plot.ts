// Where the lines of a chart are drawn.
import uPlot from "uplot";

/** The plot in CSS pixels, and the window it shows. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly from: number;
  readonly to: number;
}

export function plotOf(u: uPlot): Plot {
  const { left, top, width, height } = u.bbox;
  const ratio = uPlot.pxRatio;
  return {
    left: left / ratio,
    right: (left + width) / ratio,
    top: top / ratio,
    bottom: (top + height) / ratio,
    from: u.scales["x"]?.min ?? 0,
    to: u.scales["x"]?.max ?? 1,
  };
}
