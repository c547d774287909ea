// When this page was connected, and what became of the rest: what the line at the foot of every chart tells. Times are of the hub's
// clock, in ms.

/** A little more than the longest window, and the time it may be held. */
const REMEMBERED_MS = 20 * 60_000;

/** Connected from `from` to `to`; still, when `to` is undefined. */
export interface LiveSpan {
  readonly from: number;
  readonly to: number | undefined;
}

/** How a cut ended. */
export interface Outcome {
  /** Undefined: nothing was cut, and yet something is missing. */
  readonly replayed: number | undefined;
  /** What is missing, in words; undefined: nothing. */
  readonly gap: string | undefined;
}

/** Between two live spans. */
export interface Cut {
  readonly from: number;
  /** Undefined: it is not over yet. */
  readonly to: number | undefined;
  /** Undefined: what was missed has not come yet. */
  readonly outcome: Outcome | undefined;
  /** The visitor had killed the hub. */
  readonly killed?: true | undefined;
}

export class Wire {
  #spans: LiveSpan[] = [];
  /** By the span that came before; and those that the hub's end ended. */
  readonly #outcomes = new WeakMap<LiveSpan, Outcome>();
  readonly #killed = new WeakSet<LiveSpan>();
  #recalled: number | undefined;

  get spans(): readonly LiveSpan[] {
    return this.#spans;
  }

  /** From when on there are points of before the page was opened. */
  get recalled(): number | undefined {
    return this.#recalled;
  }

  connected(now: number): void {
    if (this.#open()) return;
    this.#spans = this.#spans.filter(({ to }) => to === undefined || to > now - REMEMBERED_MS);
    this.#spans.push({ from: now, to: undefined });
  }

  /** `killed`: because the visitor had killed the hub. */
  lost(now: number, killed = false): void {
    const open = this.#open();
    if (!open) return;
    const span: LiveSpan = { from: open.from, to: now };
    this.#spans.splice(-1, 1, span);
    if (killed) this.#killed.add(span);
  }

  /** What became of the last cut, and of those before it that were cut short by another. */
  settle(outcome: Outcome): void {
    for (const span of this.#spans.slice(0, -1))
      if (!this.#outcomes.has(span)) this.#outcomes.set(span, outcome);
  }

  /** Publications were missed although there was a connection. */
  gap(from: number, to: number, words: string): void {
    const open = this.#open();
    if (!open) return;
    this.lost(Math.max(open.from, Math.min(from, to)));
    this.connected(to);
    this.settle({ replayed: undefined, gap: words });
  }

  /** A point of before the page was opened was read. */
  recall(time: number): void {
    if (time < (this.#recalled ?? Infinity)) this.#recalled = time;
  }

  /** The holes; what was before the first connection is none. */
  cuts(): Cut[] {
    return this.#spans.flatMap((span, i) => {
      if (span.to === undefined) return [];
      const cut = {
        from: span.to,
        to: this.#spans[i + 1]?.from,
        outcome: this.#outcomes.get(span),
      };
      return [this.#killed.has(span) ? { ...cut, killed: true as const } : cut];
    });
  }

  #open(): LiveSpan | undefined {
    const last = this.#spans.at(-1);
    return last?.to === undefined ? last : undefined;
  }
}
