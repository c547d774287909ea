// What the visitor looks at: which page, how far back, and whether the picture is held.
import { Value } from "./store.ts";

export type PageName = "host" | "board" | "jobs";
export type SpanSeconds = 60 | 600;

/** The right edge is this much behind the clock, so that lines always reach it. */
const BEHIND_MS = 150;

export class View {
  readonly page = new Value<PageName>("host");
  readonly span = new Value<SpanSeconds>(60);
  readonly panelOpen = new Value(false);
  readonly keysOpen = new Value(false);
  /** The moment at which the picture is held, by the hub's clock. */
  readonly held = new Value<number | undefined>(undefined);
  /** Where the cursor of the charts stands, in ms before the right edge. */
  cursorAge: number | undefined;
  readonly #now: () => number;

  /** `now`: the hub's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The moment at the right edge of every chart. */
  edge(): number {
    return this.held.get() ?? this.#now() - BEHIND_MS;
  }

  /** The moment the figures beside the charts speak of: the cursor's, or undefined for the newest. */
  moment(): number | undefined {
    if (this.cursorAge !== undefined) return this.edge() - this.cursorAge;
    return this.held.get();
  }

  /** Reads anew, or while the picture is held gives what was read last. */
  unlessHeld<T>(read: () => T): () => T {
    let last = read();
    return () => {
      if (this.held.get() === undefined) last = read();
      return last;
    };
  }

  toggleSpan(): void {
    this.span.set(this.span.get() === 60 ? 600 : 60);
  }

  toggleHeld(): boolean {
    const held = this.held.get() === undefined;
    this.held.set(held ? this.edge() : undefined);
    return held;
  }
}
