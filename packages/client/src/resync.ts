// State that the application owns, and fetches from elsewhere: at first, and when publications are missing. What comes meanwhile is
// held back, so that none is lost between what was fetched and what goes on.

import { check } from "./check.ts";
import { type Gap, gapOf } from "./core/gap.ts";
import { Listening } from "./listening.ts";
import { type At, isKnown, isPosition, placeOf, type Position } from "./position.ts";
import type { ResyncReason, SubscriptionState } from "./subscription.ts";

type Come = Parameters<Listening["deliver"]>;

/** A subscription with `resync`. It holds back at most `buffer` publications. */
export class Resyncing extends Listening {
  readonly #life = new AbortController();
  /** What came since the state is being fetched; undefined: it is not. */
  #held: Come[] | undefined;
  #mark: Uint8Array | undefined;
  /** It is to be fetched once more. */
  #again: ResyncReason["reason"] | undefined;
  /** Attempts since it was live. */
  #attempts = 0;
  // who says where to begin has the state up to there
  #hasState: boolean = this.from !== undefined;

  override deliver(...come: Come): void {
    const held = this.#held;
    if (!held) return super.deliver(...come);
    if (held.length >= (this.options.buffer ?? 1024)) {
      const { topic } = this.feed;
      const { position } = come[0];
      this.gap({ topic, missed: held.length, next: position, reason: "overflow" });
      this.#held = [];
    }
    this.#held!.push(come);
  }

  override reach(mark: Uint8Array): void {
    if (this.#held) this.#mark = mark;
    else super.reach(mark);
  }

  override gap(told: Gap): void {
    super.gap(told);
    void this.#fetch(told.reason === "reset" ? "reset" : "gap");
  }

  override tell(state: SubscriptionState, told?: unknown): void {
    const isLive = state === "live";
    if (isLive && !this.#hasState) void this.#fetch("first");
    this.#hasState ||= isLive;
    if (isLive && !this.#held) this.#attempts = 0;
    if (!this.#held || !(isLive || state === "replaying")) super.tell(state, told);
    if (state === "ended") this.#life.abort();
  }

  async #fetch(first: ResyncReason["reason"]): Promise<void> {
    this.#again = first;
    if (this.#held) return;
    const { owner, feed } = this;
    const { signal } = this.#life;
    this.#held = [];
    this.change("replaying");
    /* oxlint-disable no-await-in-loop -- one attempt after the other */
    while (this.#again) {
      const reason: ResyncReason["reason"] = this.#again;
      if (this.#attempts > 0) await owner.pause(this.#attempts, signal);
      this.#attempts++;
      this.#again = this.#mark = undefined;
      this.#held = [];
      const from = feed.place.at;
      try {
        const position = signal.aborted
          ? undefined
          : await this.options.resync!({ reason, signal });
        if (signal.aborted) return;
        check(
          position === undefined || isPosition(position, feed.topic),
          "what resync gives",
          `a position of ${feed.name}`,
        );
        if (!this.#again) this.#goOn(position, from, this.#held);
      } catch (error) {
        if (signal.aborted) return;
        this.#again ??= reason;
        owner.report({ kind: "handler", error, topic: feed.topic });
      }
    }
  }

  /** `from`: where the feed stood when what is held began to be. */
  #goOn(position: Position | undefined, from: At | undefined, waiting: readonly Come[]): void {
    const { owner, feed } = this;
    const { topic } = feed;
    const at = topic && position && placeOf(position, topic).at;
    const isHeld = !position || (from && at && isKnown(at, from));
    this.#held = undefined;
    if (!isHeld && (topic || !feed.listeners[1])) {
      this.from = position;
      return owner.touch(feed);
    }
    if (!isHeld) super.gap(gapOf(topic, null, null, null, 0));
    for (const come of waiting) if (!at || !isKnown(at, come[2])) super.deliver(...come);
    if (this.#mark) super.reach(this.#mark);
    this.tell(feed.state);
  }
}
