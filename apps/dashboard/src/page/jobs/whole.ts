// Whether all of the queue is known: it is looked at when the page is opened, and whenever what is told of it has a hole.
import type { Subscription } from "@fanwire/client";
import { Value } from "../store.ts";

export interface WholeParts {
  /** Looks at all of the queue. */
  readonly look: (signal: AbortSignal) => Promise<void>;
  /** All is known, for the first time or again. */
  readonly whole: (isFirst: boolean) => void;
  /** It could not be looked at; it is tried again when asked to. */
  readonly failed: (error: unknown) => void;
}

export class Whole {
  readonly is = new Value(false);
  readonly #parts: WholeParts;
  #followed: readonly Subscription<unknown>[] = [];
  #missed = new AbortController();
  #isLooking = false;
  #isOver = false;
  #looks = 0;

  constructor(parts: WholeParts) {
    this.#parts = parts;
  }

  /** True when all was known once. */
  get wasOnce(): boolean {
    return this.#looks > 0;
  }

  /** What tells of the queue: all of it has to be live before a look is worth anything. */
  follow(subscriptions: readonly Subscription<unknown>[]): void {
    this.#followed = subscriptions;
    for (const subscription of subscriptions) {
      subscription.on("gap", () => this.#miss());
      subscription.state.subscribe(() => this.try());
    }
  }

  /** All of it is not to be known any more. */
  end(): void {
    this.#isOver = true;
    this.#missed.abort();
    this.is.set(false);
  }

  /** Looks, if that is needed and possible. */
  try(): void {
    if (this.#isOver || this.is.get() || this.#isLooking) return;
    if (this.#followed.some(({ state }) => state.get() !== "live")) return;
    this.#isLooking = true;
    void this.#look(this.#missed.signal);
  }

  #miss(): void {
    this.is.set(false);
    this.#missed.abort();
    this.#missed = new AbortController();
    this.try();
  }

  async #look(missed: AbortSignal): Promise<void> {
    const error = await this.#parts.look(missed).then(
      () => undefined,
      (reason: unknown) => reason ?? new Error("The queue could not be looked at."),
    );
    this.#isLooking = false;
    // what was missed meanwhile is not in it
    if (missed.aborted) return this.try();
    if (error !== undefined) return this.#parts.failed(error);
    this.is.set(true);
    this.#parts.whole(this.#looks++ === 0);
  }
}
