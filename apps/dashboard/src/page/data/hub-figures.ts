// What the hub says about itself once a second, topic $sys.hub.
import type { HubFigures as Figures } from "../../publications.ts";
import { Track } from "./track.ts";

/** One column each, a value a second. */
const SLOW = { columns: 1, breakAfterMs: 3_000, capacity: 720 };

export class HubFigures {
  readonly publications = new Track(SLOW);
  readonly deliveries = new Track(SLOW);
  /** 99 of 100 turns of its loop were not delayed longer, in ms. */
  readonly loop = new Track(SLOW);
  newest: Partial<Figures> = {};

  take(time: number, data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    const figures = data as Partial<Figures>;
    this.newest = figures;
    this.publications.push(time, number(figures.publicationsPerSecond));
    this.deliveries.push(time, number(figures.deliveriesPerSecond));
    this.loop.push(time, number(figures.loopDelayP99Ms));
  }

  break(): void {
    for (const track of [this.publications, this.deliveries, this.loop]) track.break();
  }
}

const number = (value: unknown): number => (typeof value === "number" ? value : NaN);
