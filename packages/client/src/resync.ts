// State that the application owns, and fetches from elsewhere: at first, and when publications are missing. What comes meanwhile is
// held back, so that none is lost between what was fetched and what goes on.

import { check } from "./check.ts";
import { gapOf } from "./core/gap.ts";
import type { Feed, Listener } from "./feed.ts";
import { type At, isKnown, isPosition, placeOf, type Position } from "./position.ts";
import type { Report } from "./report.ts";
import type { Resync, ResyncReason } from "./subscription.ts";

type Held = readonly Parameters<Listener["deliver"]>[];

export interface ResyncOwner {
  readonly report: Report;
  /** A listener of the feed is to begin elsewhere. */
  touch(feed: Feed): void;
  /** Waits before the attempt of that number. */
  pause(attempt: number, signal: AbortSignal): Promise<void>;
}

/**
 * From now on `self`, a listener of `feed`, has its state fetched, and holds back at most `buffer` publications meanwhile. `tell` changes its
 * state, whatever the feed's is.
 */
export function addResync(
  owner: ResyncOwner,
  feed: Feed,
  self: Listener,
  tell: Listener["tell"],
  resync: Resync,
  buffer: number,
): void {
  const { deliver, reach, gap, tell: follow } = self;
  const { topic } = feed;
  const life = new AbortController();
  const { signal } = life;
  /** What came since the state is being fetched; undefined: it is not. */
  let held: Parameters<typeof deliver>[] | undefined;
  let mark: Uint8Array | undefined;
  /** It is to be fetched once more. */
  let again: ResyncReason["reason"] | undefined;
  /** Attempts since it was live. */
  let attempts = 0;
  // who says where to begin has the state up to there
  let hasState = self.from !== undefined;

  async function fetch(first: ResyncReason["reason"]): Promise<void> {
    again = first;
    if (held) return;
    held = [];
    tell("replaying");
    /* oxlint-disable no-await-in-loop -- one attempt after the other */
    while (again) {
      const reason: ResyncReason["reason"] = again;
      if (attempts > 0) await owner.pause(attempts, signal);
      attempts++;
      again = mark = undefined;
      held = [];
      const from = feed.place.after.get(feed.name);
      try {
        const position = signal.aborted ? undefined : await resync({ reason, signal });
        if (signal.aborted) return;
        check(
          position === undefined || isPosition(position, topic),
          "what resync gives",
          `a position of ${feed.name}`,
        );
        if (!again) goOn(position, from, held);
      } catch (error) {
        if (signal.aborted) return;
        again ??= reason;
        owner.report({ kind: "handler", error, topic });
      }
    }
  }

  /** `from`: where the feed stood when what is held began to be. */
  function goOn(position: Position | undefined, from: At | undefined, waiting: Held): void {
    const at = topic && position && placeOf(position, topic).after.get(topic);
    const isHeld = !position || (from && at && isKnown(at, from));
    held = undefined;
    if (!isHeld && (topic || !feed.listeners[1])) {
      self.from = position;
      return owner.touch(feed);
    }
    if (!isHeld) gap(gapOf(topic, null, null, null, 0));
    for (const come of waiting) if (!at || !isKnown(at, come[2])) deliver(...come);
    if (mark) reach(mark);
    self.tell(feed.state);
  }

  self.deliver = (...come) => {
    if (!held) return deliver(...come);
    if (held.length >= buffer) {
      const { position } = come[0];
      self.gap({ topic, missed: held.length, next: position, reason: "overflow" });
      held = [];
    }
    held.push(come);
  };
  self.reach = (reached) => {
    if (held) mark = reached;
    else reach(reached);
  };
  self.gap = (told) => {
    gap(told);
    void fetch(told.reason === "reset" ? "reset" : "gap");
  };
  self.tell = (state, told) => {
    const isServed = state === "live" || state === "replaying";
    if (state === "live" && !hasState) void fetch("first");
    hasState ||= state === "live";
    if (state === "live" && !held) attempts = 0;
    if (!isServed || !held) follow(state, told);
    if (state === "ended") life.abort();
  };
}
