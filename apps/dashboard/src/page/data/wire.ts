// When this page was connected: what the line at the foot of every chart tells. Times are of the hub's clock, in ms.

/** A little more than the longest window, and the time it may be held. */
const REMEMBERED_MS = 20 * 60_000;

/** Connected from `from` to `to`; still, when `to` is undefined. */
export interface LiveSpan {
  readonly from: number;
  readonly to: number | undefined;
}

/** Between two live spans; not over yet, when `to` is undefined. */
export interface Cut {
  readonly from: number;
  readonly to: number | undefined;
}

export class Wire {
  #spans: LiveSpan[] = [];

  get spans(): readonly LiveSpan[] {
    return this.#spans;
  }

  connected(now: number): void {
    if (this.#open()) return;
    this.#spans = this.#spans.filter(({ to }) => to === undefined || to > now - REMEMBERED_MS);
    this.#spans.push({ from: now, to: undefined });
  }

  lost(now: number): void {
    const open = this.#open();
    if (open) this.#spans.splice(-1, 1, { from: open.from, to: now });
  }

  /** The holes; what was before the first connection is none. */
  cuts(): Cut[] {
    return this.#spans.flatMap(({ to }, i) =>
      to === undefined ? [] : [{ from: to, to: this.#spans[i + 1]?.from }],
    );
  }

  #open(): LiveSpan | undefined {
    const last = this.#spans.at(-1);
    return last?.to === undefined ? last : undefined;
  }
}
