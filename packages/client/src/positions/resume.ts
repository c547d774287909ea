// A subscription that goes on where the page was before it was loaded anew.

import { isPosition, type Position } from "../position.ts";
import type { Publication } from "../publication.ts";
import type { SubscribeOptions, Subscription } from "../subscription.ts";
import type { Topic } from "../topic.ts";

/** How to go on; `from` counts when there is nothing to go on from. */
export interface ResumeOptions extends SubscribeOptions {
  /** What tells subscriptions to the same topic apart in one tab. Default: the name of the topic. */
  readonly key?: string | undefined;
  /** Where the position is kept. Default: the `sessionStorage` of the page, which is the tab's own and survives a reload. */
  readonly storage?: Pick<Storage, "getItem" | "setItem"> | undefined;
}

/**
 * Subscribes to `topic` as its `subscribe` does, pushed to `handler` or pulled where that is undefined, and begins behind what the page that
 * was in this tab before has had: with what came meanwhile, or a gap. The position is written down when the page is hidden or left, and when
 * the subscription ends. It is good for the hub that told it; a tab that is duplicated begins where the other was. Where the storage is full
 * or forbidden, nothing is kept.
 */
export function resume<T>(
  topic: Topic<T>,
  handler: ((publication: Publication<T>) => void) | undefined,
  {
    key = topic.name,
    storage = attempt(() => globalThis.sessionStorage),
    from,
    ...options
  }: ResumeOptions = {},
): Subscription<T> {
  const item = `fanwire ${key}`;
  const start = { ...options, from: read(storage, item, topic.name) ?? from };
  const subscription = handler ? topic.subscribe(handler, start) : topic.subscribe(start);
  const life = new AbortController();
  const keep = (): void => {
    const { position } = subscription;
    if (position !== undefined) attempt(() => storage?.setItem(item, position));
  };
  // a page that the system throws away was hidden before
  for (const type of ["pagehide", "visibilitychange"])
    globalThis.addEventListener?.(type, keep, { signal: life.signal });
  subscription.on("ended", () => {
    keep();
    life.abort();
  });
  return subscription;
}

function read(storage: ResumeOptions["storage"], item: string, name: string): Position | undefined {
  const kept = attempt(() => storage?.getItem(item));
  return isPosition(kept, name.includes("*") ? undefined : name) ? kept : undefined;
}

/** Storage is a service of others: that it fails is no reason not to subscribe. */
function attempt<R>(run: () => R): R | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
