// A small line beside a figure.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { cleared } from "../chart/canvas.ts";
import { Pace } from "../chart/pace.ts";
import { paletteVersion } from "../chart/palette.ts";
import { drawSpark } from "../chart/spark.ts";
import type { Track } from "../data/track.ts";
import { onFrame } from "../frames.ts";
import type { View } from "../view.ts";

export interface SparkProps {
  readonly label: string;
  readonly track: () => Track | undefined;
  readonly view: View;
  /** What fills the height, given the largest value in the window. */
  readonly top: (peak: number) => number;
  readonly holdMs?: number;
  /** Always the last minute, whatever the charts show. */
  readonly lastMinute?: boolean;
}

export function Spark(props: SparkProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = canvas.current;
    const pace = new Pace();
    return element ? onFrame(element, () => draw(element, latest.current, pace)) : undefined;
  }, []);
  return <canvas ref={canvas} class="spark" role="img" aria-label={props.label} />;
}

function draw(canvas: HTMLCanvasElement, props: SparkProps, pace: Pace): void {
  const { view, top, holdMs, lastMinute } = props;
  const track = props.track();
  const to = view.edge();
  const spanMs = lastMinute ? 60_000 : view.span.get() * 1000;
  const { clientWidth: wide, clientHeight: high } = canvas;
  const state = [track?.changes, spanMs, wide, high, devicePixelRatio, paletteVersion()].join();
  if (!pace.due(to, spanMs / wide, state)) return;
  const { g, width, height } = cleared(canvas);
  if (!track) return;
  const from = to - spanMs;
  const box = { x: 0, y: 0, width, height };
  const window = { from, to, top: top(peak(track, from, to)) };
  drawSpark(g, box, track, holdMs === undefined ? window : { ...window, holdMs });
}

function peak(track: Track, from: number, to: number): number {
  const { start, end } = track.between(from, to);
  let most = 0;
  for (const values of track.columns)
    for (let i = start; i < end; i++) if ((values[i] ?? 0) > most) most = values[i] ?? 0;
  return most;
}
