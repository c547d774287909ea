// What an application holds of a subscription: one listener of a feed, pushed to a handler or pulled by a loop.

import { deferred, onAbort } from "./call.ts";
import { ClientError } from "./errors.ts";
import type { Feed, Listener } from "./feed.ts";
import { type Position, position } from "./position.ts";
import type { Publication } from "./publication.ts";
import { guarded, type Report } from "./report.ts";
import { newCell, type List, none } from "./store.ts";
import type {
  Ready,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
  SubscriptionState,
} from "./subscription.ts";

export type Handler<T> = (publication: Publication<T>) => void;

interface Hook {
  readonly kind: keyof SubscriptionEvents;
  readonly run: (event: never) => void;
}

/** Who has the subscriptions. */
export interface Owner {
  readonly report: Report;
  /** A listener left. */
  leave(feed: Feed, listener: Listener): void;
}

/** Adds a subscription to those of `feed`, which tells it what comes. */
export function listen<T>(
  owner: Owner,
  feed: Feed,
  handler: Handler<T> | undefined,
  options: SubscribeOptions,
): Subscription<T> & Listener {
  const { buffer = 1024, overflow, signal } = options;
  const state = newCell<SubscriptionState>("pending");
  const [ready, settle] = deferred<Ready>();
  let hooks: List<Hook> = none;
  let stands: Position | undefined;
  let isRecovered = true;
  let replayed = 0;
  /** What waits for the loop; undefined: there is none. */
  let kept: Publication<T>[] | undefined = handler ? undefined : [];
  let loop: AsyncGenerator<Publication<T>, undefined> | undefined;
  /** Wakes the loop, which waits. */
  let wake: (() => void) | undefined;
  /** What the loop ends with. */
  let end: unknown;
  let dropped = 0;
  /** Left out since the last publication that was pulled. */
  let missed = 0;
  /** The number of the message that the last one came with. */
  let lastMessage = 0;
  let off: (() => void) | undefined;

  const isOver = (): boolean => state.get() === "ended";

  /** Everything of the topic up to there was delivered or told, unless something waits for the loop. */
  function stand(at: Position): void {
    if (!kept?.length && feed.topic) stands = at;
  }

  function unsubscribe(): void {
    if (kept && !isOver()) kept = [];
    tell("ended");
  }

  async function* pull(): AsyncGenerator<Publication<T>, undefined> {
    for (;;) {
      if (!kept!.length && !isOver())
        // oxlint-disable-next-line no-await-in-loop -- it waits for what comes
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const next = kept!.shift();
      if (next) {
        const { topic } = feed;
        const gap = missed;
        missed = 0;
        if (topic) stands = next.position;
        if (gap > 0) tell("gap", { topic, missed: gap, next: next.position, reason: "overflow" });
        yield next;
      } else {
        if (end) throw end;
        return undefined;
      }
    }
  }

  function deliver(publication: Publication<T>, message: number): void {
    if (isOver()) return;
    if (publication.replayed) replayed++;
    try {
      handler?.(publication);
    } catch (error) {
      owner.report({ kind: "handler", error, topic: publication.topic });
    }
    if (isOver()) return;
    if (!kept) return stand(publication.position);
    const excess = kept.length + 1 - buffer;
    // another message begins, and the loop had its turn since the last one: now it can be too slow
    if (message !== lastMessage && excess > 0) {
      if (overflow === "error") return tell("ended", new ClientError("overflow"));
      kept.splice(0, excess);
      dropped += excess;
      missed += excess;
    }
    lastMessage = message;
    kept.push(publication);
    wake?.();
  }

  function tell(kind: "gap" | SubscriptionState, told?: unknown): void {
    if (isOver()) return;
    const recovered = isRecovered;
    if (kind !== "gap") state.set(kind);
    if (kind === "gap") isRecovered = false;
    if (kind === "interrupted") isRecovered = true;
    if (kind === "gap" || kind === "live") stand(position(feed.epoch!, feed.offset));
    if (kind === "live") {
      settle({ recovered, replayed });
      told = { recovered };
    }
    if (kind === "ended") {
      end = told;
      off?.();
      owner.leave(feed, self);
      settle((told as ClientError | undefined) ?? new ClientError("closed"));
      wake?.();
    }
    for (const hook of hooks)
      if (hook.kind === kind && (kind === "ended" || !isOver())) guarded(hook.run, told as never);
  }

  const self: Subscription<T> & Listener = {
    state,
    ready,
    get position() {
      return stands;
    },
    get dropped() {
      return dropped;
    },
    on(kind, run, more) {
      const hook: Hook = { kind, run };
      hooks = [...hooks, hook];
      const remove = (): void => {
        hooks = hooks.filter((other) => other !== hook);
        forget();
      };
      const forget = onAbort(more?.signal, () => remove());
      return remove;
    },
    unsubscribe,
    [Symbol.dispose]: unsubscribe,
    [Symbol.asyncIterator]() {
      kept ??= [];
      const pulled = (loop ??= pull());
      return {
        next: () => pulled.next(),
        return() {
          unsubscribe();
          return pulled.return(undefined);
        },
      };
    },
    deliver,
    tell,
  };
  ready.catch(() => {}); // whoever does not wait for it hears of it by `ended`
  feed.listeners = [...feed.listeners, self];
  tell(feed.state);
  off = onAbort(signal, unsubscribe);
  return self;
}
