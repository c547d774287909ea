// Values of tracks for legends and labels.
import type { Track } from "../data/track.ts";
import type { View } from "../view.ts";

/** At the cursor, at the moment the picture is held, or the newest. */
export function shown(track: Track | undefined, column: number, view: View): number {
  if (!track) return NaN;
  const moment = view.moment();
  return moment === undefined ? track.last(column) : track.at(moment, column);
}

export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** Over the window; undefined when there is nothing in it. */
export function extent(track: Track | undefined, column: number, view: View): Extent | undefined {
  const to = view.edge();
  const { start, end } = track?.between(to - view.span.get() * 1000, to) ?? { start: 0, end: 0 };
  const known = [...(track?.columns[column]?.subarray(start, end) ?? [])].filter(Number.isFinite);
  if (known.length === 0) return undefined;
  return { low: Math.min(...known), high: Math.max(...known) };
}

export const spanWords = (view: View): string => (view.span.get() === 60 ? "60 s" : "10 m");
