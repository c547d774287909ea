import { passed } from "../in-turn.ts";
import type { Lab } from "../lab.ts";

/** The server's memory is looked at this often, in milliseconds. */
const LOOK_MS = 250;

/** The most memory that the server had, from here on. */
export class MemoryWatch {
  readonly #watched: Promise<number>;
  #isOver = false;

  constructor(lab: Lab) {
    this.#watched = this.#watch(lab, 0);
  }

  /** Looks once more, and tells it in bytes. */
  stop(): Promise<number> {
    this.#isOver = true;
    return this.#watched;
  }

  async #watch(lab: Lab, most: number): Promise<number> {
    const { rssBytes } = await lab.sample();
    const peak = Math.max(most, rssBytes);
    if (this.#isOver) return peak;
    await passed(LOOK_MS);
    return this.#watch(lab, peak);
  }
}
