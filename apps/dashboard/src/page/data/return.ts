// A return after a cut: what was replayed and what was not kept, until everything that is followed is live again.
import type { Gap } from "@fanwire/client";
import { count } from "../numbers/digits.ts";
import { lastedExactly } from "../numbers/times.ts";
import { Losses, type Followed } from "./gaps.ts";
import type { Outcome } from "./wire.ts";

export class Return {
  readonly afterMs: number;
  readonly #losses = new Losses();
  #replayed = 0;

  constructor(afterMs: number) {
    this.afterMs = afterMs;
  }

  replayed(): void {
    this.#replayed++;
  }

  /** True: it is the first of that name. */
  gap(followed: Followed, gap: Gap): boolean {
    return this.#losses.add(followed, gap);
  }

  get isWhole(): boolean {
    return this.#losses.all.length === 0;
  }

  get outcome(): Outcome {
    return { replayed: this.#replayed, gap: this.#losses.charted };
  }

  /** `names`: of all that is followed. */
  sentence(names: Iterable<string>): string {
    const back = `Back after ${lastedExactly(this.afterMs)}.`;
    const all = new Set(names);
    if (all.size === 0) return back;
    // without a gap positions go on, and so does the epoch that they are of
    if (this.isWhole) {
      const publications = `${count(this.#replayed)} ${this.#replayed === 1 ? "publication" : "publications"}`;
      return `${back} ${publications} replayed, gap 0, same epoch.`;
    }
    // the charts first: they are what one looks at
    const losses = this.#losses.all.toSorted((a, b) => rank(a.followed) - rank(b.followed));
    const told = losses.map(
      ({ followed, words, isNewEpoch }) =>
        `${followed.name}: ${words}${isNewEpoch ? ", new epoch" : ""}`,
    );
    const whole = [...all].filter((name) => !this.#losses.has(name));
    if (whole.length > 0) told.push(`${whole.join(", ")}: gap 0, same epoch`);
    return `${back} ${told.join(". ")}.`;
  }
}

const rank = ({ isCharted }: Followed): number => (isCharted ? 0 : 1);
