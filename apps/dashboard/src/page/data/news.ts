// The last thing that happened, for the line at the foot of the page.
import { Value } from "../store.ts";

/** Those who listen get one sentence at a time. */
const APART_MS = 2_000;

export interface Item {
  readonly at: Date;
  readonly sentence: string;
  /** May interrupt what is being said: a denial. */
  readonly urgent: boolean;
}

export class News {
  readonly item = new Value<Item | undefined>(undefined);
  #next: Item | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Told at once, or when the last sentence has had its two seconds; of several that wait, the newest is told. */
  tell(sentence: string, urgent = false): void {
    this.#next = { at: new Date(), sentence, urgent };
    if (urgent) return this.#show();
    const last = this.item.get();
    const wait = last ? last.at.getTime() + APART_MS - Date.now() : 0;
    if (wait <= 0) return this.#show();
    this.#timer ??= setTimeout(() => this.#show(), wait);
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.item.set(this.#next);
  }
}
