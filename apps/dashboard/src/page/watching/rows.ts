// Who is watching, as a list: this tab, those who are there, and for a moment those who have left.
import type { ColourName } from "../board/names.ts";
import type { Watcher } from "./watcher.ts";

/** Who left is shown for so long; at first as if still there, as whoever loads a page anew is back by then. */
const SHOWN_MS = 5_000;
const UNSURE_MS = 1_000;

export interface Row {
  readonly tab: string;
  readonly name: string;
  readonly colour: ColourName;
  /** Where and what, or since when no longer. */
  readonly note: string;
  readonly hasLeft: boolean;
}

export class Rows {
  /** By tab, in the order in which they came. */
  readonly #here = new Map<string, Watcher>();
  readonly #left = new Map<string, { readonly watcher: Watcher; readonly at: number }>();

  /** All who are there now, but for this tab. */
  take(watchers: Iterable<Watcher>, now: number): void {
    const present = new Map<string, Watcher>();
    for (const watcher of watchers) present.set(watcher.tab, watcher);
    for (const [tab, watcher] of this.#here) {
      if (present.has(tab)) continue;
      this.#here.delete(tab);
      this.#left.set(tab, { watcher, at: now });
    }
    for (const [tab, watcher] of present) {
      this.#here.set(tab, watcher);
      this.#left.delete(tab);
    }
  }

  get count(): number {
    return this.#here.size;
  }

  at(now: number): Row[] {
    for (const [tab, { at }] of this.#left) if (now - at >= SHOWN_MS) this.#left.delete(tab);
    const here = [...this.#here.values()].map((watcher) => rowOf(watcher));
    const left = [...this.#left.values()].map(({ watcher, at }) =>
      now - at < UNSURE_MS ? rowOf(watcher) : rowOf(watcher, Math.floor((now - at) / 1000)),
    );
    return [...here, ...left];
  }
}

function rowOf({ tab, name, colour, device, doing }: Watcher, leftS?: number): Row {
  const hasLeft = leftS !== undefined;
  return {
    tab,
    name,
    colour,
    note: hasLeft ? `left ${leftS} s ago` : `${device}, ${doing}`,
    hasLeft,
  };
}
